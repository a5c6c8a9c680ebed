import EventLogModel

extension Backfill {
  /// Folds the partial checkpoints into the checkpoints, as many as the budget allows, and writes
  /// the state when all are in.
  ///
  /// - Returns: How far it is. Where ``MergeOutcome/partialsLeft`` is more than 0, merge again.
  /// - Throws: ``RunError``, and `CancellationError`. What went wrong with single checkpoints is in
  ///   the summary.
  public func merge() async throws -> MergeOutcome {
    defer { report.finish() }
    var clock = RunClock(environment, budget: configuration.budget)
    let schema = try configuration.rowSchema()
    let plan = try await loadPlan()
    var merging = BackfillMerging(schema, plan)
    if let (form, eTag) = try await load(BackfillProgressForm.self, progressKey) {
      (merging.form, merging.eTag) = (form, eTag)
    }
    if merging.form.isFinished {
      // Whoever finished it may not have come to clear up.
      await clearUp(&merging)
      return merging.finishedBefore(clock)
    }
    do {
      let partials = try await partials(plan, schema)
      try await vouch(&merging, schema)
      for fold in folds(partials.filter { !merging.form.folded.contains($0.key) }) {
        guard !clock.isReadingOver else { break }
        let start = environment.elapsed()
        guard try await merge(fold, partials, &merging, clock) else { break }
        clock.noteCommit(environment.elapsed() - start)
      }
      merging.missing = plan.batches - partials.count
      merging.left = partials.keys.count { !merging.form.folded.contains($0) }
      if merging.missing == 0, merging.left == 0, merging.tally.summary.failedGroups.isEmpty {
        try await finish(partials, &merging, clock)
      }
    } catch let error as ObjectStoreError {
      throw RunError(.backfill, "The backfill could not be merged. \(error)", underlying: error)
    }
    return merging.outcome(clock)
  }

  // MARK: - Partial checkpoints

  /// The partial checkpoints that there are, by the numbers of their batches.
  private func partials(
    _ plan: BackfillPlanForm, _ schema: RowSchema
  ) async throws -> [Int: BackfillPartial] {
    var indices: [Int] = []
    try await checkpoints.list(ListRequest(prefix: directory)) { page in
      indices += page.objects.compactMap { object in
        plan.index(ofPartial: String(object.key.dropFirst(directory.count)))
      }
    }
    var partials: [Int: BackfillPartial] = [:]
    try await withThrowingTaskGroup(of: (Int, BackfillPartial).self) { group in
      for (started, index) in indices.enumerated() {
        if started >= max(1, configuration.concurrency), let done = try await group.next() {
          partials[done.0] = done.1
        }
        group.addTask {
          (index, try await BackfillPartial(checkpoints, directory + plan.partial(index), schema))
        }
      }
      for try await done in group { partials[done.0] = done.1 }
    }
    return partials
  }

  /// Divides partial checkpoints over rounds: those of the same time together, so that a round meets
  /// few row groups, and as many as may be in memory at once.
  private func folds(_ partials: [Int: BackfillPartial]) -> [[Int]] {
    let order = partials.sorted { left, right in
      switch (left.value.firstKey, right.value.firstKey) {
      case (let mine?, let theirs?) where mine != theirs: mine < theirs
      case (nil, .some): true
      case (.some, nil): false
      default: left.key < right.key
      }
    }
    var folds: [[Int]] = []
    var rows = 0
    for (index, partial) in order {
      if folds.isEmpty || rows + partial.file.rows > max(1, configuration.roundObjects) {
        folds.append([])
        rows = 0
      }
      folds[folds.count - 1].append(index)
      rows += partial.file.rows
    }
    return folds
  }

  // MARK: - Merging

  /// Looks whether the checkpoints still hold what was folded into them; where one does not, because
  /// somebody has put another version in its place, everything is folded once more.
  private func vouch(_ merging: inout BackfillMerging, _ schema: RowSchema) async throws {
    for checkpoint in merging.form.checkpoints {
      do {
        let source = try await ObjectByteSource(
          checkpoints, checkpoint.key, tail: CheckpointFile.tailSize)
        let file = try await CheckpointFile(source, schema: schema.file)
        if checkpoint.isKept(in: source.eTag, file.ancestors) { continue }
      } catch let error as CheckpointFileError {
        // It fails when something is merged into it.
        merging.tally.warn("\"\(checkpoint.key)\": \(error.description)")
      } catch let error as ObjectStoreError where error.code == .notFound {
        merging.tally.warn("The checkpoint \"\(checkpoint.key)\" is gone.")
      }
      merging.tally.warn(
        "\"\(checkpoint.key)\" is not the version that was merged into; all partial checkpoints are "
          + "merged again.")
      merging.form.folded = []
      merging.form.checkpoints = []
      return
    }
  }

  /// Merges some partial checkpoints, and notes it.
  ///
  /// - Returns: Whether all went well.
  private func merge(
    _ fold: [Int], _ partials: [Int: BackfillPartial], _ merging: inout BackfillMerging,
    _ clock: RunClock
  ) async throws -> Bool {
    var batch = EventBatch(schema: merging.schema.rows)
    for index in fold {
      guard let partial = partials[index] else { continue }
      do {
        let rows = try await partial.file.read()
        if batch.count == 0 { batch = rows } else { try batch.append(contentsOf: rows) }
      } catch let error as CheckpointFileError {
        throw RunError(
          .backfill,
          "\"\(directory + merging.plan.partial(index))\" is damaged. Remove it, and work on its "
            + "batch again. \(error)", underlying: error)
      }
    }
    let jobs = FileGroups(batch, configuration.keyTemplate).files.map { file in
      CommitJob(file: file, failure: nil, trust: .any, known: nil)
    }
    let results = try await commit(merging, clock).run(
      jobs, batch, nil, concurrency: configuration.commitConcurrency, report: report)
    var isSound = true
    for result in results {
      switch result.outcome {
      case .success(let outcome): merging.succeed(outcome)
      case .failure(let error):
        merging.tally.fail(result.file, of: batch, "\(error)", known: [])
        isSound = false
      }
    }
    if isSound { merging.form.folded.formUnion(fold) }
    try await note(&merging)
    return isSound
  }

  private func commit(
    _ merging: BackfillMerging, _ clock: RunClock, stamps: Bool = false
  ) -> Commit {
    Commit(
      store: checkpoints, schema: merging.schema, compression: configuration.compression,
      layout: configuration.layout,
      maximumAttempts: configuration.budget == nil ? configuration.maximumAttempts : .max,
      rebuild: .no, isDryRun: false, environment: environment, clock: clock, stamps: stamps)
  }

  /// Writes how far the merging is. What another process has written meanwhile counts as well.
  private func note(_ merging: inout BackfillMerging) async throws {
    for attempt in 1...64 {
      do {
        merging.eTag = try await checkpoints.put(
          progressKey, bytes: BackfillJSON.encode(merging.form),
          condition: merging.eTag.map { .ifMatch($0) } ?? .ifAbsent)
        return
      } catch let error as ObjectStoreError where error.code == .preconditionFailed {
        try await environment.sleep(environment.pause(beforeAttempt: attempt))
        guard let (form, eTag) = try await load(BackfillProgressForm.self, progressKey) else {
          merging.eTag = nil
          continue
        }
        merging.form.merge(form, ancestry: merging.ancestry)
        merging.eTag = eTag
      }
    }
    throw RunError(
      .backfill, "\"\(progressKey)\" was written by others again and again; merge again later.")
  }

  // MARK: - The end

  /// Says in the checkpoints and in the state until when everything is done, and clears up.
  private func finish(
    _ partials: [Int: BackfillPartial], _ merging: inout BackfillMerging, _ clock: RunClock
  ) async throws {
    for partial in partials.values { merging.count(partial.report) }
    guard try await stamp(&merging, clock) else { return }
    let stateStore = StateStore(
      checkpoints, configuration, environment, attempts: StateStore.persistently)
    var state = merging.state(configuration.blankState(source: source))
    let loaded = try await stateStore.load(about: state)
    if let known = loaded.state {
      guard known.isAboutTheSame(as: state) else {
        throw RunError(
          .backfill,
          "The state is about another key template, event schema or treatment of unknown fields. "
            + "Run once, which goes over to the new ones, instead of a backfill.")
      }
      state.merge(known, ancestry: merging.ancestry)
    }
    _ = try await stateStore.commit(state, over: loaded.eTag, ancestry: merging.ancestry)
    merging.form.isFinished = true
    merging.form.isComplete = merging.undone.count == 0 && merging.archived.count == 0
    try await note(&merging)
    await clearUp(&merging)
  }

  /// Removes what is of no use once all is merged; the plan and the progress stay on record.
  private func clearUp(_ merging: inout BackfillMerging) async {
    var keys: [String] = []
    do {
      try await checkpoints.list(ListRequest(prefix: directory)) { page in
        keys += page.objects.map(\.key).filter { key in
          BackfillPlanForm.leftovers.contains { key.hasPrefix(directory + $0) }
        }
      }
      for key in keys { try await checkpoints.delete(key) }
    } catch {
      merging.tally.warn("What lies under \"\(directory)\" is of no use any more. \(error)")
    }
  }

  /// Writes into the footers until when the checkpoints are complete.
  private func stamp(_ merging: inout BackfillMerging, _ clock: RunClock) async throws -> Bool {
    let basis = configuration.blankState(source: source).basis
    let lacking = [merging.undoneFrom, merging.archived.from].compactMap { $0 }
    let mark = CheckpointFile.Mark(
      completeUntil: lacking.reduce(merging.plan.completeUntil, min), basis: basis)
    let empty = EventBatch(schema: merging.schema.rows)
    let jobs = merging.form.checkpoints.map { checkpoint in
      CommitJob(
        file: FileGroups.File(key: checkpoint.key), failure: nil,
        trust: checkpoint.eTag.map { .only($0) } ?? .unknown, known: nil)
    }
    let results = try await commit(merging, clock, stamps: true).run(
      jobs, empty, mark, concurrency: configuration.commitConcurrency, report: report)
    var isSound = true
    for result in results {
      switch result.outcome {
      case .success(let outcome): merging.succeed(outcome)
      case .failure(let error):
        merging.tally.fail(result.file, of: empty, "\(error)", known: [])
        isSound = false
      }
    }
    try await note(&merging)
    return isSound
  }
}
