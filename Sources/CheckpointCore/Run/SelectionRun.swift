import EventLogModel

/// A run over objects that somebody names, such as those of a notification: read them, merge them,
/// and let the state know that they are done.
///
/// ```swift
/// let run = SelectionRun(
///   source: source, checkpoints: checkpoints, configuration: configuration,
///   selection: .keys(["events/log-submit-20240115-100000-42-ingest-110001-2024-01-15.json"]))
/// let outcome = try await run.execute()
/// ```
///
/// What it has done the next ``CheckpointRun`` does not do again, and what it has not, that one
/// makes up for: this run moves no mark, neither that of the state nor those of the checkpoints. Any
/// number of them may run at the same time.
public struct SelectionRun: Sendable {
  /// Which objects.
  public enum Selection: Sendable, Hashable {
    /// Those of these keys, relative to the source. Nothing is listed.
    case keys([String])
    /// Those whose keys begin so, and that no run has done yet.
    case prefix(String)
  }

  /// What became of the objects.
  public struct Outcome: Sendable, Hashable {
    /// What the run did. It is complete when nothing that was selected is left undone.
    public var summary: RunSummary
    /// The keys of objects that are not merged although they should be, each with the reason as a
    /// sentence. An object that is gone, refused, or in an archive is not among them.
    public var undone: [String: String]
  }

  /// How far the run is. The values end when the run does.
  public let progress: AsyncStream<RunProgress>
  private let source: any ObjectStore
  private let checkpoints: any ObjectStore
  private let configuration: RunConfiguration
  private let selection: Selection
  private let environment: RunEnvironment
  private let report: AsyncStream<RunProgress>.Continuation

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - source: Where the event objects lie.
  ///   - checkpoints: Where the checkpoints and the state lie.
  ///   - configuration: What is to be done, as for ``CheckpointRun``. Rebuilding and looking again
  ///     at refused objects have no meaning here. With a budget a write that others got ahead of is
  ///     tried again as long as there is time.
  ///   - selection: The objects.
  ///   - environment: Time, chance and waiting.
  public init(
    source: any ObjectStore, checkpoints: any ObjectStore, configuration: RunConfiguration,
    selection: Selection, environment: RunEnvironment = .system
  ) {
    let (progress, report) = AsyncStream<RunProgress>.makeStream(
      bufferingPolicy: .bufferingNewest(16))
    self.init(
      source: source, checkpoints: checkpoints, configuration: configuration,
      selection: selection, environment: environment, progress: progress, report: report)
  }

  /// A run that is a part of another one, and reports its progress there.
  init(
    source: any ObjectStore, checkpoints: any ObjectStore, configuration: RunConfiguration,
    selection: Selection, environment: RunEnvironment, progress: AsyncStream<RunProgress>,
    report: AsyncStream<RunProgress>.Continuation
  ) {
    self.source = source
    self.checkpoints = checkpoints
    self.configuration = configuration
    self.selection = selection
    self.environment = environment
    self.progress = progress
    self.report = report
  }

  /// Does the run, once.
  ///
  /// - Throws: ``RunError`` when nothing could be done at all, and `CancellationError`.
  public func execute() async throws -> Outcome {
    defer {
      report.yield(.finished)
      report.finish()
    }
    var clock = RunClock(environment, budget: configuration.budget)
    let schema = try configuration.rowSchema()
    // What one round has written the next one goes on from.
    var (state, plan, round) = try await begin(schema, clock)
    var work = Work(schema, plan)
    while true {
      work.take(round, plan)
      let start = environment.elapsed()
      try await commit(round, plan, state.state, schema, clock, &work)
      try await record(round, plan, schema, &state, &work)
      clock.noteCommit(environment.elapsed() - start)
      guard round.next < plan.count, !clock.isReadingOver else { break }
      round = try await read(plan, from: round.next, schema, clock)
    }
    for item in round.next..<max(round.next, plan.count) {
      work.undone[plan[item].key] = "There was no time left to read it."
    }
    return work.outcome(plan, configuration, clock.elapsed)
  }

  // MARK: - Before reading

  private func loadState() async throws -> StateStore.Loaded {
    let blank = configuration.blankState(source: source)
    var loaded = try await stateStore.load(about: blank)
    // What it says is about something else; the next run reads everything again.
    if let state = loaded.state, !state.isAboutTheSame(as: blank) { loaded.state = nil }
    return loaded
  }

  /// Reads the state and the first objects.
  private func begin(
    _ schema: RowSchema, _ clock: RunClock
  ) async throws -> (StateStore.Loaded, Plan, FetchResult) {
    switch selection {
    case .keys(let keys):
      // Which objects they are the state does not say, so that one wait is for both.
      let plan = Plan(keys: keys, prefix: configuration.sourcePrefix)
      async let round = read(plan, from: 0, schema, clock)
      let state = try await loadState()
      return (state, plan, try await round)
    case .prefix(let prefix):
      let state = try await loadState()
      let plan = try await plan(prefix, state.state)
      return (state, plan, try await read(plan, from: 0, schema, clock))
    }
  }

  private func plan(_ prefix: String, _ state: CheckpointState?) async throws -> Plan {
    var knowledge = Plan.Knowledge()
    knowledge.completeUntil = state?.completeUntil
    knowledge.seen = state?.seen ?? []
    knowledge.toRetry = Set((state?.toRetry ?? []).map(\.key))
    knowledge.archived = state?.archived ?? .init()
    var plan = Plan(knowledge, bound: configuration.plannedObjects)
    let request = ListRequest(
      prefix: prefix, eTags: knowledge.completeUntil.map { .modifiedSince($0) } ?? .none,
      looksLikeObject: RunConfiguration.isEventKey)
    do {
      try await source.list(request) { page in
        plan.add(page)
        report.yield(.listing(objects: plan.listed))
      }
    } catch let error as ObjectStoreError {
      throw RunError(
        .source, "The source could not be listed, so nothing was done. \(error)",
        underlying: error)
    }
    plan.finish()
    return plan
  }

  // MARK: - Reading and merging

  private func read(
    _ plan: Plan, from start: Int, _ schema: RowSchema, _ clock: RunClock
  ) async throws -> FetchResult {
    let fetch = Fetch(source, schema.rows, configuration, environment)
    let bounds = Fetch.Bounds(
      objects: clock.isReadingOver ? 0 : max(1, configuration.roundObjects),
      bytes: max(1, configuration.roundBytes), time: clock.readingLeft)
    let total = plan.count
    return try await fetch.run(plan, from: start, bounds) { [report] done in
      report.yield(.fetching(done: done, total: total))
    }
  }

  private func commit(
    _ round: FetchResult, _ plan: Plan, _ state: CheckpointState?, _ schema: RowSchema,
    _ clock: RunClock, _ work: inout Work
  ) async throws {
    var groups = FileGroups(round.batch, configuration.keyTemplate)
    let leftOut = groups.select(
      configuration.onlyGroups, of: round.batch, known: state?.checkpoints ?? [])
    for row in leftOut { work.leftOut.insert(round.origins[row]) }
    let commit = Commit(
      store: checkpoints, schema: schema, compression: configuration.compression,
      layout: configuration.layout,
      maximumAttempts: configuration.budget == nil ? configuration.maximumAttempts : .max,
      rebuild: .no, isDryRun: configuration.isDryRun, environment: environment, clock: clock)
    let jobs = groups.files.map { file in
      CommitJob(file: file, failure: nil, trust: .any, known: nil)
    }
    let results = try await commit.run(
      jobs, round.batch, nil, concurrency: configuration.commitConcurrency, report: report)
    for result in results {
      switch result.outcome {
      case .success(let outcome): work.succeed(outcome)
      case .failure(let error):
        work.tally.fail(result.file, of: round.batch, "\(error)", known: [])
        for row in result.file.rows { work.undone[plan[round.origins[row]].key] = "\(error)" }
      }
    }
  }

  // MARK: - Recording

  private func record(
    _ round: FetchResult, _ plan: Plan, _ schema: RowSchema, _ loaded: inout StateStore.Loaded,
    _ work: inout Work
  ) async throws {
    guard !configuration.isDryRun else { return }
    let log = RefusedLog(checkpoints, configuration, environment)
    for failure in try await log.record(round.refused.map { ($0.key, $0.line) }) {
      work.tally.warn(failure.warning)
      for line in failure.lines { work.undone[round.refused[line].key] = failure.reason }
    }
    // With a state that is damaged, or about something else, the next run reads everything again
    // anyway.
    guard loaded.state != nil || loaded.eTag == nil else { return }
    var news = StateNews(checkpoints: work.committed, ancestry: work.ancestry)
    let isRefused = Set(round.refused.map(\.item))
    // Where files do not say when an object was modified, the next run puts in order what came out
    // of order.
    for version in round.versions where schema.hidden == nil {
      guard work.undone[plan[version.item].key] == nil, !work.leftOut.contains(version.item)
      else { continue }
      news.done.append(
        .init(
          version: version.version, lastModified: version.lastModified,
          isRefused: isRefused.contains(version.item)))
    }
    let blank = configuration.blankState(source: source)
    var first: CheckpointState?
    if !news.done.isEmpty {
      // Nothing is older than its mark, so all that it does not call seen is new to the first run.
      first = blank
      first?.completeUntil = .earliest
    }
    do {
      loaded = try await stateStore.update(loaded, about: blank, first: first) {
        news.apply(to: &$0)
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      work.tally.summary.stateError =
        "The state could not be brought up to date; the next run reads again what this one read. "
        + "\(error)"
    }
  }

  private var stateStore: StateStore {
    StateStore(checkpoints, configuration, environment, attempts: StateStore.persistently)
  }
}

extension SelectionRun {
  /// What has become of the objects so far.
  private struct Work {
    var tally: RunTally
    /// Objects that are not done, and why, by key.
    var undone: [String: String] = [:]
    /// Items that belong to checkpoints that were not asked for.
    var leftOut: Set<Int> = []
    private(set) var committed: [String: CheckpointState.Checkpoint] = [:]
    private(set) var ancestry: [String: [ETag]] = [:]

    init(_ schema: RowSchema, _ plan: Plan) {
      tally = RunTally(schema.rows)
      tally.summary.listed = plan.listed
      tally.summary.ignored = plan.ignored
      tally.summary.archived = plan.archived.count
    }

    mutating func take(_ round: FetchResult, _ plan: Plan) {
      tally.count(round)
      for unreadable in round.unreadable where !unreadable.isArchived {
        undone[plan[unreadable.item].key] = unreadable.reason
      }
      for item in round.interrupted {
        undone[plan[item].key] = "There was no time left to read it."
      }
    }

    mutating func succeed(_ outcome: Commit.Outcome) {
      committed[outcome.checkpoint.key] = outcome.checkpoint
      ancestry[outcome.checkpoint.key] = outcome.ancestors
      tally.succeed(outcome)
    }

    func outcome(_ plan: Plan, _ configuration: RunConfiguration, _ elapsed: Duration) -> Outcome {
      var tally = tally
      let left = undone.count + plan.leftOut
      tally.summary.remaining = left
      tally.summary.isDryRun = configuration.isDryRun
      if configuration.isDryRun, tally.hasChanges { tally.summary.remaining = plan.count }
      tally.summary.checkpoints = committed.count
      tally.summary.soundCheckpoints = committed.count
      tally.summary.rows = committed.values.reduce(0) { $0 + $1.rows }
      if !leftOut.isEmpty {
        tally.summary.remaining += leftOut.count
        tally.warn(
          "\(leftOut.count) new objects belong to checkpoints that were not asked for, and were "
            + "left for another run.")
      }
      tally.summary.complete =
        tally.summary.remaining == 0 && tally.summary.archived == 0
        && tally.summary.stateError == nil && leftOut.isEmpty
      if left > 0 {
        let keys = undone.keys.sorted(by: ObjectKey.precedes)
        tally.warn(
          "\(left) objects are not merged: \(RunTally.names(keys, of: left)). "
            + (keys.first.flatMap { undone[$0] } ?? "They were too many for one run."))
      }
      tally.summary.durationMilliseconds = elapsed.wholeMilliseconds
      return Outcome(summary: tally.summary, undone: undone)
    }
  }
}
