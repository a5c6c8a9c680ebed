import EventLogModel

/// One run: list what is new, read it, merge it into the checkpoints, and record how far that is.
///
/// ```swift
/// let run = CheckpointRun(source: source, checkpoints: checkpoints, configuration: configuration)
/// let summary = try await run.execute()
/// ```
///
/// Running again changes nothing; a run that is cut off at any point is made up for by the next.
public struct CheckpointRun: Sendable {
  /// How far the run is. The values end when the run does; the newest ones are kept for a reader
  /// that is slow or comes late.
  public let progress: AsyncStream<RunProgress>
  let source: any ObjectStore
  let checkpoints: any ObjectStore
  let configuration: RunConfiguration
  let environment: RunEnvironment
  let report: AsyncStream<RunProgress>.Continuation

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - source: Where the event objects lie.
  ///   - checkpoints: Where the checkpoints and the state lie.
  ///   - configuration: What is to be done.
  ///   - environment: Time, chance and waiting.
  public init(
    source: any ObjectStore, checkpoints: any ObjectStore, configuration: RunConfiguration,
    environment: RunEnvironment = .system
  ) {
    self.source = source
    self.checkpoints = checkpoints
    self.configuration = configuration
    self.environment = environment
    (progress, report) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
  }

  /// Does the run, once.
  ///
  /// - Throws: ``RunError`` when nothing could be done at all, and `CancellationError`. What went
  ///   wrong with single objects and groups is in the summary.
  public func execute() async throws -> RunSummary {
    defer {
      report.yield(.finished)
      report.finish()
    }
    if configuration.onlyGroups != nil, !configuration.rebuilds {
      // Without all groups no mark can move.
      return try await SelectionRun(
        source: source, checkpoints: checkpoints, configuration: configuration,
        selection: .prefix(configuration.sourcePrefix), environment: environment,
        progress: progress, report: report
      ).execute().summary
    }
    var clock = RunClock(environment, budget: configuration.budget)
    var summary = RunSummary()
    var isFirst = true
    var leftOut = Int.max
    var recall: RefusedRecall?
    while true {
      do {
        let pass = try await pass(&clock, summary, &recall, isFirst: isFirst)
        summary = pass.summary
        // Another pass is only of use where this one has made headway.
        guard pass.leftOut > 0, pass.hasMoved || pass.leftOut < leftOut, !clock.isReadingOver
        else { break }
        leftOut = pass.leftOut
        // What could not be read is tried again by the next pass, and counted there.
        summary.unreadable = 0
        summary.archived = 0
        isFirst = false
      } catch let error as RunError where !isFirst {
        // What earlier passes have done is done.
        summary.stateError = error.description
        summary.complete = false
        break
      }
    }
    summary.durationMilliseconds = clock.elapsed.wholeMilliseconds
    return summary
  }

  /// Lists the source once, and reads in rounds what is planned from it.
  ///
  /// - Returns: The summary so far, how many objects more were listed than could be planned (0 where
  ///   another pass is of no use), and whether the mark has moved.
  private func pass(
    _ clock: inout RunClock, _ summary: RunSummary, _ recall: inout RefusedRecall?, isFirst: Bool
  ) async throws -> (summary: RunSummary, leftOut: Int, hasMoved: Bool) {
    let schema = try configuration.rowSchema()
    var work = RunWork(configuration, schema, summary: summary)
    work.recall = recall
    try await prepare(&work, isFirst: isFirst)
    let plan = try await list(&work, clock)
    let mark = work.previous?.completeUntil ?? .earliest
    try await rounds(plan, &work, &clock)
    recall = work.recall
    let hasMoved = work.written?.completeUntil.map { $0 > mark } ?? false
    let isOver =
      !work.failed.isEmpty || work.summary.stateError != nil || configuration.isDryRun
    return (work.summary, isOver ? 0 : plan.leftOut, hasMoved)
  }
}
