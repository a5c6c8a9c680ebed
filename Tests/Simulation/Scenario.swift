import TestSupport

/// What goes wrong in a simulation; each seed has its own selection.
package enum Fault: CaseIterable, Sendable {
  /// A request fails, and nothing has happened.
  case errorBeforeEffect
  /// A request has its effect, and its answer is lost.
  case errorAfterEffect
  /// A write is reported as failed and happens much later.
  case lateWrite
  /// Two conditional writes of a key at the same time: one may get 409, whatever the condition.
  case conflict
  /// A process ends at one of its requests, before or after the effect.
  case crash
  /// The task of a run is cancelled.
  case cancellation
  /// An object cannot be read for a while.
  case unreadable
  /// An object becomes visible later than its LastModified says, up to the overlap.
  case lateVisibility
  /// A request is not answered for hours.
  case hang
  /// Runs have a budget of time.
  case deadline
  /// Objects go to an archive, and some come back.
  case archive
  /// Objects are removed.
  case vanishing
  /// The state is lost, damaged or replaced by an older version.
  case stateTampering
  /// A checkpoint is lost, damaged, replaced by an older version or rewritten by another tool.
  case checkpointTampering
  /// The key template is another one from some moment on.
  case newTemplate
}

/// What a seed decides about a simulation before it begins.
struct Scenario {
  let layout: Layout
  let tagging: Bucket.Tagging
  let pageSize: Int
  let concurrency: Int
  let maximumAttempts: Int
  /// The bounds of a round, and of what is planned from one listing.
  let roundObjects: Int
  let roundBytes: Int
  let plannedObjects: Int
  let rowGroupRows: Int
  /// Seconds.
  let overlap: Int64
  /// The longest time that a request takes each way, in microseconds.
  let latency: Int64
  /// How many things happen besides the runs' own doings.
  let steps: Int
  let faults: Set<Fault>
  /// One request in so many fails.
  let errorRate: Int
  /// Whether runs are told of new objects, besides those that list all.
  let notifies: Bool
  /// Whether there are backfills, which are divided among many processes.
  let backfills: Bool
  /// Events of which there are several versions.
  let events: [ModelEvent]

  /// - Parameters:
  ///   - needed: Faults that there are in any case.
  ///   - needsNotifications: Whether there are notifications in any case.
  ///   - needsBackfills: Whether there are backfills in any case.
  init(
    _ random: inout Chance, needed: Set<Fault>, needsNotifications: Bool, needsBackfills: Bool
  ) {
    layout = random.pick(Layout.allCases)
    tagging = random.pick(Bucket.Tagging.allCases)
    pageSize = random.pick([1, 3, 7, 1000])
    concurrency = random.pick([1, 2, 4])
    maximumAttempts = random.pick([2, 8])
    roundObjects = random.pick([1, 3, 100_000, 100_000])
    roundBytes = random.pick([1, 1000, 1 << 26, 1 << 26])
    plannedObjects = random.pick([3, 5, 1_000_000, 1_000_000])
    rowGroupRows = random.pick([8, 12, 100_000])
    overlap = random.pick([60, 900])
    latency = random.pick([1_000, 500_000, 30_000_000])
    steps = random.pick([4, 8, 16])
    var faults: Set<Fault> = []
    // Each with its own chance, so that some seeds have few kinds and others all.
    let share = 1 + random.below(4)
    for fault in Fault.allCases where random.below(4) < share { faults.insert(fault) }
    if random.one(in: 8) { faults = [] }
    self.faults = faults.union(needed)
    errorRate = random.pick([5, 20, 60])
    notifies = random.one(in: 2) || needsNotifications
    backfills = random.one(in: 3) || needsBackfills
    events = (0..<random.pick([1, 3, 8])).map { _ in ModelEvent.random(&random) }
  }
}
