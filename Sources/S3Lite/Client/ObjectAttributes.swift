internal import NIOHTTP1

/// What S3 says of an object in the headers of an answer to GET or HEAD.
///
/// Amazon S3 API Reference, "GetObject", "HeadObject", response headers.
public struct ObjectAttributes: Sendable, Hashable {
  /// The version's ETag, with its quotes, as If-Match wants it.
  public var eTag: String?
  /// The size of the whole object in bytes, also where a range of it was read.
  public var size: Int
  /// Which bytes of the object were read, where a range of it was asked for.
  public var range: Range<Int>?
  /// When it was last modified, in microseconds since 1970-01-01T00:00:00Z. S3 gives whole seconds.
  public var lastModified: Int64?
  /// The media type.
  public var contentType: String?
  /// How the object is encoded, such as `gzip`; it is not decoded here.
  public var contentEncoding: String?
  /// The object's own metadata, names in lower case and without `x-amz-meta-`.
  public var metadata: [String: String]
  /// The storage class; nil for `STANDARD`.
  public var storageClass: String?
  /// Whether the object, which lies in an archive class, can be read for now because it was restored.
  public var isRestored = false
  /// The version, in buckets that keep versions.
  public var versionID: String?
  /// How the object is encrypted at rest, such as `AES256` or `aws:kms`.
  public var encryption: String?
  /// The key that it is encrypted with, where that is one of KMS.
  public var kmsKeyID: String?
  /// The checksums that S3 keeps.
  public var checksums: S3Checksums
  /// The server's time, in microseconds since 1970-01-01T00:00:00Z.
  public var date: Int64?

  /// Reads the headers of an answer.
  ///
  /// - Throws: ``S3Error/Code/invalidAnswer`` where they do not say how long the object is.
  init(_ headers: HTTPHeaders, httpStatus: Int) throws(S3Error) {
    metadata = [:]
    checksums = S3Checksums(headers)
    size = 0
    var length: Int?
    var range: ContentRange?
    for (name, value) in headers {
      switch name.utf8.count {
      case 4 where HeaderName.isEqual(name, "etag"): eTag = value
      case 4 where HeaderName.isEqual(name, "date"): date = HTTPDate.microseconds(parsing: value)
      case 12 where HeaderName.isEqual(name, "content-type"): contentType = value
      case 13 where HeaderName.isEqual(name, "x-amz-restore"):
        isRestored = value.contains("ongoing-request=\"false\"")
      case 13 where HeaderName.isEqual(name, "last-modified"):
        lastModified = HTTPDate.microseconds(parsing: value)
      case 13 where HeaderName.isEqual(name, "content-range"): range = ContentRange(value)
      case 14 where HeaderName.isEqual(name, "content-length"): length = Int(value)
      case 16 where HeaderName.isEqual(name, "content-encoding"): contentEncoding = value
      case 16 where HeaderName.isEqual(name, "x-amz-version-id"):
        versionID = value == "null" ? nil : value
      case 19 where HeaderName.isEqual(name, "x-amz-storage-class"): storageClass = value
      case 28 where HeaderName.isEqual(name, "x-amz-server-side-encryption"): encryption = value
      case 43 where HeaderName.isEqual(name, "x-amz-server-side-encryption-aws-kms-key-id"):
        kmsKeyID = value
      default: read(metadata: name, value)
      }
    }
    guard let size = range == nil ? length : range?.size, size >= 0 else {
      throw S3Error(
        .invalidAnswer, "The answer does not say how long the object is.", httpStatus: httpStatus)
    }
    self.size = size
    self.range = range?.range
  }

  private static let metadataPrefix = "x-amz-meta-"

  private mutating func read(metadata name: String, _ value: String) {
    let utf8 = name.utf8
    guard utf8.count > 11,
      zip(utf8, ObjectAttributes.metadataPrefix.utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 })
    else { return }
    metadata[name.dropFirst(11).lowercased()] = value
  }
}

extension S3Checksums {
  /// Reads the checksums among the headers of an answer.
  init(_ headers: HTTPHeaders) {
    self.init()
    for (name, value) in headers where name.utf8.count >= 19 {
      switch name.utf8.count {
      case 19 where HeaderName.isEqual(name, "x-amz-checksum-type"): type = value
      case 19 where HeaderName.isEqual(name, "x-amz-checksum-sha1"): sha1 = value
      case 20 where HeaderName.isEqual(name, "x-amz-checksum-crc32"): crc32 = value
      case 21 where HeaderName.isEqual(name, "x-amz-checksum-crc32c"): crc32c = value
      case 21 where HeaderName.isEqual(name, "x-amz-checksum-sha256"): sha256 = value
      case 24 where HeaderName.isEqual(name, "x-amz-checksum-crc64nvme"): crc64nvme = value
      default: break
      }
    }
  }
}

/// The header `Content-Range`: `bytes 0-9/100` (RFC 9110, section 14.4).
struct ContentRange: Sendable, Hashable {
  /// Which bytes the body holds.
  var range: Range<Int>
  /// How many there are in all; nil where the server does not know.
  var size: Int?

  /// Reads a value; nil where it is not one of bytes.
  init?(_ text: String) {
    guard text.utf8.starts(with: "bytes ".utf8) else { return nil }
    let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    guard bounds.count == 2, let first = Int(bounds[0]), let last = Int(bounds[1]), first >= 0,
      last >= first, last < Int.max
    else { return nil }
    range = first..<(last + 1)
    if parts[1] != "*" {
      guard let size = Int(parts[1]), size > last else { return nil }
      self.size = size
    }
  }
}
