/// The answer to CreateMultipartUpload.
///
/// Amazon S3 API Reference, "CreateMultipartUpload", response syntax.
public struct InitiateMultipartUploadResult: Sendable, Hashable {
  /// The bucket.
  public var bucket: String?
  /// The key.
  public var key: String?
  /// What names the upload in the requests that follow.
  public var uploadID: String

  /// Reads the body of an answer.
  ///
  /// - Throws: ``S3Error``: the one in the body, or ``S3Error/Code/invalidAnswer``.
  public init(body: RawSpan) throws(S3Error) {
    try self.init(body: body, httpStatus: 200)
  }
}

extension InitiateMultipartUploadResult: S3Answer {
  static var rootElement: String { "InitiateMultipartUploadResult" }

  init(reading reader: inout XMLReader) throws(XMLError) {
    uploadID = ""
    while let name = try reader.nextChild() {
      switch name {
      case "Bucket": bucket = try reader.readText()
      case "Key": key = try reader.readText()
      case "UploadId": uploadID = try reader.readText()
      default: try reader.skip()
      }
    }
    guard !uploadID.isEmpty else {
      throw XMLError(.unexpectedContent, "The new upload has no ID.", at: reader.offset)
    }
  }
}

/// The answer to CompleteMultipartUpload. S3 begins it with status 200 before it knows how it ends,
/// so it may hold an error.
///
/// Amazon S3 API Reference, "CompleteMultipartUpload", response syntax.
public struct CompleteMultipartUploadResult: Sendable, Hashable {
  /// The new object's URL.
  public var location: String?
  /// The bucket.
  public var bucket: String?
  /// The key.
  public var key: String?
  /// The new version's ETag, with its quotes.
  public var eTag: String
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

extension CompleteMultipartUploadResult: S3Answer {
  static var rootElement: String { "CompleteMultipartUploadResult" }
  // moto 5.2.
  static var otherRootElements: [String] { ["CompleteMultipartUploadResponse"] }

  init(reading reader: inout XMLReader) throws(XMLError) {
    eTag = ""
    checksums = S3Checksums()
    while let name = try reader.nextChild() {
      switch name {
      case "Location": location = try reader.readText()
      case "Bucket": bucket = try reader.readText()
      case "Key": key = try reader.readText()
      case "ETag": eTag = try reader.readText()
      default:
        if try !checksums.read(name, from: &reader) { try reader.skip() }
      }
    }
    guard !eTag.isEmpty else {
      throw XMLError(.unexpectedContent, "The completed upload has no ETag.", at: reader.offset)
    }
  }
}
