internal import NIOHTTP1

/// What HeadObject is asked for.
///
/// Amazon S3 API Reference, "HeadObject".
public struct HeadObjectRequest: Sendable, Hashable {
  /// The bucket.
  public var bucket: String
  /// The key.
  public var key: String
  /// Only if the object has this ETag, with or without its quotes; else
  /// ``S3Error/Code/preconditionFailed``.
  public var ifMatch: String?
  /// Only if the object has another ETag; else ``S3Error/Code/notModified``.
  public var ifNoneMatch: String?
  /// Which version; nil for the latest.
  public var versionID: String?

  /// A request for what S3 says of an object.
  public init(
    bucket: String, key: String, ifMatch: String? = nil, ifNoneMatch: String? = nil,
    versionID: String? = nil
  ) {
    self.bucket = bucket
    self.key = key
    self.ifMatch = ifMatch
    self.ifNoneMatch = ifNoneMatch
    self.versionID = versionID
  }
}

extension S3Client {
  /// Asks what S3 says of an object, without its bytes. Checksums are among it where
  /// ``S3Configuration/verifiesDownloads`` is set: for objects encrypted with KMS they need a
  /// permission of their own.
  ///
  /// - Throws: ``S3Error``: ``S3Error/Code/notFound`` (the answer has no body that would say whether
  ///   it is the key or the bucket), ``S3Error/Code/notModified``,
  ///   ``S3Error/Code/preconditionFailed``, and others.
  public func headObject(
    _ request: HeadObjectRequest, options: S3RequestOptions = S3RequestOptions()
  ) async throws -> ObjectAttributes {
    var sent = try head(request, options)
    if configuration.verifiesDownloads { sent.set("x-amz-checksum-mode", "ENABLED") }
    return try await send(sent, options) { answer throws(S3Error) in
      try ObjectAttributes(answer.headers, httpStatus: answer.status)
    }
  }

  /// The request, without asking for checksums.
  func head(
    _ request: HeadObjectRequest, _ options: S3RequestOptions
  ) throws(S3Error) -> S3Request {
    var sent = try S3Request(.HEAD, bucket: request.bucket, key: request.key, options: options)
    sent.set(query: "versionId", request.versionID)
    sent.set("If-Match", eTag: request.ifMatch)
    sent.set("If-None-Match", eTag: request.ifNoneMatch)
    return sent
  }
}
