public import Logging

/// What the function wants to know of an invocation, whoever hosts it.
public struct InvocationContext: Sendable {
  /// The id of the request, for logs.
  public var requestID: String
  /// When the invocation times out; nil where it does not.
  public var deadline: ContinuousClock.Instant?
  /// The function's ARN as it was invoked, for logs.
  public var functionARN: String
  /// The X-Ray trace header of the invocation (`X-Amzn-Trace-Id`), for the tracer to continue.
  public var traceHeader: String?
  /// Where this invocation logs; nil for the function's own logger.
  public var logger: Logger?

  /// The context of an invocation.
  public init(
    requestID: String, deadline: ContinuousClock.Instant? = nil, functionARN: String = "",
    traceHeader: String? = nil, logger: Logger? = nil
  ) {
    self.requestID = requestID
    self.deadline = deadline
    self.functionARN = functionARN
    self.traceHeader = traceHeader
    self.logger = logger
  }
}
