/// An invocation that must count as failed, so that Lambda delivers its event again: the sender of an
/// asynchronous event never sees the answer, only whether there was one.
public struct InvocationFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure; more may come.
  public struct Code: Sendable, Hashable, RawRepresentable {
    /// A stable name, as Lambda wants the types of errors to be.
    public let rawValue: String

    /// The kind of a name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// Settings are missing or wrong.
    public static let configuration = Code(rawValue: "Function.Configuration")
    /// Objects that were named could not be merged.
    public static let objectsUndone = Code(rawValue: "Function.ObjectsUndone")
    /// The event cannot be understood, and nothing could be answered that keeps it from being lost.
    public static let event = Code(rawValue: "Function.Event")
    /// The host is ending.
    public static let cancelled = Code(rawValue: "Function.Cancelled")
  }

  /// The kind of failure.
  public let code: Code
  /// What happened, as sentences.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
