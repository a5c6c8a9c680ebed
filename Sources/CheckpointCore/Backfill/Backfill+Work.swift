import EventLogModel
import ParquetKit

extension Backfill {
  /// Reads the objects of a batch, and writes their events as a partial checkpoint. A batch that is
  /// done stays as it is.
  ///
  /// - Parameter batch: The key of the batch.
  /// - Throws: ``RunError`` where the batch is none of this backfill, or could not be done as a
  ///   whole; `CancellationError`. Single objects that cannot be read are on record for the runs
  ///   after the backfill.
  public func work(batch: String) async throws -> BatchOutcome {
    let schema = try configuration.rowSchema()
    let plan = try await loadPlan()
    guard batch.hasPrefix(directory),
      let index = plan.index(ofBatch: String(batch.dropFirst(directory.count)))
    else {
      throw RunError(.backfill, "\"\(batch)\" is no batch of the backfill \"\(id)\".")
    }
    let partial = directory + plan.partial(index)
    if let report = try await report(of: partial, schema) {
      return outcome(partial, report, wasDone: true)
    }
    guard let (form, _) = try await load(BackfillBatchForm.self, batch),
      form.keys.count == form.lastModified.count, form.keys.count <= Backfill.maximumBatchSize
    else {
      // Cleared up together with its partial checkpoint.
      if try await isFinished() { return outcome(partial, BackfillReportForm(), wasDone: true) }
      throw RunError(.backfill, "The batch \"\(batch)\" is gone or damaged.")
    }
    let clock = RunClock(environment, budget: configuration.budget)
    let fetched = try await fetch(form, schema, clock)
    try await recordRefused(fetched)
    let report = report(on: fetched, form, plan)
    do {
      let bytes = try await encode(fetched.batch, report, schema)
      try await checkpoints.putOnce(partial, bytes, environment)
    } catch let error as ObjectStoreError {
      throw RunError(
        .backfill, "The partial checkpoint \"\(partial)\" could not be written. \(error)",
        underlying: error)
    }
    return outcome(partial, report, wasDone: false)
  }

  private func outcome(
    _ partial: String, _ report: BackfillReportForm, wasDone: Bool
  ) -> BatchOutcome {
    var summary = RunSummary()
    report.count(in: &summary)
    summary.listed = report.fetched + report.vanished + summary.unreadable + summary.archived
    return BatchOutcome(partial: partial, summary: summary, wasDone: wasDone)
  }

  private func fetch(
    _ form: BackfillBatchForm, _ schema: RowSchema, _ clock: RunClock
  ) async throws -> FetchResult {
    let plan = CheckpointCore.Plan(keys: form.keys, prefix: configuration.sourcePrefix)
    guard plan.count == form.keys.count else {
      throw RunError(.backfill, "A batch names objects that are no events of the source.")
    }
    let fetch = Fetch(source, schema.rows, configuration, environment)
    let fetched = try await fetch.run(plan, from: 0, Fetch.Bounds(time: clock.readingLeft)) { _ in }
    guard fetched.next == plan.count, fetched.interrupted.isEmpty else {
      throw RunError(
        .outOfTime,
        "The time was over before the \(plan.count) objects of the batch were read, so nothing of "
          + "it is done. Give it more time, or make the batches smaller.")
    }
    return fetched
  }

  private func recordRefused(_ fetched: FetchResult) async throws {
    let log = RefusedLog(checkpoints, configuration, environment)
    do {
      for file in log.files(fetched.refused.map { ($0.key, $0.line) }) { try await log.write(file) }
    } catch let error as ObjectStoreError {
      throw RunError(
        .backfill, "Refused objects could not be recorded. \(error)", underlying: error)
    }
  }

  private func report(
    on fetched: FetchResult, _ form: BackfillBatchForm, _ plan: BackfillPlanForm
  ) -> BackfillReportForm {
    var report = BackfillReportForm()
    report.totalEvents = fetched.origins.count + fetched.excluded
    report.filteredEvents = fetched.excluded
    report.refused = fetched.refused.count
    report.fetched = report.totalEvents + report.refused
    report.vanished = fetched.vanished.count
    for unreadable in fetched.unreadable {
      let entry = BackfillReportForm.Unreadable(
        key: form.keys[unreadable.item],
        lastModified: Timestamp(microsecondsSinceEpoch: form.lastModified[unreadable.item]),
        reason: String(unreadable.reason.prefix(400)))
      if unreadable.isArchived {
        report.archived.append(entry)
      } else {
        report.unreadable.append(entry)
      }
    }
    report.seen = fetched.versions.filter { $0.lastModified >= plan.completeUntil }
      .map { CheckpointState.text(of: $0.version) }
    return report
  }

  // MARK: - Partial checkpoints

  /// A partial checkpoint: rows as they are in memory, in order, each event once.
  private func encode(
    _ batch: EventBatch, _ report: BackfillReportForm, _ schema: RowSchema
  ) async throws -> [UInt8] {
    let merged = try BatchMerge.merge(existing: EventBatch(schema: schema.rows), new: batch)
    var writer = try CheckpointWriter(
      schema.rows, compression: configuration.compression, layout: configuration.layout)
    try await writer.append(merged.batch, isLast: true)
    let text = String(decoding: try BackfillJSON.encode(report), as: UTF8.self)
    let pieces = try await writer.finish(
      mark: nil, groups: [], ancestors: [],
      extra: [KeyValue(key: BackfillReportForm.key, value: text)])
    return pieces.newBytes
  }

  /// What a partial checkpoint says of its batch; nil where it is not there.
  private func report(of partial: String, _ schema: RowSchema) async throws -> BackfillReportForm? {
    do {
      return try await BackfillPartial(checkpoints, partial, schema).report
    } catch let error as ObjectStoreError where error.code == .notFound {
      return nil
    } catch let error as ObjectStoreError {
      throw RunError(.backfill, "\"\(partial)\" could not be read. \(error)", underlying: error)
    }
  }
}

/// A partial checkpoint whose footer has been read.
struct BackfillPartial: Sendable {
  let file: CheckpointFile
  let report: BackfillReportForm

  /// How much is read from the end at first.
  private static let tailSize = 64 << 10

  init(_ store: any ObjectStore, _ key: String, _ schema: RowSchema) async throws {
    let source = try await ObjectByteSource(store, key, tail: BackfillPartial.tailSize)
    do {
      file = try await CheckpointFile(source, schema: schema.rows, tail: BackfillPartial.tailSize)
    } catch let error as CheckpointFileError {
      throw BackfillPartial.damaged(key, error)
    }
    guard let text = file.parquet.metadata.value(forKey: BackfillReportForm.key),
      let report = try? BackfillJSON.decode(BackfillReportForm.self, Array(text.utf8))
    else { throw BackfillPartial.damaged(key, nil) }
    self.report = report
  }

  private static func damaged(_ key: String, _ error: (any Error)?) -> RunError {
    RunError(
      .backfill,
      "\"\(key)\" is no partial checkpoint. Remove it, and work on its batch again."
        + (error.map { " \($0)" } ?? ""),
      underlying: error)
  }

  /// The first event's key of the order, for putting partial checkpoints in order.
  var firstKey: LeadingKey? {
    guard !file.rowGroups.isEmpty, let leading = file.schema.order.first,
      let range = try? file.parquet.ranges(rowGroup: 0, columns: [leading]).first
    else { return nil }
    return KeyRange(range)?.lowest
  }
}
