/// The answer to CopyObject. S3 begins it with status 200 before it knows how it ends, so it may hold
/// an error.
///
/// Amazon S3 API Reference, "CopyObject", response syntax.
public struct CopyObjectResult: Sendable, Hashable {
  /// The new version's ETag, with its quotes.
  public var eTag: String
  /// When the copy was made, in microseconds since 1970-01-01T00:00:00Z.
  public var lastModified: Int64?
  /// The checksums that S3 keeps.
  public var checksums: S3Checksums
  /// The new version, in buckets that keep versions; it stands in a header.
  public var versionID: String?

  /// Reads the body of an answer.
  ///
  /// - Throws: ``S3Error``: the one in the body, or ``S3Error/Code/invalidAnswer``.
  public init(body: RawSpan) throws(S3Error) {
    try self.init(body: body, httpStatus: 200)
  }
}

extension CopyObjectResult: S3Answer {
  static var rootElement: String { "CopyObjectResult" }

  init(reading reader: inout XMLReader) throws(XMLError) {
    (eTag, lastModified, checksums) = try CopyFields.read(from: &reader)
  }
}

/// The answer to UploadPartCopy. S3 begins it with status 200 before it knows how it ends, so it may
/// hold an error.
///
/// Amazon S3 API Reference, "UploadPartCopy", response syntax.
public struct CopyPartResult: Sendable, Hashable {
  /// The part's ETag, with its quotes, for CompleteMultipartUpload.
  public var eTag: String
  /// When the part was made, in microseconds since 1970-01-01T00:00:00Z.
  public var lastModified: Int64?
  /// The checksums that S3 keeps.
  public var checksums: S3Checksums

  /// Reads the body of an answer.
  ///
  /// - Throws: ``S3Error``: the one in the body, or ``S3Error/Code/invalidAnswer``.
  public init(body: RawSpan) throws(S3Error) {
    try self.init(body: body, httpStatus: 200)
  }
}

extension CopyPartResult: S3Answer {
  static var rootElement: String { "CopyPartResult" }

  init(reading reader: inout XMLReader) throws(XMLError) {
    (eTag, lastModified, checksums) = try CopyFields.read(from: &reader)
  }
}

/// What both answers hold.
private enum CopyFields {
  static func read(from reader: inout XMLReader) throws(XMLError) -> (
    eTag: String, lastModified: Int64?, checksums: S3Checksums
  ) {
    var eTag = ""
    var lastModified: Int64?
    var checksums = S3Checksums()
    while let name = try reader.nextChild() {
      switch name {
      case "ETag": eTag = try reader.readText()
      case "LastModified": lastModified = try reader.readTime()
      default:
        if try !checksums.read(name, from: &reader) { try reader.skip() }
      }
    }
    guard !eTag.isEmpty else {
      throw XMLError(.unexpectedContent, "The copy has no ETag.", at: reader.offset)
    }
    return (eTag, lastModified, checksums)
  }
}
