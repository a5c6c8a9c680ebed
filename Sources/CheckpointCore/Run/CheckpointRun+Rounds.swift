import EventLogModel

// Rounds of reading, merging and recording: what is in memory, and what a crash can cost, is bounded
// by one of them.

extension CheckpointRun {
  func rounds(_ plan: Plan, _ work: inout RunWork, _ clock: inout RunClock) async throws {
    repeat {
      try await read(plan, &work, clock)
      let start = environment.elapsed()
      guard isCommittable(plan, work) else {
        work.warn(
          "The rebuild could not read everything in its time, so nothing was replaced. Give it more "
            + "time.")
        work.abandonRound()
        work.settle(plan)
        break
      }
      try await commit(plan, &work, clock)
      try await record(plan, &work)
      clock.noteCommit(environment.elapsed() - start)
    } while work.round.next < plan.count && !clock.isReadingOver
    work.finishSummary(plan)
    try await pruneRefused(plan, &work)
  }

  /// A rebuild that has read only a part must not replace anything.
  private func isCommittable(_ plan: Plan, _ work: RunWork) -> Bool {
    !configuration.rebuilds
      || (work.round.next == plan.count && work.round.interrupted.isEmpty)
  }

  // MARK: - Reading

  private func read(_ plan: Plan, _ work: inout RunWork, _ clock: RunClock) async throws {
    let fetch = Fetch(source, work.schema.rows, configuration, environment)
    var bounds = Fetch.Bounds(time: clock.readingLeft)
    if clock.isReadingOver {
      bounds.objects = 0
    } else if !configuration.rebuilds {
      bounds.objects = max(1, configuration.roundObjects)
      bounds.bytes = max(1, configuration.roundBytes)
    }
    let total = plan.count
    let result = try await fetch.run(plan, from: work.round.next, bounds) { [report] done in
      report.yield(.fetching(done: done, total: total))
    }
    report.yield(.fetching(done: result.next, total: total))
    try work.take(result, plan)
  }

  // MARK: - Merging

  private func commit(_ plan: Plan, _ work: inout RunWork, _ clock: RunClock) async throws {
    let batch = work.round.batch
    let known = work.previous?.checkpoints ?? []
    var groups = FileGroups(batch, configuration.keyTemplate)
    work.leaveOut(groups.select(configuration.onlyGroups, of: batch, known: known), plan)
    var files = groups.files
    if configuration.rebuilds {
      let named = Set(files.map(\.key))
      for checkpoint in known
      where !named.contains(checkpoint.key) && checkpoint.holds(configuration.onlyGroups) {
        files.append(FileGroups.File(key: checkpoint.key))
      }
    }
    let mark = work.footerMark(plan)
    let commit = Commit(
      store: checkpoints, schema: work.schema, compression: configuration.compression,
      layout: configuration.layout, maximumAttempts: configuration.maximumAttempts,
      rebuild: rebuildMode(&work),
      isDryRun: configuration.isDryRun, environment: environment, clock: clock)
    let jobs = files.map { file in
      CommitJob(
        file: file, failure: work.inspection.failed[file.key], trust: work.trust(in: file.key),
        known: known.first { $0.key == file.key }, found: work.found[file.key])
    }
    let results = try await commit.run(
      jobs, batch, mark, concurrency: configuration.commitConcurrency, report: report)
    for result in results {
      switch result.outcome {
      case .success(let outcome): work.succeed(outcome)
      case .failure(let error): work.fail(result.file, "\(error)", plan)
      }
    }
    for (key, reason) in work.inspection.failed.sorted(by: { $0.key < $1.key })
    where !files.contains(where: { $0.key == key })
      && known.contains(where: { $0.key == key && $0.holds(configuration.onlyGroups) })
    {
      work.fail(FileGroups.File(key: key), reason, plan)
    }
  }

  /// A rebuild from the sources only that could not read some of them leaves out no row: the row of an
  /// object that is there would be lost if it is gone before it is tried again.
  private func rebuildMode(_ work: inout RunWork) -> Commit.RebuildMode {
    guard configuration.rebuilds else { return .no }
    guard configuration.onlySources else { return .keepingRows }
    let unread = work.round.unreadable.count { !$0.isArchived }
    guard unread > 0 else { return .onlySources(since: work.mark) }
    work.warn(
      "\(unread) objects could not be read, so the rebuild kept all rows, also those that have no "
        + "object any more. Rebuild once more when they can be read.")
    return .keepingRows
  }

  // MARK: - Recording

  private func record(_ plan: Plan, _ work: inout RunWork) async throws {
    if !configuration.isDryRun, configuration.onlyGroups == nil { try await recordRefused(&work) }
    work.settle(plan)
    guard !configuration.isDryRun else { return }
    if work.isMigrating, !work.summary.failedGroups.isEmpty {
      work.summary.stateError =
        "Because some groups failed while checkpoints went over to another key template, the state "
        + "was left as it was; the next run does all of this again."
      return
    }
    guard work.isStateWorthWriting else { return }
    do {
      let outcome = try await stateStore.commit(
        work.next, over: work.stateETag, ancestry: work.ancestry)
      work.next = outcome.state
      work.written = outcome.state
      work.stateETag = outcome.eTag
      work.isStateLost = false
      work.summary.stateError = nil
      if let foreign = outcome.foreign {
        work.foreign?.merge(foreign)
        work.foreign = work.foreign ?? foreign
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      work.summary.stateError =
        "The state could not be written; the next run reads again what this one read. \(error)"
    }
  }

  private func recordRefused(_ work: inout RunWork) async throws {
    // What is on record just so already stays there.
    let refused = work.round.refused.filter { work.recall?.confirm($0.line) != true }
    for failure in try await refusedLog.record(refused.map { ($0.key, $0.line) }) {
      // A refusal that is not on record is not done.
      work.warn(failure.warning)
      for line in failure.lines { work.roundUndone[refused[line].item] = failure.reason }
    }
  }

  /// Takes from the record of refused objects what this run has looked at again: what is still
  /// refused is on record anew.
  private func pruneRefused(_ plan: Plan, _ work: inout RunWork) async throws {
    guard let recall = work.recall, !recall.files.isEmpty, !configuration.isDryRun,
      plan.events > 0, plan.leftOut == 0, work.summary.stateError == nil
    else { return }
    do {
      try await refusedLog.prune(recall)
    } catch let error as ObjectStoreError {
      work.warn("The record of refused objects could not be brought up to date. \(error)")
    }
  }
}
