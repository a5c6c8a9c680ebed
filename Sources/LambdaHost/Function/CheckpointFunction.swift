import CheckpointCore
public import Configuration
public import EventLogModel
public import Logging
public import Metrics
public import S3Lite
import Synchronization

/// The function: bytes and a context in, bytes out. It knows nothing of the loop that hosts it.
///
/// ```swift
/// let function = CheckpointFunction(
///   ConfigReader(provider: EnvironmentVariablesProvider()), logger: logger)
/// let answer = try await function.handle(
///   event, InvocationContext(requestID: context.requestID, deadline: deadline))
/// ```
///
/// Invocations share one client for S3, its connections and credentials; they may run side by side.
/// Wrong settings are no error of the initialiser: every invocation is then answered with the status
/// 400, without a request to S3.
public final class CheckpointFunction: Sendable {
  /// The settings, or what is wrong with them.
  public let configuration: Result<FunctionConfiguration, ConfigurationError>
  private let schema: EventSchema
  private let stores: FunctionStores
  private let logger: Logger
  private let metrics: (any MetricsFactory)?
  private let environment: RunEnvironment
  private let isWarm = Atomic(false)

  /// A function whose settings are read from somewhere.
  ///
  /// - Parameters:
  ///   - reader: From where; see ``FunctionConfiguration/init(_:schema:)``.
  ///   - schema: The event type.
  ///   - client: What S3 is reached with, which the caller shuts down; nil for a client that is set
  ///     up as AWS's own tools would be, and that ``shutdown()`` closes.
  ///   - logger: Where it logs.
  ///   - metrics: Where its metrics go; nil for the system's.
  public convenience init(
    _ reader: ConfigReader, schema: EventSchema = .visitEvent, client: S3Client? = nil,
    logger: Logger, metrics: (any MetricsFactory)? = nil
  ) {
    self.init(
      FunctionConfiguration.read(reader, schema: schema), schema: schema, client: client,
      logger: logger, metrics: metrics)
  }

  /// A function with settings of one's own.
  public convenience init(
    _ configuration: FunctionConfiguration, client: S3Client? = nil, logger: Logger,
    metrics: (any MetricsFactory)? = nil
  ) {
    self.init(
      .success(configuration), schema: configuration.schema, client: client, logger: logger,
      metrics: metrics)
  }

  init(
    _ configuration: Result<FunctionConfiguration, ConfigurationError>, schema: EventSchema,
    client: S3Client?, logger: Logger, metrics: (any MetricsFactory)?,
    environment: RunEnvironment = .system
  ) {
    self.configuration = configuration
    self.schema = schema
    self.logger = logger
    self.metrics = metrics
    self.environment = environment
    let concurrency = (try? configuration.get().concurrency) ?? 1
    stores =
      client.map { FunctionStores($0) } ?? FunctionStores(concurrency: concurrency, logger: logger)
    if case .failure(let error) = configuration {
      for problem in error.problems {
        logger.error(
          "A setting is wrong: every invocation is answered with the status 400.",
          metadata: [
            "variable": .string(problem.variable), "problem": .string(problem.message),
          ])
      }
    }
  }

  /// Answers one invocation.
  ///
  /// - Parameters:
  ///   - event: The payload.
  ///   - context: What else is known of the invocation.
  /// - Returns: A JSON object: `batchItemFailures` for messages of SQS, `statusCode` and `body` for
  ///   everything else.
  /// - Throws: ``InvocationFailure`` where an answer would have the event lost: objects that a
  ///   notification without a queue names could not be merged.
  public func handle(
    _ event: [UInt8], _ context: InvocationContext
  ) async throws(InvocationFailure) -> [UInt8] {
    let isCold = !isWarm.exchange(true, ordering: .relaxed)
    let logger = context.logger ?? logger
    let meter = RunMetrics(metrics ?? MetricsSystem.factory)
    if isCold { meter.noteColdStart() }
    let parsed: FunctionEvent
    do {
      parsed = try FunctionEvent(parsing: event, schema: schema)
    } catch {
      logger.error("The event is not understood.", metadata: ["error": .string(error.description)])
      if error.mustBeKept { throw InvocationFailure(.event, error.description) }
      return RunAnswer.refused(error).bytes
    }
    switch configuration {
    case .failure(let error): return try CheckpointFunction.answer(parsed, to: error, logger)
    case .success(let configuration):
      let work = InvocationWork(
        configuration: configuration, stores: stores, environment: environment,
        deadline: InvocationDeadline(context.deadline, margin: configuration.deadlineMargin),
        logger: logger, metrics: meter, trace: InvocationTrace(header: context.traceHeader))
      return try await work.answer(parsed)
    }
  }

  /// Closes the connections to S3, unless the client came from outside. No invocation may follow.
  public func shutdown() async throws {
    try await stores.close()
  }

  /// What is answered while settings are wrong: nothing is done, and nothing must get lost.
  private static func answer(
    _ event: FunctionEvent, to error: ConfigurationError, _ logger: Logger
  ) throws(InvocationFailure) -> [UInt8] {
    logger.error("A setting is wrong, so nothing is done.", metadata: ["error": "\(error)"])
    switch event {
    case .command: return RunAnswer(statusCode: 400, body: error.json).bytes
    case .notifications: throw InvocationFailure(.configuration, error.description)
    case .queue(let messages): return QueueAnswer(failed: messages.map(\.id)).bytes
    }
  }
}
