import EventLogModel

extension Backfill {
  /// The most objects of a batch: its keys are in memory at once.
  public static let maximumBatchSize = 100_000

  /// Lists the source and writes what is to be read, in batches. A backfill that is planned already
  /// stays as it is; of one that is finished nothing is left to do, and its manifest says so.
  ///
  /// Keys are listed in their order and written as they come, so memory follows the batch.
  ///
  /// - Parameter batchSize: How many objects one invocation reads, from 1 to
  ///   ``maximumBatchSize``.
  /// - Throws: ``RunError``, and `CancellationError`.
  public func plan(batchSize: Int = 5000) async throws -> Plan {
    guard (1...Backfill.maximumBatchSize).contains(batchSize) else {
      throw RunError(
        .backfill,
        "A batch has from 1 to \(Backfill.maximumBatchSize) objects, not \(batchSize).")
    }
    if let (known, _) = try await load(BackfillPlanForm.self, planKey) {
      let form = try check(known)
      return try await isFinished() ? try await nothingLeft(form) : outline(form)
    }
    let clock = RunClock(environment, budget: configuration.budget)
    do {
      let form = try await list(batchSize, clock)
      try await writeManifest(form)
      return outline(try await commit(form))
    } catch let error as ObjectStoreError {
      throw RunError(
        .backfill, "The backfill could not be planned. \(error)", underlying: error)
    }
  }

  private func outline(_ form: BackfillPlanForm) -> Plan {
    Plan(
      manifest: directory + form.manifest,
      batches: (0..<form.batches).map { directory + form.batch($0) },
      objects: form.objects, archived: form.archived.count)
  }

  /// What remains of a backfill that is finished, whose batches and manifest are cleared up: Step
  /// Functions reads a manifest all the same.
  private func nothingLeft(_ form: BackfillPlanForm) async throws -> Plan {
    let manifest = directory + BackfillPlanForm.emptyManifest
    do {
      try await checkpoints.putOnce(manifest, Array(JSONValue.array([]).text.utf8), environment)
    } catch let error as ObjectStoreError {
      throw RunError(
        .backfill, "\"\(manifest)\" could not be written. \(error)", underlying: error)
    }
    return Plan(manifest: manifest, batches: [], objects: 0, archived: form.archived.count)
  }

  private func list(_ batchSize: Int, _ clock: RunClock) async throws -> BackfillPlanForm {
    let attempt = CheckpointState.text(of: UInt64(environment.random() * 0x1p63)).suffix(12)
    var batch = BackfillBatchForm()
    var serverTime: Timestamp?
    var (batches, listed, ignored, objects) = (0, 0, 0, 0)
    var archived = CheckpointState.Archived()
    var counts: ListedCounts?
    func flush() async throws {
      guard !batch.keys.isEmpty else { return }
      guard batches < BackfillPlanForm.maximumBatches else {
        throw RunError(
          .backfill,
          "There are more than \(BackfillPlanForm.maximumBatches) batches of \(batchSize) objects. "
            + "Make them larger.")
      }
      try await write(batch, "batch-\(attempt)-\(BackfillPlanForm.number(batches)).json")
      batches += 1
      batch = BackfillBatchForm()
    }
    let request = ListRequest(
      prefix: configuration.sourcePrefix, looksLikeObject: RunConfiguration.isEventKey)
    try await source.list(request) { page in
      if serverTime == nil {
        serverTime = page.serverTime
        counts = ListedCounts(
          until: page.serverTime.before(by: configuration.overlapMicroseconds))
      }
      for object in page.objects {
        listed += 1
        guard RunConfiguration.isEventKey(object.key) else {
          ignored += 1
          continue
        }
        counts?.add(object.lastModified)
        guard !object.isArchived else {
          archived.add(object)
          continue
        }
        objects += 1
        batch.keys.append(object.key)
        batch.lastModified.append(object.lastModified.microsecondsSinceEpoch)
        if batch.keys.count == batchSize { try await flush() }
      }
      guard page.isLast || !clock.isReadingOver else {
        throw RunError(
          .outOfTime,
          "The time was over after \(listed) objects were listed, so nothing is planned. Give it "
            + "more time.")
      }
    }
    try await flush()
    guard let serverTime else {
      throw RunError(.source, "The listing of the source ended early, so nothing is planned.")
    }
    let blank = configuration.blankState(source: source)
    return BackfillPlanForm(
      source: blank.source, basis: blank.basis,
      completeUntil: serverTime.before(by: configuration.overlapMicroseconds),
      attempt: String(attempt), batches: batches, listed: listed, ignored: ignored,
      objects: objects, archived: archived, counts: counts)
  }

  private func write(_ form: some Encodable, _ name: String) async throws {
    try await checkpoints.putOnce(directory + name, BackfillJSON.encode(form), environment)
  }

  private func writeManifest(_ form: BackfillPlanForm) async throws {
    let entries = (0..<form.batches).map { index in
      JSONValue.object([
        ("action", .string("backfill-batch")), ("backfill", .string(id)),
        ("batch", .string(directory + form.batch(index))),
      ])
    }
    let bytes = Array(JSONValue.array(entries).text.utf8)
    try await checkpoints.putOnce(directory + form.manifest, bytes, environment)
  }

  /// Makes the plan that of the backfill, unless somebody else was first.
  private func commit(_ form: BackfillPlanForm) async throws -> BackfillPlanForm {
    try await checkpoints.putOnce(planKey, BackfillJSON.encode(form), environment)
    return try await loadPlan()
  }
}
