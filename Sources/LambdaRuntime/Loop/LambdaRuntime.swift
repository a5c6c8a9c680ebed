internal import AsyncHTTPClient
public import Logging
internal import NIOCore
public import ServiceLifecycle

/// The loop of a Lambda function: asks for an invocation, has it handled, answers, and asks again.
///
/// It is a service of swift-service-lifecycle: a graceful shutdown ends the wait for an invocation at
/// once, and lets a handler that is at work finish and be answered.
///
/// All calls go over one connection, which is kept open. An invocation that cannot be understood is
/// answered with an error, as is one whose handler throws; neither ends the loop. What ends it:
/// a container error of Lambda's, and no invocation after several attempts in a row.
public struct LambdaRuntime: Service {
  /// Limits and patience.
  public struct Configuration: Sendable {
    /// How many bytes an event may have; the default is Lambda's own limit twice over.
    public var eventLimit = 2 * LambdaRuntime.payloadLimit
    /// How many bytes a response may have. The default is Lambda's own limit; a longer one is answered
    /// with the error `Function.ResponseSizeTooLarge`, which says how long it was.
    public var responseLimit = LambdaRuntime.payloadLimit
    /// How many times in a row Lambda may give no invocation before the loop ends.
    public var attempts = 5
    /// How long to wait after the first time; each wait is twice the one before.
    public var pause: Duration = .milliseconds(50)

    /// Lambda's own limits.
    public init() {}
  }

  /// 6 MB and 100 bytes: what Lambda takes as a response.
  public static let payloadLimit = 6 * 1_024 * 1_024 + 100

  private let environment: LambdaRuntimeEnvironment
  private let handler: any LambdaHandler
  private let configuration: Configuration
  private let logger: Logger

  /// A loop for a handler.
  ///
  /// - Parameters:
  ///   - environment: What Lambda has told the process.
  ///   - handler: What answers invocations.
  ///   - configuration: Limits and patience.
  ///   - logger: Where the loop says what went wrong; nothing is logged of what goes well, except at
  ///     the level `debug`.
  public init(
    environment: LambdaRuntimeEnvironment, handler: any LambdaHandler,
    configuration: Configuration = Configuration(),
    logger: Logger = Logger(label: "lambda-runtime")
  ) {
    self.environment = environment
    self.handler = handler
    self.configuration = configuration
    self.logger = logger
  }

  /// A loop for a closure.
  public init(
    environment: LambdaRuntimeEnvironment, configuration: Configuration = Configuration(),
    logger: Logger = Logger(label: "lambda-runtime"),
    _ handler: @escaping @Sendable ([UInt8], LambdaContext) async throws -> [UInt8]
  ) {
    self.init(
      environment: environment, handler: ClosureHandler(body: handler),
      configuration: configuration, logger: logger)
  }

  /// Answers invocations until a graceful shutdown.
  ///
  /// - Throws: ``LambdaRuntimeError`` with the code `containerError` or `noInvocation`, after which the
  ///   process should end; `CancellationError` once the task is cancelled.
  public func run() async throws {
    try await HTTPClient.withHTTPClient(configuration: RuntimeAPIClient.httpConfiguration) {
      try await answerInvocations(
        RuntimeAPIClient(
          client: $0, address: environment.runtimeAPI, eventLimit: configuration.eventLimit))
    }
  }

  private func answerInvocations(_ api: RuntimeAPIClient) async throws {
    var failures = NextFailures(limit: configuration.attempts, pause: configuration.pause)
    while !Task.isShuttingDownGracefully {
      let next: RuntimeAPIClient.Next
      do {
        next = try await cancelWhenGracefulShutdown { try await api.next() }
      } catch {
        try Task.checkCancellation()
        if Task.isShuttingDownGracefully { return }
        try await wait(after: &failures, "Lambda could not be asked for an invocation", error)
        continue
      }
      switch next {
      case .invocation(let invocation):
        failures.succeeded()
        try await answer(invocation, api)
      case .malformed(let malformed):
        guard let requestID = malformed.requestID else {
          try await wait(after: &failures, malformed.problem, nil)
          continue
        }
        failures.succeeded()
        logger.error(
          "The invocation is malformed: \(malformed.problem)",
          metadata: ["request_id": "\(requestID)"])
        let report = ErrorReport(type: "Runtime.MalformedInvocation", message: malformed.problem)
        try await send(.error(report), to: requestID, api)
      case .refused(let answer):
        if answer.meaning == .containerError { throw LambdaRuntime.containerError(answer) }
        try await wait(after: &failures, "Lambda gave no invocation: \(answer)", nil)
      }
    }
  }

  private func wait(
    after failures: inout NextFailures, _ problem: String, _ error: (any Error)?
  ) async throws {
    guard let pause = failures.failed() else {
      throw LambdaRuntimeError(
        .noInvocation,
        "\(problem). There was no invocation after \(failures.count) attempts in a row at "
          + "\(environment.runtimeAPI).", underlying: error)
    }
    logger.warning("\(problem)\(error.map { ": \($0)" } ?? ""). It is asked again in \(pause).")
    do {
      try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
    } catch {
      // Shut down: the loop ends by itself.
      try Task.checkCancellation()
    }
  }

  private func answer(_ invocation: Invocation, _ api: RuntimeAPIClient) async throws {
    let requestID = invocation.context.requestID
    let reply: Reply
    do {
      let response = try await handler.handle(invocation.event, invocation.context)
      reply =
        response.count > configuration.responseLimit
        ? .error(tooLarge(response.count)) : .response(response)
    } catch {
      reply = .error(ErrorReport(error))
    }
    if case .error(let report) = reply {
      logger.error(
        "The handler failed: \(report.message)",
        metadata: ["request_id": "\(requestID)", "error_type": "\(report.type)"])
    }
    try await send(reply, to: requestID, api)
  }

  private func tooLarge(_ count: Int) -> ErrorReport {
    ErrorReport(
      type: "Function.ResponseSizeTooLarge",
      message: "The response has \(count) bytes, and at most \(configuration.responseLimit) can be "
        + "returned. Return less, or write it to S3 and return where it is.")
  }

  private func send(_ reply: Reply, to requestID: String, _ api: RuntimeAPIClient) async throws {
    guard let answer = try await attempt(reply, to: requestID, api) else { return }
    switch answer.meaning {
    case .accepted: logger.debug("Answered.", metadata: ["request_id": "\(requestID)"])
    case .containerError: throw LambdaRuntime.containerError(answer)
    case .refused: logRefusal(answer, requestID)
    case .tooLarge:
      logRefusal(answer, requestID)
      // Lambda's own limit is another one than ours. Where it has told the caller already, it refuses
      // this, and nothing is lost.
      guard case .response(let response) = reply else { return }
      let second = try await attempt(.error(tooLarge(response.count)), to: requestID, api)
      if let second, second.meaning == .containerError {
        throw LambdaRuntime.containerError(second)
      }
    }
  }

  /// Sends a reply, and once more where the connection failed: if the first did arrive, Lambda refuses
  /// the second. Nil when neither was answered.
  private func attempt(
    _ reply: Reply, to requestID: String, _ api: RuntimeAPIClient
  ) async throws -> RuntimeAPIAnswer? {
    for isLast in [false, true] {
      do {
        switch reply {
        case .response(let response): return try await api.respond(response, to: requestID)
        case .error(let report): return try await api.fail(report, to: requestID)
        }
      } catch {
        try Task.checkCancellation()
        logger.log(
          level: isLast ? .error : .warning,
          "Lambda could not be answered: \(error). \(isLast ? "Given up." : "Sent again.")",
          metadata: ["request_id": "\(requestID)"])
      }
    }
    return nil
  }

  private func logRefusal(_ answer: RuntimeAPIAnswer, _ requestID: String) {
    logger.error(
      "Lambda did not take the answer (\(answer)).", metadata: ["request_id": "\(requestID)"])
  }

  private static func containerError(_ answer: RuntimeAPIAnswer) -> LambdaRuntimeError {
    LambdaRuntimeError(
      .containerError,
      "Lambda answered with a container error (\(answer)), after which the process has to end.")
  }

  private enum Reply {
    case response([UInt8])
    case error(ErrorReport)
  }
}
