/// Why a store did not do what it was asked.
public struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
  /// The kind of an error; more may come.
  public struct Code: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    /// A stable name.
    public let rawValue: String

    /// The kind of a name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// There is no such object.
    public static let notFound = Code(rawValue: "not-found")
    /// The object is not the version, or not absent, as the caller demanded.
    public static let preconditionFailed = Code(rawValue: "precondition-failed")
    /// The object has more bytes than the caller takes.
    public static let tooLarge = Code(rawValue: "too-large")
    /// The object lies in an archive class and must be restored before it can be read.
    public static let archived = Code(rawValue: "archived")
    /// The store forbids it.
    public static let accessDenied = Code(rawValue: "access-denied")
    /// The store cannot do it now; a later try may succeed.
    public static let unavailable = Code(rawValue: "unavailable")
    /// No object can have this key.
    public static let invalidKey = Code(rawValue: "invalid-key")
    /// Something that is no object lies under the key, such as a directory.
    public static let notAnObject = Code(rawValue: "not-an-object")

    /// The stable name.
    public var description: String { rawValue }
  }

  /// The kind of the error.
  public let code: Code
  /// The object it is about.
  public let key: String?
  /// What happened, as a sentence.
  public let message: String
  /// What caused it.
  public let underlying: (any Error)?

  /// An error of a store.
  public init(_ code: Code, key: String? = nil, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.key = key
    self.message = message
    self.underlying = underlying
  }

  /// What happened, as a sentence.
  public var description: String { message }
}

extension ObjectStoreError {
  static func notFound(_ key: String) -> ObjectStoreError {
    ObjectStoreError(.notFound, key: key, "There is no object \"\(key)\".")
  }

  static func preconditionFailed(_ key: String, _ condition: PutCondition) -> ObjectStoreError {
    let message =
      switch condition {
      case .ifAbsent: "\"\(key)\" exists already and was not overwritten."
      case .ifMatch(let eTag):
        "\"\(key)\" is no longer the version \(eTag) and was not overwritten."
      case .unconditional: "\"\(key)\" was not written."
      }
    return ObjectStoreError(.preconditionFailed, key: key, message)
  }

  static func changed(_ key: String, since eTag: ETag) -> ObjectStoreError {
    ObjectStoreError(
      .preconditionFailed, key: key, "\"\(key)\" is no longer the version \(eTag).")
  }

  static func archived(_ key: String) -> ObjectStoreError {
    ObjectStoreError(
      .archived, key: key,
      "\"\(key)\" lies in an archive storage class and must be restored before it can be read.")
  }

  static func noSuchRange(_ key: String, _ range: Range<Int>) -> ObjectStoreError {
    ObjectStoreError(
      .unavailable, key: key,
      "\"\(key)\" has no bytes from \(range.lowerBound) up to \(range.upperBound).")
  }

  static func tooLarge(_ key: String, limit: Int) -> ObjectStoreError {
    ObjectStoreError(
      .tooLarge, key: key, "\"\(key)\" has more than the \(limit) bytes that are allowed.")
  }
}
