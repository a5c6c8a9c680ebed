internal import NIOHTTP1

/// What ListObjectsV2 is asked for.
///
/// Amazon S3 API Reference, "ListObjectsV2".
public struct ListObjectsV2Request: Sendable, Hashable {
  /// The bucket.
  public var bucket: String
  /// What the keys begin with.
  public var prefix: String?
  /// Where what follows in keys is summed up to a common prefix.
  public var delimiter: String?
  /// The key behind which the listing begins.
  public var startAfter: String?
  /// Where the listing goes on: ``ListObjectsV2Result/nextContinuationToken`` of the page before.
  public var continuationToken: String?
  /// How many keys and common prefixes a page holds at most: 1 to 1,000, which is S3's default.
  public var maxKeys: Int?
  /// Whether the answer says of objects in archive classes if they are restored.
  public var includesRestoreStatus = false

  /// A request for a page of a listing.
  public init(
    bucket: String, prefix: String? = nil, delimiter: String? = nil, startAfter: String? = nil,
    continuationToken: String? = nil, maxKeys: Int? = nil
  ) {
    self.bucket = bucket
    self.prefix = prefix
    self.delimiter = delimiter
    self.startAfter = startAfter
    self.continuationToken = continuationToken
    self.maxKeys = maxKeys
  }
}

extension S3Client {
  /// Lists a page of a bucket's objects.
  ///
  /// Keys are asked for in percent-encoded form, so that all that S3 allows survive the XML.
  ///
  /// - Throws: ``S3Error``.
  public func listObjectsV2(
    _ request: ListObjectsV2Request, options: S3RequestOptions = S3RequestOptions()
  ) async throws -> ListObjectsV2Result {
    var sent = try S3Request(.GET, bucket: request.bucket, key: nil, options: options)
    if request.includesRestoreStatus {
      sent.set("x-amz-optional-object-attributes", "RestoreStatus")
    }
    sent.set(query: "list-type", "2")
    sent.set(query: "encoding-type", "url")
    sent.set(query: "prefix", request.prefix)
    sent.set(query: "delimiter", request.delimiter)
    sent.set(query: "start-after", request.startAfter)
    sent.set(query: "continuation-token", request.continuationToken)
    sent.set(query: "max-keys", request.maxKeys.map(String.init))
    return try await send(sent, options) { answer throws(S3Error) in
      var result = try answer.document(ListObjectsV2Result.self)
      result.date = answer.headers.first(name: "Date").flatMap {
        HTTPDate.microseconds(parsing: $0)
      }
      return result
    }
  }
}

extension HTTPAnswer {
  /// Reads the document in the body.
  func document<Document: S3Answer>(_ type: Document.Type) throws(S3Error) -> Document {
    try withBody { body throws(S3Error) in try Document(body: body, httpStatus: status) }
  }
}
