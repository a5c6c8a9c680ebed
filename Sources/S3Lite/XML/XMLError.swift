/// Why bytes are not the XML that was expected, and where.
///
/// The set of codes is open: a new one breaks nobody, so a `switch` over them needs a `default`.
public struct XMLError: Error, Sendable, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The stable, readable name of the kind, such as `malformed`.
    public let rawValue: String

    /// A code by its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The document is not well-formed.
    public static let malformed = Code(rawValue: "malformed")
    /// The document ends too early.
    public static let truncated = Code(rawValue: "truncated")
    /// A byte that is not UTF-8, or a character that XML does not allow.
    public static let invalidCharacter = Code(rawValue: "invalid-character")
    /// Well-formed, but not read here: a document type, a processing instruction, an encoding other
    /// than UTF-8, an entity that is not predefined.
    public static let unsupported = Code(rawValue: "unsupported")
    /// The document is larger, or nested more deeply, than the limits allow.
    public static let limitExceeded = Code(rawValue: "limit-exceeded")
    /// Well-formed, but not the answer that was expected.
    public static let unexpectedContent = Code(rawValue: "unexpected-content")
  }

  /// The kind of failure.
  public var code: Code
  /// A sentence that says what is wrong, without the place.
  public var message: String
  /// The byte offset from the beginning of the document.
  public var offset: Int

  init(_ code: Code, _ message: String, at offset: Int) {
    self.code = code
    self.message = message
    self.offset = offset
  }
}

extension XMLError: CustomStringConvertible {
  /// The place and the sentence.
  public var description: String { "XML, offset \(offset): \(message)" }
}
