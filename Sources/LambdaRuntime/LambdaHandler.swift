/// What answers invocations: bytes in, bytes out.
///
/// Lambda invokes one at a time per process, but a handler is shared with what it has started itself,
/// and so must be `Sendable`.
public protocol LambdaHandler: Sendable {
  /// Answers one invocation.
  ///
  /// - Parameters:
  ///   - event: The payload, which is JSON in all that Lambda itself sends.
  ///   - context: What else is known of the invocation.
  /// - Returns: The answer, which Lambda hands to whoever invoked the function; it must be JSON, and
  ///   at most 6 MB.
  /// - Throws: Any error: it becomes the answer (`errorType`, `errorMessage`), and the function goes
  ///   on with the next invocation. An error that conforms to ``LambdaReportableError`` says itself what
  ///   is answered.
  func handle(_ event: [UInt8], _ context: LambdaContext) async throws -> [UInt8]
}

/// An error that says what Lambda is told of it.
///
/// Of other errors Lambda is told the name of their type, and their description.
public protocol LambdaReportableError: Error {
  /// What kind of error it is, such as `Function.Configuration`; for alarms and retry rules to match.
  var lambdaErrorType: String { get }
  /// What happened, for people.
  var lambdaErrorMessage: String { get }
}

/// A handler made of a closure.
struct ClosureHandler: LambdaHandler {
  let body: @Sendable ([UInt8], LambdaContext) async throws -> [UInt8]

  func handle(_ event: [UInt8], _ context: LambdaContext) async throws -> [UInt8] {
    try await body(event, context)
  }
}
