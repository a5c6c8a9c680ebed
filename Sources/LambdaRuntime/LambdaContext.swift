/// What a handler knows of the invocation besides its payload.
public struct LambdaContext: Sendable {
  /// The id of the request (`Lambda-Runtime-Aws-Request-Id`).
  public var requestID: String
  /// The function's ARN as it was invoked (`Lambda-Runtime-Invoked-Function-Arn`).
  public var invokedFunctionARN: String
  /// When the invocation times out, in milliseconds since the epoch (`Lambda-Runtime-Deadline-Ms`).
  public var deadlineMilliseconds: Int64
  /// The X-Ray trace header (`Lambda-Runtime-Trace-Id`).
  ///
  /// Runtimes of other languages put it into the environment variable `_X_AMZN_TRACE_ID`. Here it is
  /// only handed on: to set a variable while other threads read the environment is a data race in C's
  /// library, and tracing code in Swift takes a value just as well.
  public var traceID: String?
  /// The client's context as JSON, of invocations through AWS's mobile SDKs.
  public var clientContext: String?
  /// The Cognito identity as JSON, likewise.
  public var cognitoIdentity: String?

  /// The context of an invocation.
  public init(
    requestID: String, invokedFunctionARN: String = "", deadlineMilliseconds: Int64,
    traceID: String? = nil, clientContext: String? = nil, cognitoIdentity: String? = nil
  ) {
    self.requestID = requestID
    self.invokedFunctionARN = invokedFunctionARN
    self.deadlineMilliseconds = deadlineMilliseconds
    self.traceID = traceID
    self.clientContext = clientContext
    self.cognitoIdentity = cognitoIdentity
  }
  /// How long the function may go on, less than zero once the invocation has timed out.
  ///
  /// - Parameter now: The present time, in milliseconds since the epoch.
  public func timeRemaining(at now: Int64) -> Duration {
    // The deadline comes from the wire: however large it is, the difference must not overflow.
    let (difference, overflowed) = deadlineMilliseconds.subtractingReportingOverflow(now)
    if overflowed { return .milliseconds(now < 0 ? Int64.max : Int64.min) }
    return .milliseconds(difference)
  }
}
