internal import AsyncHTTPClient
public import Logging
internal import ServiceLifecycle
internal import UnixSignals

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

extension LambdaRuntime {
  /// Runs a whole function: the loop, until SIGTERM, with a closure as the handler.
  ///
  /// A program that needs more (several services, another logger) makes a ``LambdaRuntime`` and gives
  /// it to a service group of its own. What cannot go on is logged, and ends the process with status 1.
  public static func main(
    logger: Logger = Logger(label: "lambda-runtime"),
    _ handler: @escaping @Sendable ([UInt8], LambdaContext) async throws -> [UInt8]
  ) async -> Never {
    await main(logger: logger, handler: ClosureHandler(body: handler))
  }

  /// Runs a whole function: the loop, until SIGTERM.
  public static func main(
    logger: Logger = Logger(label: "lambda-runtime"), handler: any LambdaHandler
  ) async -> Never {
    do {
      let runtime = LambdaRuntime(
        environment: try .current(), handler: handler, logger: logger)
      try await ServiceGroup(
        services: [runtime], gracefulShutdownSignals: [.sigterm], logger: logger
      ).run()
    } catch {
      logger.critical("The function ends: \(error)")
      exit(1)
    }
    exit(0)
  }

  /// Tells Lambda that the function could not be made ready (`/runtime/init/error`). Lambda answers the
  /// waiting invocation with it; afterwards the process should end.
  ///
  /// It never throws: where Lambda cannot be told, that is logged.
  ///
  /// - Returns: Whether Lambda has taken it.
  @discardableResult
  public static func reportInitError(
    _ error: any Error, to environment: LambdaRuntimeEnvironment,
    logger: Logger = Logger(label: "lambda-runtime")
  ) async -> Bool {
    do {
      let report = ErrorReport(error)
      let answer = try await HTTPClient.withHTTPClient(
        configuration: RuntimeAPIClient.httpConfiguration
      ) {
        try await RuntimeAPIClient(
          client: $0, address: environment.runtimeAPI, eventLimit: LambdaRuntime.payloadLimit
        ).failInit(report)
      }
      if answer.meaning == .accepted { return true }
      logger.error("Lambda did not take the initialisation error (\(answer)).")
    } catch {
      logger.error("Lambda could not be told of the initialisation error: \(error)")
    }
    return false
  }
}
