/// Why the loop of a function ended, or could not begin.
public struct LambdaRuntimeError: Error, Sendable, CustomStringConvertible {
  /// What kind of error it is.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    /// The code's name.
    public let description: String

    /// The environment lacks a variable of Lambda's, or holds one that cannot be used.
    public static let environment = Code(description: "environment")
    /// Lambda answered with a container error (500), after which a runtime has to end.
    public static let containerError = Code(description: "containerError")
    /// Lambda could not be asked for an invocation, several times in a row.
    public static let noInvocation = Code(description: "noInvocation")
  }

  /// What kind of error it is.
  public let code: Code
  /// What happened, in a sentence.
  public let message: String
  /// The error underneath, if there is one.
  public let underlying: (any Error)?

  init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  /// The sentence, and the error underneath.
  public var description: String {
    guard let underlying else { return message }
    return "\(message) (\(underlying))"
  }
}
