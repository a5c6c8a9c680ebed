internal import NIOHTTP1

/// A multipart upload that has begun.
public struct MultipartUpload: Sendable, Hashable {
  /// The bucket.
  public var bucket: String
  /// The key.
  public var key: String
  /// What names the upload.
  public var uploadID: String

  /// An upload by its name.
  public init(bucket: String, key: String, uploadID: String) {
    self.bucket = bucket
    self.key = key
    self.uploadID = uploadID
  }

  /// A request about the upload.
  func request(
    _ method: HTTPMethod, options: S3RequestOptions
  ) throws(S3Error) -> S3Request {
    guard !uploadID.isEmpty else {
      throw S3Error(.invalidRequest, "The ID of the multipart upload is empty.", bucket: bucket)
    }
    var sent = try S3Request(method, bucket: bucket, key: key, options: options)
    sent.query = [QueryItem("uploadId", uploadID)]
    return sent
  }

  /// A request about a part.
  func request(part number: Int, options: S3RequestOptions) throws(S3Error) -> S3Request {
    guard (1...PartPlan.mostParts).contains(number) else {
      throw S3Error(
        .invalidRequest, "Parts have the numbers 1 to 10,000, not \(number).", bucket: bucket)
    }
    var sent = try request(.PUT, options: options)
    sent.query.append(QueryItem("partNumber", String(number)))
    return sent
  }
}

/// A part that S3 has.
public struct CompletedPart: Sendable, Hashable {
  /// The part's number, 1 to 10,000.
  public var number: Int
  /// The part's ETag, with its quotes.
  public var eTag: String
  /// The checksums that S3 keeps.
  public var checksums: S3Checksums
  /// How many bytes it has, where that is known.
  public var size: Int?

  /// A part as S3 has named it.
  public init(
    number: Int, eTag: String, checksums: S3Checksums = S3Checksums(), size: Int? = nil
  ) {
    self.number = number
    self.eTag = eTag
    self.checksums = checksums
    self.size = size
  }
}
