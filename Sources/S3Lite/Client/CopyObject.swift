internal import NIOHTTP1

/// What CopyObject is told.
///
/// Amazon S3 API Reference, "CopyObject".
public struct CopyObjectRequest: Sendable, Hashable {
  /// What is copied, 5 GB at most.
  public var source: CopySource
  /// The bucket that is written to.
  public var bucket: String
  /// The key that is written to.
  public var key: String
  /// Only if the object there has this ETag, with or without its quotes.
  public var ifMatch: String?
  /// `*`: only if there is no object there yet.
  public var ifNoneMatch: String?
  /// What the copy is given. Storage class and encryption hold in any case; the rest, tags excepted,
  /// is taken from the source unless ``replacesMetadata`` is set.
  public var properties: ObjectProperties
  /// Whether media type, metadata and the like are those of ``properties``.
  public var replacesMetadata: Bool
  /// Whether the tags are those of ``properties``.
  public var replacesTags: Bool

  /// A request to copy an object.
  public init(
    source: CopySource, bucket: String, key: String, ifMatch: String? = nil,
    ifNoneMatch: String? = nil, properties: ObjectProperties = ObjectProperties(),
    replacesMetadata: Bool = false, replacesTags: Bool = false
  ) {
    self.source = source
    self.bucket = bucket
    self.key = key
    self.ifMatch = ifMatch
    self.ifNoneMatch = ifNoneMatch
    self.properties = properties
    self.replacesMetadata = replacesMetadata
    self.replacesTags = replacesTags
  }

  /// The properties that are sent: S3 passes over what it takes from the source.
  fileprivate var sentProperties: ObjectProperties {
    var sent = replacesMetadata ? properties : ObjectProperties()
    sent.tags = replacesTags ? properties.tags : [:]
    sent.storageClass = properties.storageClass
    sent.encryption = properties.encryption
    return sent
  }
}

extension S3Client {
  /// Copies an object within S3.
  ///
  /// - Throws: ``S3Error``.
  @discardableResult
  public func copyObject(
    _ request: CopyObjectRequest, options: S3RequestOptions = S3RequestOptions()
  ) async throws -> CopyObjectResult {
    var sent = try S3Request(.PUT, bucket: request.bucket, key: request.key, options: options)
    try sent.set(request.source)
    sent.set("If-Match", eTag: request.ifMatch)
    sent.set("If-None-Match", eTag: request.ifNoneMatch)
    try sent.set(request.sentProperties)
    if request.replacesMetadata { sent.set("x-amz-metadata-directive", "REPLACE") }
    if request.replacesTags { sent.set("x-amz-tagging-directive", "REPLACE") }
    return try await send(sent, options) { answer throws(S3Error) in
      var result = try answer.document(CopyObjectResult.self)
      result.versionID = VersionID.read(answer.headers)
      return result
    }
  }
}
