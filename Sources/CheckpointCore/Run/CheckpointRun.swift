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
  private let report: AsyncStream<RunProgress>.Continuation

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
    let start = environment.elapsed()
    var work = RunWork(configuration)
    try await prepare(&work)
    let plan = try await list(&work)
    try await fetch(plan, &work)
    try await commit(plan, &work)
    try await record(plan, &work)
    let (seconds, attoseconds) = (environment.elapsed() - start).components
    work.summary.durationMilliseconds = Int(
      clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    return work.summary
  }

  // MARK: - Before anything is read

  private var stateStore: StateStore {
    StateStore(
      store: checkpoints, key: configuration.stateKey,
      maximumAttempts: configuration.maximumAttempts, environment: environment)
  }

  /// What the state and the footers are about.
  private var blankState: CheckpointState {
    CheckpointState(
      source: source.identity + configuration.sourcePrefix,
      keyTemplate: configuration.keyTemplate.text, schema: configuration.schema,
      unknownFields: configuration.unknownFields.rawValue)
  }

  private func prepare(_ work: inout RunWork) async throws {
    let blank = blankState
    work.next = blank
    work.basis =
      ContentHash.eTag(
        of: Array(
          [blank.source, blank.keyTemplate, blank.schema, blank.unknownFields]
            .joined(separator: "\0").utf8)
      ).rawValue
    let loaded: StateStore.Loaded
    do {
      loaded = try await stateStore.load()
    } catch let error as ObjectStoreError {
      throw RunError(
        .state, "The state could not be read, so nothing was done. \(error)", underlying: error)
    }
    work.stateETag = loaded.eTag
    work.isStateLost = loaded.problem != nil
    if let problem = loaded.problem {
      work.warn(
        "The state \"\(configuration.stateKey)\" cannot be used, so all objects are read again. "
          + problem)
    }
    if let state = loaded.state {
      guard state.source == blank.source else {
        throw RunError(
          .otherSource,
          "The checkpoints belong to the source \(state.source), not to \(blank.source); another "
            + "source needs checkpoints of its own.")
      }
      if state.isAboutTheSame(as: blank) {
        work.previous = state
      } else {
        try await changeOver(from: state, to: blank, &work)
      }
    }
    try await inspect(&work)
  }

  /// Everything is read again, since what the state says is about something else. The rows of
  /// checkpoints under an earlier template go along, as their objects may be gone.
  private func changeOver(
    from state: CheckpointState, to blank: CheckpointState, _ work: inout RunWork
  ) async throws {
    var changes: [String] = []
    if state.keyTemplate != blank.keyTemplate {
      changes.append("the key template was \"\(state.keyTemplate)\"")
    }
    if state.schema != blank.schema { changes.append("the event schema was another one") }
    if state.unknownFields != blank.unknownFields {
      changes.append("unknown fields were treated by \"\(state.unknownFields)\"")
    }
    work.warn(
      "All objects are read again, because in the last run \(changes.joined(separator: " and ")).")
    guard state.keyTemplate != blank.keyTemplate else { return }
    work.isMigrating = true
    var kept: [String] = []
    for checkpoint in state.checkpoints {
      do {
        let stored = try await checkpoints.get(checkpoint.key)
        let file = try await CheckpointFile.decode(stored.bytes, schema: configuration.schema)
        try work.carriedOver.append(contentsOf: file.batch)
        kept.append(checkpoint.key)
      } catch let error as ObjectStoreError where error.code == .notFound {
        work.warn("The checkpoint \"\(checkpoint.key)\" is gone; its rows come from the sources.")
      } catch {
        throw RunError(
          .migration,
          "The rows of \"\(checkpoint.key)\" could not be carried over to the new key template. "
            + "\(error) Restore the file, or remove it to do without.", underlying: error)
      }
    }
    if !kept.isEmpty {
      work.warn(
        "\(kept.count) checkpoints under the earlier key template, such as \"\(kept[0])\", stay "
          + "where they are and are no longer kept current; their rows are carried over.")
    }
  }

  private func inspect(_ work: inout RunWork) async throws {
    if configuration.rebuilds || work.previous == nil {
      work.knowledge.readsEverything = true
    } else if let previous = work.previous {
      work.inspection = try await Inspection.run(
        previous.checkpoints, in: checkpoints, schema: configuration.schema, basis: work.basis,
        concurrency: configuration.concurrency)
      work.knowledge.readsEverything = work.inspection.readsEverything
      work.knowledge.readsFrom = work.inspection.readsFrom
      for warning in work.inspection.warnings { work.warn(warning) }
    }
    if let previous = work.previous {
      work.knowledge.completeUntil = previous.completeUntil
      work.knowledge.seen = previous.seen
      work.knowledge.toRetry = Set(previous.toRetry.map(\.key))
    }
  }

  // MARK: - Listing

  private func list(_ work: inout RunWork) async throws -> Plan {
    let demand: ListRequest.ETagDemand =
      work.knowledge.completeUntil.map { .modifiedSince($0) } ?? .none
    let request = ListRequest(
      prefix: configuration.sourcePrefix, eTags: demand,
      looksLikeObject: RunConfiguration.isEventKey)
    var plan: Plan?
    var isWhole = false
    var knowledge = work.knowledge
    var clockWarning: String?
    do {
      try await source.list(request) { page in
        if plan == nil {
          if let mark = knowledge.completeUntil, mark > page.serverTime {
            // The clock stood wrong when the mark was made, or stands wrong now. What was uploaded
            // before the mark in the meantime would be passed over.
            clockWarning =
              "The last run was complete until \(mark), but the source's clock shows "
              + "\(page.serverTime); all objects are read again."
            knowledge.completeUntil = nil
            knowledge.seen = []
            knowledge.readsEverything = true
          }
          plan = Plan(knowledge)
        }
        plan?.add(page)
        isWhole = page.isLast
        report.yield(.listing(objects: plan?.listed ?? 0))
      }
    } catch let error as ObjectStoreError {
      throw RunError(
        .source, "The source could not be listed, so nothing was done. \(error)",
        underlying: error)
    }
    guard var plan, isWhole, let serverTime = plan.serverTime else {
      throw RunError(.source, "The listing of the source ended early, so nothing was done.")
    }
    work.knowledge = knowledge
    if let clockWarning { work.warn(clockWarning) }
    plan.finish()
    work.summary.listed = plan.listed
    work.summary.ignored = plan.ignored
    for entry in plan.skipped { work.warn("\"\(entry.key)\" was passed over. \(entry.reason)") }
    if plan.skippedCount > plan.skipped.count {
      work.warn("\(plan.skippedCount - plan.skipped.count) more such entries were passed over.")
    }
    work.mark = Timestamp(
      microsecondsSinceEpoch: serverTime.microsecondsSinceEpoch
        - configuration.overlapMicroseconds)
    if !work.knowledge.readsEverything, let earlier = work.knowledge.completeUntil {
      // What the last run said still holds, even if the overlap is a longer one now.
      work.mark = max(work.mark, earlier)
    }
    return plan
  }

  // MARK: - Reading

  private func fetch(_ plan: Plan, _ work: inout RunWork) async throws {
    let fetch = Fetch(
      store: source, schema: configuration.schema, unknownFields: configuration.unknownFields,
      limits: configuration.limits, concurrency: configuration.concurrency)
    let total = plan.items.count
    work.fetched = try await fetch.run(plan.items) { [report] done in
      report.yield(.fetching(done: done, total: total))
    }
    report.yield(.fetching(done: total, total: total))
    try work.summarizeFetch(plan)
  }

  // MARK: - Merging

  private func commit(_ plan: Plan, _ work: inout RunWork) async throws {
    let batch = work.fetched.batch
    let files = FileGroups(batch, configuration.keyTemplate).files
    let mark = work.footerMark(plan).map {
      CheckpointFile.Mark(completeUntil: $0, basis: work.basis)
    }
    let commit = Commit(
      store: checkpoints, schema: configuration.schema, compression: configuration.compression,
      maximumAttempts: configuration.maximumAttempts, replacesDamaged: configuration.rebuilds,
      isDryRun: configuration.isDryRun, environment: environment)
    let jobs = files.map { file in
      CommitJob(
        file: file, failure: work.inspection.failed[file.key], trust: work.trust(in: file.key))
    }
    report.yield(.committing(done: 0, total: jobs.count))
    let results = try await withThrowingTaskGroup(of: CommitResult.self) { group in
      var results: [CommitResult] = []
      for (started, job) in jobs.enumerated() {
        if started >= max(1, configuration.commitConcurrency), let result = try await group.next() {
          results.append(result)
          report.yield(.committing(done: results.count, total: jobs.count))
        }
        group.addTask { try await job.run(commit, batch, mark) }
      }
      for try await result in group {
        results.append(result)
        report.yield(.committing(done: results.count, total: jobs.count))
      }
      return results
    }
    // In the order of the keys, not in that in which they were done.
    for result in results.sorted(by: { ObjectKey.precedes($0.file.key, $1.file.key) }) {
      switch result.outcome {
      case .success(let outcome): work.succeed(outcome)
      case .failure(let error): work.fail(result.file, "\(error)", plan)
      }
    }
    for (key, reason) in work.inspection.failed.sorted(by: { $0.key < $1.key })
    where !files.contains(where: { $0.key == key }) {
      work.fail(FileGroups.File(key: key), reason, plan)
    }
  }

  // MARK: - Recording

  private func record(_ plan: Plan, _ work: inout RunWork) async throws {
    if !configuration.isDryRun {
      try await recordRefused(&work, plan)
    }
    work.settle(plan)
    work.finishSummary(plan)
    guard !configuration.isDryRun else { return }
    if work.isMigrating, !work.summary.failedGroups.isEmpty {
      work.summary.stateError =
        "Because some groups failed while checkpoints went over to another key template, the state "
        + "was left as it was; the next run does all of this again."
      work.summary.complete = false
      return
    }
    guard work.isStateWorthWriting(plan) else { return }
    do {
      let written = try await stateStore.commit(work.next, over: work.stateETag)
      work.summary.checkpoints = written.checkpoints.count
      work.summary.rows = written.rows
    } catch let error as CancellationError {
      throw error
    } catch {
      work.summary.stateError =
        "The state could not be written; the next run reads again what this one read. \(error)"
      work.summary.complete = false
    }
  }

  /// Writes what is not there yet. The key follows from the content, so an object under it is what
  /// is to be written; but that somebody writes it at the same time does not mean that it is there.
  private func putOnce(_ file: RefusalRecord.File) async throws {
    var attempt = 1
    while true {
      do {
        _ = try await checkpoints.put(file.key, bytes: file.bytes, condition: .ifAbsent)
        return
      } catch let error as ObjectStoreError where error.code == .preconditionFailed {
        do {
          _ = try await checkpoints.head(file.key)
          return
        } catch let missing as ObjectStoreError where missing.code == .notFound {
          guard attempt < configuration.maximumAttempts else { throw error }
        }
      }
      try await environment.sleep(environment.pause(beforeAttempt: attempt))
      attempt += 1
    }
  }

  private func recordRefused(_ work: inout RunWork, _ plan: Plan) async throws {
    let directory = configuration.keyTemplate.directory
    for file in try RefusalRecord.files(work.fetched.refused, directory: directory) {
      do {
        try await putOnce(file)
      } catch let error as CancellationError {
        throw error
      } catch {
        // A refusal that is not on record is not done.
        work.warn("\(file.items.count) refused objects could not be recorded. \(error)")
        for item in file.items { work.undone[item] = "Its refusal could not be recorded: \(error)" }
      }
    }
  }
}

/// The rows that are to be merged into one checkpoint.
private struct CommitJob: Sendable {
  let file: FileGroups.File
  /// Why the checkpoint was found to be unreadable before anything was merged.
  let failure: String?
  let trust: Commit.Trust

  func run(
    _ commit: Commit, _ batch: EventBatch, _ mark: CheckpointFile.Mark?
  ) async throws -> CommitResult {
    do {
      if let failure { throw FailedCheckpoint(description: failure) }
      let outcome = try await commit.run(
        file.key, batch, rows: file.rows, trust: trust, mark: mark)
      return CommitResult(file: file, outcome: .success(outcome))
    } catch let error as CancellationError {
      throw error
    } catch let error as CheckpointFileError {
      let failure = FailedCheckpoint(description: error.descriptionWithRemedy)
      return CommitResult(file: file, outcome: .failure(failure))
    } catch {
      return CommitResult(file: file, outcome: .failure(error))
    }
  }
}

/// What became of the rows for one checkpoint.
private struct CommitResult: Sendable {
  let file: FileGroups.File
  let outcome: Result<Commit.Outcome, any Error>
}

/// Why a checkpoint could not be brought up to date, in words for the summary.
private struct FailedCheckpoint: Error, CustomStringConvertible {
  let description: String
}
