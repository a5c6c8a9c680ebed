/// Why a listing in parallel cannot go on.
///
/// The set of codes is open: a new one breaks nobody, so a `switch` over them needs a `default`.
public struct ParallelListerError: Error, Sendable, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The stable, readable name of the kind, such as `not-ordered`.
    public let rawValue: String

    /// A code by its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The keys of a page are not in the order of their UTF-8 bytes, as in directory buckets.
    public static let notOrdered = Code(rawValue: "not-ordered")
    /// A page holds keys that were not asked for: the server ignores the prefix or start-after.
    public static let outsideOfRange = Code(rawValue: "outside-of-range")
    /// A page says that the next one begins where it began itself.
    public static let notAdvancing = Code(rawValue: "not-advancing")
  }

  /// The kind of failure.
  public var code: Code
  /// A sentence that says what is wrong and what to do.
  public var message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension ParallelListerError: CustomStringConvertible {
  /// The sentence.
  public var description: String { message }
}
