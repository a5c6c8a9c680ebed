public import Logging

/// What AWS Lambda says of the function in the environment.
///
/// AWS Lambda Developer Guide, "Defined runtime environment variables".
public struct LambdaEnvironment: Sendable {
  /// The function's name (`AWS_LAMBDA_FUNCTION_NAME`).
  public var functionName: String?
  /// The memory that the function has, in MiB (`AWS_LAMBDA_FUNCTION_MEMORY_SIZE`).
  public var memorySize: Int?
  /// How log lines are written: JSON where `LOG_FORMAT` does not say `text`. `AWS_LAMBDA_LOG_FORMAT`
  /// decides nothing: Lambda sets it to `Text` for every function that asks for nothing else, and JSON
  /// lines are as good in such a log group.
  public var logFormat: LambdaLogFormat
  /// The level that the function's logging configuration asks for (`AWS_LAMBDA_LOG_LEVEL`), which
  /// outdoes every other setting; nil where it asks for none.
  public var logLevel: Logger.Level?
  /// Where X-Ray's daemon listens (`AWS_XRAY_DAEMON_ADDRESS`).
  public var xRayDaemonAddress: String?

  /// Reads the variables of a process.
  public init(_ environment: [String: String] = [:]) {
    functionName = environment["AWS_LAMBDA_FUNCTION_NAME"].flatMap { $0.isEmpty ? nil : $0 }
    memorySize = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"].flatMap { Int($0) }
    logFormat = environment["LOG_FORMAT"]?.lowercased() == "text" ? .text : .json
    logLevel = environment["AWS_LAMBDA_LOG_LEVEL"].flatMap { Logger.Level(lambdaName: $0) }
    xRayDaemonAddress = environment["AWS_XRAY_DAEMON_ADDRESS"].flatMap { $0.isEmpty ? nil : $0 }
  }
}
