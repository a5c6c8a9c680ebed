import Configuration
import LambdaHost
import LambdaRuntime
import Logging

/// The function in this process, as Lambda's bootstrap sets it up, but for its backends: logs are text
/// on standard error, and there are no metrics and no traces.
struct InProcessFunction {
  /// What Lambda sets, `AWS_LAMBDA_RUNTIME_API` among it.
  let environment: [String: String]

  /// Answers invocations until the task is cancelled.
  func run() async throws {
    let reader = ConfigReader(provider: EnvironmentVariablesProvider())
    var logger = Logger(label: "event-log-checkpoint") { StreamLogHandler.standardError(label: $0) }
    if let level = try? FunctionConfiguration(reader).logLevel { logger.logLevel = level }
    let function = CheckpointFunction(reader, logger: logger)
    do {
      try await LambdaRuntime(
        environment: try LambdaRuntimeEnvironment(environment),
        handler: CheckpointHandler(function), logger: logger
      ).run()
    } catch {
      try await function.shutdown()
      throw error
    }
    try await function.shutdown()
  }
}
