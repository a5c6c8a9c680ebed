/// Why a request cannot be signed.
///
/// The set of codes is open: a new one breaks nobody, so a `switch` over them needs a `default`.
public struct SigV4Error: Error, Sendable, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The stable, readable name of the kind, such as `missing-host`.
    public let rawValue: String

    /// A code by its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The method is not an HTTP method.
    public static let invalidMethod = Code(rawValue: "invalid-method")
    /// The path does not begin with `/`, or holds a query, a fragment or control characters.
    public static let invalidPath = Code(rawValue: "invalid-path")
    /// A header's name is not a token, or its value holds a line break or NUL.
    public static let invalidHeader = Code(rawValue: "invalid-header")
    /// There is no `Host` header.
    public static let missingHost = Code(rawValue: "missing-host")
    /// The lifetime of a presigned URL is not 1 second to 7 days.
    public static let invalidExpiration = Code(rawValue: "invalid-expiration")
    /// The query of a request to be presigned has parameters that the signature brings.
    public static let reservedQueryItem = Code(rawValue: "reserved-query-item")
  }

  /// The kind of failure.
  public var code: Code
  /// A sentence that says what is wrong; it never quotes a header's value.
  public var message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension SigV4Error: CustomStringConvertible {
  /// The sentence.
  public var description: String { message }
}
