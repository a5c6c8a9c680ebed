/// The answer to DeleteObjects: what was deleted and what was not.
///
/// Amazon S3 API Reference, "DeleteObjects", response syntax.
public struct DeleteResult: Sendable, Hashable {
  /// An object that is gone.
  public struct Deleted: Sendable, Hashable {
    /// The key.
    public var key: String
    /// The version that was deleted.
    public var versionID: String?
    /// Whether a delete marker was made or deleted.
    public var isDeleteMarker: Bool
    /// The version of the delete marker.
    public var deleteMarkerVersionID: String?
  }

  /// An object that could not be deleted.
  public struct Failure: Sendable, Hashable {
    /// The key.
    public var key: String
    /// The version that was to be deleted.
    public var versionID: String?
    /// Why.
    public var code: S3Error.Code
    /// What S3 says about it.
    public var message: String
  }

  /// What is gone; nothing if the request was a quiet one.
  public var deleted: [Deleted]
  /// What is not.
  public var failures: [Failure]

  /// Reads the body of an answer.
  ///
  /// - Throws: ``S3Error``: the one in the body, or ``S3Error/Code/invalidAnswer``.
  public init(body: RawSpan) throws(S3Error) {
    try self.init(body: body, httpStatus: 200)
  }
}

extension DeleteResult: S3Answer {
  static var rootElement: String { "DeleteResult" }

  init(reading reader: inout XMLReader) throws(XMLError) {
    deleted = []
    failures = []
    while let name = try reader.nextChild() {
      switch name {
      case "Deleted": deleted.append(try Deleted(reading: &reader))
      case "Error": failures.append(try Failure(reading: &reader))
      default: try reader.skip()
      }
    }
  }
}

extension DeleteResult.Deleted {
  fileprivate init(reading reader: inout XMLReader) throws(XMLError) {
    var key: String?
    isDeleteMarker = false
    while let name = try reader.nextChild() {
      switch name {
      case "Key": key = try reader.readText()
      case "VersionId": versionID = try reader.readText()
      case "DeleteMarker": isDeleteMarker = try reader.readBoolean()
      case "DeleteMarkerVersionId": deleteMarkerVersionID = try reader.readText()
      default: try reader.skip()
      }
    }
    guard let key else {
      throw XMLError(.unexpectedContent, "A deleted object has no key.", at: reader.offset)
    }
    self.key = key
  }
}

extension DeleteResult.Failure {
  fileprivate init(reading reader: inout XMLReader) throws(XMLError) {
    var key: String?
    code = S3Error.Code(rawValue: "")
    message = ""
    while let name = try reader.nextChild() {
      switch name {
      case "Key": key = try reader.readText()
      case "VersionId": versionID = try reader.readText()
      case "Code": code = S3Error.Code(rawValue: try reader.readText())
      case "Message": message = try reader.readText()
      default: try reader.skip()
      }
    }
    guard let key, !code.rawValue.isEmpty else {
      throw XMLError(
        .unexpectedContent, "A failure to delete has no key or no code.", at: reader.offset)
    }
    self.key = key
  }
}
