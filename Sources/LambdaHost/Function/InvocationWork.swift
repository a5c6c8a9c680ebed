import CheckpointCore
import CheckpointS3
import Logging

/// The work of one invocation: what it needs, and how it is answered.
struct InvocationWork: Sendable {
  let configuration: FunctionConfiguration
  let stores: FunctionStores
  let environment: RunEnvironment
  let deadline: InvocationDeadline
  let logger: Logger
  let metrics: RunMetrics
  let trace: InvocationTrace

  /// Answers an event.
  func answer(_ event: FunctionEvent) async throws(InvocationFailure) -> [UInt8] {
    switch event {
    case .command(let command): try await answer(command).bytes
    case .notifications(let notifications, let faults):
      try await answer(notifications, faults).bytes
    case .queue(let messages): try await answer(messages).bytes
    }
  }

  // MARK: - What all work has in common

  /// The stores of the event objects and of the checkpoints.
  ///
  /// - Throws: ``ConfigurationError`` where S3 cannot be reached as it is set up.
  func open() async throws -> (source: any ObjectStore, checkpoints: any ObjectStore) {
    do {
      return try await stores.open(configuration)
    } catch let error as CancellationError {
      throw error
    } catch {
      // No request has been sent: a region, an endpoint or a profile is missing or wrong.
      throw ConfigurationError(
        problems: [.init(variable: "AWS_REGION, AWS_ENDPOINT_URL_S3", message: "\(error)")])
    }
  }

  /// Does a run, within the invocation's time and under a span of its own; logs and measures it.
  ///
  /// - Parameters:
  ///   - scope: What it is about.
  ///   - make: Gets the stores, and gives back the progress of the run and the run itself.
  ///   - summary: The summary of the outcome, if it has one.
  func observe<Outcome: Sendable>(
    _ name: String, scope: RunScope = .source,
    _ make:
      @escaping @Sendable (_ source: any ObjectStore, _ checkpoints: any ObjectStore) throws -> (
        progress: AsyncStream<RunProgress>?, execute: @Sendable () async throws -> Outcome
      ),
    summary: (Outcome) -> RunSummary?
  ) async throws -> Outcome {
    let (source, checkpoints) = try await open()
    let counting = CountingStore(source)
    let (progress, execute) = try make(counting, checkpoints)
    logger.debug("\(name) begins")
    let follower = PhaseFollower(logger: logger)
    let outcome = try await trace.span(name) {
      async let followed: Void? = progress.asyncMap { await follower.follow($0) }
      let outcome: Result<Outcome, any Error>
      do {
        outcome = .success(try await deadline.limit(execute))
      } catch {
        outcome = .failure(error)
      }
      await followed
      return try outcome.get()
    }
    if let summary = summary(outcome) {
      metrics.note(summary, bytesFetched: counting.bytesRead, scope)
      report.log(summary, name)
    }
    return outcome
  }

  private var report: RunReport {
    RunReport(
      logger: logger,
      refusedDirectory:
        "s3://\(configuration.checkpointBucket)/\(configuration.checkpointDirectory)_refused/")
  }

  /// The answer about work that could not be done.
  ///
  /// - Throws: ``InvocationFailure`` where the host is ending.
  func answer(failure error: any Error) throws(InvocationFailure) -> RunAnswer {
    switch error {
    case let error as FunctionEventError:
      logger.error("The event is not understood.", metadata: ["error": "\(error)"])
      return .refused(error)
    case let error as ConfigurationError:
      logger.error("A setting is wrong, so nothing is done.", metadata: ["error": "\(error)"])
      return RunAnswer(statusCode: 400, body: error.json)
    case is CancellationError:
      throw InvocationFailure(
        .cancelled, "The invocation was given up, because its host is ending.")
    default:
      logger.error("Nothing could be done.", metadata: ["error": "\(error)"])
      metrics.noteFailure()
      guard error is OutOfTime else { return RunAnswer(failure: error) }
      return RunAnswer(
        statusCode: 500,
        body: .object([
          ("error", .string("\(error)")), ("code", .string(OutOfTime.code.rawValue)),
        ]))
    }
  }
}

extension Optional {
  /// What a closure makes of the value, if there is one.
  fileprivate func asyncMap<Outcome>(
    _ transform: (Wrapped) async throws -> Outcome
  ) async rethrows -> Outcome? {
    if let value = self { try await transform(value) } else { nil }
  }
}
