public import ParquetKit
public import S3Lite

/// A version of an object that is read by ranges, such as a Parquet file.
///
/// Its end is fetched when it is opened: the footer of most Parquet files is then already here. All
/// reads are of that version; when the object is replaced meanwhile they fail.
public struct S3ByteRangeSource: ByteRangeSource {
  /// The bucket.
  public let bucket: String
  /// The key.
  public let key: String
  /// The number of bytes.
  public let size: Int
  /// The version's ETag, with its quotes.
  public let eTag: String
  private let client: S3Client
  private let options: S3RequestOptions
  private let tail: [UInt8]

  /// Opens the present version of an object.
  ///
  /// - Parameters:
  ///   - bucket: The bucket.
  ///   - key: The key.
  ///   - client: What the requests are sent with.
  ///   - tailSize: How many bytes of the end are fetched at once, at least 1.
  ///   - options: What every request is told.
  /// - Throws: ``S3Error``.
  public init(
    bucket: String, key: String, client: S3Client, tailSize: Int = 256 << 10,
    options: S3RequestOptions = S3RequestOptions()
  ) async throws {
    self.bucket = bucket
    self.key = key
    self.client = client
    self.options = options
    let attributes: ObjectAttributes
    do {
      let result = try await client.getObject(
        GetObjectRequest(bucket: bucket, key: key, range: .last(max(1, tailSize))),
        limit: max(1, tailSize), options: options)
      attributes = result.attributes
      tail = result.body
    } catch let error as S3Error where error.code == .invalidRange {
      // No range lies in an empty object.
      attributes = try await client.headObject(
        HeadObjectRequest(bucket: bucket, key: key), options: options)
      tail = []
    }
    guard let eTag = attributes.eTag else {
      throw S3Error(.invalidAnswer, "The object has no ETag.", httpStatus: 200)
    }
    self.eTag = eTag
    size = attributes.size
  }

  /// The bytes of `range`.
  ///
  /// - Throws: ``S3Error`` with ``S3Error/Code/preconditionFailed`` when the object was replaced;
  ///   ``ParquetError`` when the range reaches beyond the end.
  public func read(_ range: Range<Int>) async throws -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= size else {
      throw ParquetError(
        .truncated, "s3://\(bucket)/\(key) ends at \(size).", at: .init(offset: range.lowerBound))
    }
    if range.isEmpty { return [] }
    let tailStart = size - tail.count
    if range.lowerBound >= tailStart {
      return Array(tail[(range.lowerBound - tailStart)..<(range.upperBound - tailStart)])
    }
    return try await client.getObject(
      GetObjectRequest(bucket: bucket, key: key, range: .bytes(range), ifMatch: eTag),
      limit: range.count, options: options
    ).body
  }
}
