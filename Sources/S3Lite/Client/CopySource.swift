/// The object, or a version of one, that a copy is made of, and on what condition.
///
/// Amazon S3 API Reference, "CopyObject", "UploadPartCopy", the headers `x-amz-copy-source...`.
public struct CopySource: Sendable, Hashable {
  /// The bucket.
  public var bucket: String
  /// The key.
  public var key: String
  /// Which version; nil for the latest.
  public var versionID: String?
  /// Only if the source has this ETag, with or without its quotes; else
  /// ``S3Error/Code/preconditionFailed``.
  public var ifMatch: String?
  /// Only if the source has another ETag; else ``S3Error/Code/preconditionFailed``.
  public var ifNoneMatch: String?
  /// The account that must own the source's bucket.
  public var expectedBucketOwner: String?

  /// An object to be copied.
  public init(
    bucket: String, key: String, versionID: String? = nil, ifMatch: String? = nil,
    ifNoneMatch: String? = nil, expectedBucketOwner: String? = nil
  ) {
    self.bucket = bucket
    self.key = key
    self.versionID = versionID
    self.ifMatch = ifMatch
    self.ifNoneMatch = ifNoneMatch
    self.expectedBucketOwner = expectedBucketOwner
  }
}

extension S3Request {
  /// Adds the header fields of what is copied.
  mutating func set(_ source: CopySource) throws(S3Error) {
    if let fault = BucketName.fault(of: source.bucket) { throw S3Error(.invalidBucketName, fault) }
    guard !source.key.isEmpty else {
      throw S3Error(
        .invalidRequest, "The key of the object to copy is empty.", bucket: source.bucket)
    }
    var name = PercentEncoding.encode(path: "\(source.bucket)/\(source.key)")
    if let version = source.versionID { name += "?versionId=\(PercentEncoding.encode(version))" }
    set("x-amz-copy-source", name)
    set("x-amz-copy-source-if-match", eTag: source.ifMatch)
    set("x-amz-copy-source-if-none-match", eTag: source.ifNoneMatch)
    set("x-amz-source-expected-bucket-owner", source.expectedBucketOwner)
  }
}
