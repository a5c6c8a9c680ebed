import LambdaObservability
public import LambdaRuntime
import Synchronization

/// The function as a handler of the loop: what the Runtime API says of an invocation becomes what the
/// function, the logs, the metrics and the traces want to know of it.
public struct CheckpointHandler: LambdaHandler {
  private let function: CheckpointFunction
  private let flush: @Sendable () -> Void
  private let isWarm = Flag()

  /// A handler.
  ///
  /// - Parameters:
  ///   - function: What answers.
  ///   - flush: Called at the end of each invocation, before its answer is sent: afterwards the
  ///     process may be frozen. Metrics are written then.
  public init(_ function: CheckpointFunction, flush: @escaping @Sendable () -> Void = {}) {
    self.function = function
    self.flush = flush
  }

  /// See `LambdaHandler`.
  public func handle(_ event: [UInt8], _ context: LambdaContext) async throws -> [UInt8] {
    let invocation = LambdaInvocation(
      requestID: context.requestID, functionARN: context.invokedFunctionARN,
      traceHeader: context.traceID, isColdStart: !isWarm.value.exchange(true, ordering: .relaxed))
    let now = WallTime.now().microseconds / 1_000
    let deadline = ContinuousClock.now + context.timeRemaining(at: now)
    return try await LambdaInvocation.$current.withValue(invocation) {
      defer { flush() }
      // The tracer finds the trace's header in the invocation.
      return try await function.handle(
        event,
        InvocationContext(
          requestID: context.requestID, deadline: deadline,
          functionARN: context.invokedFunctionARN))
    }
  }

  /// Whether there was an invocation before.
  private final class Flag: Sendable {
    let value = Atomic(false)
  }
}

extension InvocationFailure: LambdaReportableError {
  /// The type of the error, as Lambda and its retry rules see it.
  public var lambdaErrorType: String { code.rawValue }
  /// What happened.
  public var lambdaErrorMessage: String { description }
}
