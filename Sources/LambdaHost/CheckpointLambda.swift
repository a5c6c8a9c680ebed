import Configuration
import EventLogModel
import LambdaRuntime
import Logging
import ServiceLifecycle
import UnixSignals

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The whole function as AWS Lambda starts it.
public enum CheckpointLambda {
  /// Answers invocations until Lambda ends the process (SIGTERM).
  ///
  /// Settings are read from the process's environment. Some that are wrong do not end it: they are
  /// logged, and every invocation is answered with what is wrong. The backends of logs, metrics and
  /// traces become those of the process, so this can be called once.
  ///
  /// - Throws: `LambdaRuntimeError` where there is no Runtime API, or none that goes on.
  public static func run() async throws {
    let environment = try LambdaRuntimeEnvironment.current()
    let configuration = FunctionConfiguration.read(
      ConfigReader(provider: EnvironmentVariablesProvider()))
    let observability = FunctionObservability.bootstrap(try? configuration.get())
    let logger = Logger(label: "event-log-checkpoint")
    let function = CheckpointFunction(
      configuration, schema: .visitEvent, client: nil, logger: logger, metrics: nil)
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

  /// The same as a whole program: what it cannot go on after is logged, and ends the process with the
  /// status 1.
  public static func main() async -> Never {
    do {
      try await run()
    } catch {
      Logger(label: "event-log-checkpoint").critical("The function ends: \(error)")
      exit(1)
    }
    exit(0)
  }
}
