import EventLogModel

/// What a merge of a backfill knows and has done so far: values only, no calls of a store.
struct BackfillMerging {
  let schema: RowSchema
  let plan: BackfillPlanForm
  var tally: RunTally
  /// How far it is, as others are told.
  var form = BackfillProgressForm()
  /// The version of that object.
  var eTag: ETag?
  /// The versions that the checkpoints came from.
  private(set) var ancestry: [String: [ETag]] = [:]
  /// Partial checkpoints that are not merged yet, and batches that have none.
  var left = 0
  var missing = 0
  /// What is left for the runs after the backfill.
  private(set) var undone = UndoneList()
  private(set) var undoneFrom: Timestamp?
  private(set) var archived: CheckpointState.Archived
  private var seen: Set<UInt64> = []

  init(_ schema: RowSchema, _ plan: BackfillPlanForm) {
    self.schema = schema
    self.plan = plan
    tally = RunTally(schema.rows)
    tally.summary.listed = plan.listed
    tally.summary.ignored = plan.ignored
    archived = plan.archived
  }

  mutating func succeed(_ outcome: Commit.Outcome) {
    let key = outcome.checkpoint.key
    ancestry[key] = outcome.ancestors
    tally.succeed(outcome)
    guard let place = form.checkpoints.firstIndex(where: { $0.key == key }) else {
      form.checkpoints.append(outcome.checkpoint)
      form.checkpoints.sort { ObjectKey.precedes($0.key, $1.key) }
      return
    }
    var mine = outcome.checkpoint
    mine.merge(form.checkpoints[place], ancestors: outcome.ancestors)
    form.checkpoints[place] = mine
  }

  /// Takes in what a batch came to.
  mutating func count(_ report: BackfillReportForm) {
    report.count(in: &tally.summary)
    for entry in report.unreadable {
      undone.add(.init(key: entry.key, lastModified: entry.lastModified, reason: entry.reason))
      undoneFrom = min(undoneFrom ?? entry.lastModified, entry.lastModified)
    }
    for entry in report.archived {
      archived.add(
        ObjectMetadata(key: entry.key, lastModified: entry.lastModified, size: 0, eTag: nil))
    }
    for version in report.seen where seen.count < CheckpointState.maximumSeen {
      if let number = UInt64(version, radix: 16) { seen.insert(number) }
    }
  }

  /// The state after the backfill, as one run would have left it.
  func state(_ blank: CheckpointState) -> CheckpointState {
    var state = blank
    state.settle(undone: undone, previous: [], mark: plan.completeUntil)
    state.seen = seen
    state.archived = archived
    state.listed = plan.counts
    state.checkpoints = form.checkpoints
    state.refused = tally.summary.refused
    return state
  }

  func outcome(_ clock: RunClock) -> Backfill.MergeOutcome {
    var tally = tally
    tally.summary.checkpoints = form.checkpoints.count
    tally.summary.soundCheckpoints = tally.sound(form.checkpoints)
    tally.summary.rows = form.checkpoints.reduce(0) { $0 + $1.rows }
    tally.summary.remaining = form.isFinished ? undone.count : left + missing
    tally.summary.complete = form.isFinished && form.isComplete
    if undone.count > 0 {
      tally.warn("\(undone.count) objects could not be read, and are tried again by the next run.")
    }
    if archived.count > 0 {
      tally.warn("\(archived.count) objects lie in an archive storage class and are not merged.")
    }
    if missing > 0 {
      tally.warn("\(missing) batches have no partial checkpoint yet. Work on them, then merge.")
    }
    tally.summary.durationMilliseconds = clock.elapsed.wholeMilliseconds
    return Backfill.MergeOutcome(
      summary: tally.summary, partialsLeft: left, batchesMissing: missing,
      isFinished: form.isFinished)
  }

  /// What to say where an earlier merge has done it all.
  func finishedBefore(_ clock: RunClock) -> Backfill.MergeOutcome {
    var tally = tally
    tally.summary.checkpoints = form.checkpoints.count
    tally.summary.soundCheckpoints = tally.sound(form.checkpoints)
    tally.summary.rows = form.checkpoints.reduce(0) { $0 + $1.rows }
    tally.summary.complete = form.isComplete
    tally.summary.durationMilliseconds = clock.elapsed.wholeMilliseconds
    return Backfill.MergeOutcome(
      summary: tally.summary, partialsLeft: 0, batchesMissing: 0, isFinished: true)
  }
}
