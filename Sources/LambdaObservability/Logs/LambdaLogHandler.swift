internal import Instrumentation
public import Logging

/// A backend of swift-log for AWS Lambda: a line of JSON for each event, with Powertools' keys.
///
///     let environment = LambdaEnvironment(ProcessInfo.processInfo.environment)
///     LoggingSystem.bootstrap { label in
///       LambdaLogHandler(label: label, service: "event-log", environment: environment)
///     }
///
/// The keys are `level`, `location`, `message`, `timestamp`, `service`, and of the function
/// `cold_start`, `function_name`, `function_memory_size`, `function_arn`, `function_request_id` and
/// `xray_trace_id` as far as they are known (``LambdaInvocation/current``); an error adds `exception`
/// and `exception_name`. Metadata follow as further keys, those of the event before those of the
/// provider and of the handler; one with the name of a key above is written as `metadata.<name>`.
///
/// A line has at most 256,000 bytes, so that it is one event of CloudWatch Logs: texts are cut, then
/// metadata left out, and `log_truncated` is true.
///
/// Where the function's logging configuration sets a level (`AWS_LAMBDA_LOG_LEVEL`), that one holds,
/// and ``logLevel`` has no effect, as with Powertools. Times are then written as RFC 3339 has them,
/// because Lambda takes a line without such a time for one of the level INFO when it filters.
public struct LambdaLogHandler: LogHandler {
  /// Metadata of all events.
  public var metadata: Logger.Metadata = [:]
  /// Metadata of where an event comes from.
  public var metadataProvider: Logger.MetadataProvider?
  private var requestedLevel: Logger.Level
  private let context: LogContext

  /// A handler.
  ///
  /// - Parameters:
  ///   - label: The logger's label; it is not written, like Powertools' logger names.
  ///   - service: The service that the lines are of.
  ///   - environment: What Lambda says of the function.
  ///   - logLevel: The least level that is written, unless the function's logging configuration
  ///     names one.
  ///   - metadataProvider: Metadata of where an event comes from.
  ///   - output: Where lines go.
  ///   - now: The time.
  public init(
    label: String, service: String, environment: LambdaEnvironment, logLevel: Logger.Level = .info,
    metadataProvider: Logger.MetadataProvider? = nil, output: LineOutput = .standardOutput,
    now: @escaping @Sendable () -> WallTime = WallTime.now
  ) {
    context = LogContext(service: service, environment: environment, output: output, now: now)
    requestedLevel = logLevel
    self.metadataProvider = metadataProvider
  }

  /// The least level that is written.
  public var logLevel: Logger.Level {
    get { context.environment.logLevel ?? requestedLevel }
    set { requestedLevel = newValue }
  }

  /// A value of ``metadata``.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes a line.
  public func log(event: LogEvent) {
    var merged = metadata
    if let provided = metadataProvider?.get(), !provided.isEmpty {
      merged.merge(provided) { _, later in later }
    }
    if let own = event.metadata, !own.isEmpty {
      if merged.isEmpty { merged = own } else { merged.merge(own) { _, later in later } }
    }
    let line =
      switch context.environment.logFormat {
      case .json: JSONLogLine.make(event, merged, context)
      case .text: TextLogLine.make(event, merged, context)
      }
    context.output.write(line)
  }
}

/// What all lines of a handler have in common.
final class LogContext: Sendable {
  /// The members that are the same in all lines.
  let service: String
  let environment: LambdaEnvironment
  let output: LineOutput
  let now: @Sendable () -> WallTime

  init(
    service: String, environment: LambdaEnvironment, output: LineOutput,
    now: @escaping @Sendable () -> WallTime
  ) {
    self.service = service
    self.environment = environment
    self.output = output
    self.now = now
  }

  /// The trace that a line belongs to.
  var trace: XRayTraceContext? {
    ServiceContext.current?.xRay ?? LambdaInvocation.current?.trace
  }
}
