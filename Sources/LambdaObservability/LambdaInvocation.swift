/// What is known of the invocation under way, for logs, metrics and traces.
///
/// A host binds it around the work of one invocation; whatever runs within sees it:
///
///     let invocation = LambdaInvocation(
///       requestID: context.requestID, functionARN: context.invokedFunctionARN,
///       traceHeader: context.traceID, isColdStart: isFirst)
///     try await LambdaInvocation.$current.withValue(invocation) {
///       try await handler.handle(event, context)
///     }
public struct LambdaInvocation: Sendable {
  /// The id of the request (`Lambda-Runtime-Aws-Request-Id`).
  public let requestID: String
  /// The function's ARN as it was invoked (`Lambda-Runtime-Invoked-Function-Arn`).
  public let functionARN: String
  /// The X-Ray trace header as it came (`Lambda-Runtime-Trace-Id`).
  public let traceHeader: String?
  /// Whether this is the first invocation of the process.
  public let isColdStart: Bool
  /// The trace that the header names, read once for all the spans of the invocation.
  let trace: XRayTraceContext?

  /// What is known of an invocation. A trace header that cannot be read counts as none.
  public init(
    requestID: String, functionARN: String, traceHeader: String? = nil, isColdStart: Bool = false
  ) {
    self.requestID = requestID
    self.functionARN = functionARN
    self.traceHeader = traceHeader
    self.isColdStart = isColdStart
    trace = traceHeader.flatMap { XRayTraceHeader($0) }.map { XRayTraceContext($0) }
  }

  /// The invocation that the present task works for.
  @TaskLocal public static var current: LambdaInvocation?
}
