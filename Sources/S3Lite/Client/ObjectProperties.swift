/// What an object is given when it is written.
///
/// Amazon S3 API Reference, "PutObject", "CreateMultipartUpload", "CopyObject", request headers.
public struct ObjectProperties: Sendable, Hashable {
  /// The media type; S3 takes `binary/octet-stream` where there is none.
  public var contentType: String?
  /// How the bytes are encoded, such as `gzip`.
  public var contentEncoding: String?
  /// How long caches may keep it.
  public var cacheControl: String?
  /// How a browser is to present it.
  public var contentDisposition: String?
  /// Metadata of one's own: names as in HTTP headers, values of printable ASCII.
  public var metadata: [String: String]
  /// Tags, 10 at most.
  public var tags: [String: String]
  /// The storage class, such as `STANDARD_IA`; nil for the bucket's default.
  public var storageClass: String?
  /// The encryption at rest; nil for the bucket's default.
  public var encryption: ServerSideEncryption?

  /// Nothing in particular, unless said otherwise.
  public init(
    contentType: String? = nil, contentEncoding: String? = nil, cacheControl: String? = nil,
    contentDisposition: String? = nil, metadata: [String: String] = [:],
    tags: [String: String] = [:], storageClass: String? = nil,
    encryption: ServerSideEncryption? = nil
  ) {
    self.contentType = contentType
    self.contentEncoding = contentEncoding
    self.cacheControl = cacheControl
    self.contentDisposition = contentDisposition
    self.metadata = metadata
    self.tags = tags
    self.storageClass = storageClass
    self.encryption = encryption
  }
}

/// How S3 encrypts an object at rest.
///
/// Amazon S3 User Guide, "Protecting data with server-side encryption".
public enum ServerSideEncryption: Sendable, Hashable {
  /// With keys of S3's (SSE-S3).
  case s3
  /// With a key of KMS (SSE-KMS): its ID or ARN, or nil for AWS's own; and whether a key of the
  /// bucket's, derived from it, spares most requests to KMS (nil for the bucket's default).
  case kms(keyID: String? = nil, bucketKey: Bool? = nil)
}

extension S3Request {
  /// Adds the header fields of an object's properties.
  ///
  /// - Throws: ``S3Error/Code/invalidRequest`` where S3 would not take a name or value, or would take
  ///   it for another one.
  mutating func set(_ properties: ObjectProperties) throws(S3Error) {
    set("Content-Type", properties.contentType)
    set("Content-Encoding", properties.contentEncoding)
    set("Cache-Control", properties.cacheControl)
    set("Content-Disposition", properties.contentDisposition)
    // In a fixed order, so that the same request looks the same each time.
    for (name, value) in properties.metadata.sorted(by: { $0.key < $1.key }) {
      try S3Request.checkMetadata(name, value)
      set("x-amz-meta-\(name.lowercased())", value)
    }
    if !properties.tags.isEmpty { set("x-amz-tagging", try S3Request.tagging(properties.tags)) }
    set("x-amz-storage-class", properties.storageClass)
    switch properties.encryption {
    case nil: break
    case .s3: set("x-amz-server-side-encryption", "AES256")
    case .kms(let keyID, let bucketKey):
      set("x-amz-server-side-encryption", "aws:kms")
      set("x-amz-server-side-encryption-aws-kms-key-id", keyID)
      set("x-amz-server-side-encryption-bucket-key-enabled", bucketKey.map { "\($0)" })
    }
  }

  private static func checkMetadata(_ name: String, _ value: String) throws(S3Error) {
    guard !name.isEmpty, name.utf8.allSatisfy(HTTPToken.isCharacter) else {
      throw S3Error(
        .invalidRequest, "\"\(name)\" cannot name metadata: it must be the name of a header.")
    }
    let isPrintable = value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    guard isPrintable, value.utf8.first != 0x20, value.utf8.last != 0x20 else {
      throw S3Error(
        .invalidRequest,
        "The metadata \(name) has a value that would not come back as it is: only printable ASCII "
          + "without spaces at its ends does.")
    }
  }

  /// Tags in the form of a query.
  static func tagging(_ tags: [String: String]) throws(S3Error) -> String {
    guard tags.count <= 10 else {
      throw S3Error(.invalidRequest, "An object has 10 tags at most, not \(tags.count).")
    }
    return tags.sorted { $0.key < $1.key }
      .map { "\(PercentEncoding.encode($0.key))=\(PercentEncoding.encode($0.value))" }
      .joined(separator: "&")
  }
}
