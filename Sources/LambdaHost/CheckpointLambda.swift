import Configuration
import LambdaRuntime
import Logging
import ServiceLifecycle
import UnixSignals

/// The whole function as AWS Lambda starts it.
public enum CheckpointLambda {
  /// Answers invocations until Lambda ends the process (SIGTERM).
  ///
  /// Settings that are wrong do not end it: they are logged, and every invocation is answered with
  /// what is wrong.
  ///
  /// - Throws: `LambdaRuntimeError` where there is no Runtime API, or none that goes on.
  public static func run() async throws {
    let environment = try LambdaRuntimeEnvironment.current()
    let reader = ConfigReader(provider: EnvironmentVariablesProvider())
    let observability = FunctionObservability.bootstrap(try? FunctionConfiguration(reader))
    let logger = Logger(label: "event-log-checkpoint")
    let function = CheckpointFunction(reader, logger: logger)
    let runtime = LambdaRuntime(
      environment: environment,
      handler: CheckpointHandler(function) { observability.flush() }, logger: logger)
    do {
      try await ServiceGroup(
        services: [runtime], gracefulShutdownSignals: [.sigterm], logger: logger
      ).run()
    } catch {
      try? await function.shutdown()
      throw error
    }
    try await function.shutdown()
  }
}
