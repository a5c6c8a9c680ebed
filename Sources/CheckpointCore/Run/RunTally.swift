import EventLogModel

/// Adds up what becomes of the checkpoints and their groups, over all rounds of a run.
struct RunTally {
  var summary: RunSummary
  private let groupNames: [String]
  /// Where in the summary a group is.
  private var groupPlaces: [[String]: Int] = [:]
  private var failedPlaces: Set<[String]> = []
  /// Whether any row was added or replaced, or would have been.
  private(set) var hasChanges = false

  /// As many objects are named in a warning; the others are counted.
  static let namedObjects = 5

  init(_ schema: EventSchema, summary: RunSummary = RunSummary()) {
    self.summary = summary
    groupNames = schema.group.map { schema.fields[$0].name }
  }

  mutating func warn(_ sentence: String) {
    if !summary.warnings.contains(sentence) { summary.warnings.append(sentence) }
  }

  /// Some keys of many, as part of a sentence.
  static func names(_ keys: [String], of count: Int) -> String {
    let named = keys.prefix(namedObjects).map { "\"\($0)\"" }.joined(separator: ", ")
    return count > namedObjects ? named + " and \(count - namedObjects) more" : named
  }

  /// Counts what a round has read.
  mutating func count(_ round: FetchResult) {
    let accepted = round.origins.count
    summary.totalEvents += accepted + round.excluded
    summary.filteredEvents += round.excluded
    summary.refused += round.refused.count
    summary.vanished += round.vanished.count
    summary.fetched += accepted + round.excluded + round.refused.count
    for refused in round.refused {
      guard summary.refusals.count < RunSummary.listedRefusals else { break }
      if let line = RefusedLine.decoded(refused.line) {
        summary.refusals.append(.init(key: line.key, faults: line.faults))
      }
    }
    for unreadable in round.unreadable {
      if unreadable.isArchived { summary.archived += 1 } else { summary.unreadable += 1 }
    }
  }

  /// Notes a checkpoint that is up to date.
  mutating func succeed(_ outcome: Commit.Outcome) {
    let key = outcome.checkpoint.key
    for warning in outcome.warnings { warn(warning) }
    for group in outcome.groups where group.offered > 0 {
      let changed = group.added + group.replaced
      if changed > 0 { hasChanges = true }
      if let place = groupPlaces[[key] + group.values] {
        summary.successfulGroups[place].events += changed
        summary.successfulGroups[place].rows = group.rows
      } else {
        groupPlaces[[key] + group.values] = summary.successfulGroups.count
        summary.successfulGroups.append(
          RunSummary.Group(
            names: groupNames, values: group.values, events: changed, rows: group.rows,
            checkpointKey: key))
      }
    }
  }

  /// How many of some checkpoints nothing failed for.
  func sound(_ checkpoints: [CheckpointState.Checkpoint]) -> Int {
    let failed = Set(summary.failedGroups.map(\.checkpointKey))
    return checkpoints.count { !failed.contains($0.key) }
  }

  /// Notes a checkpoint that could not be brought up to date.
  ///
  /// - Parameters:
  ///   - file: The rows that were to be merged into it.
  ///   - batch: Where they are.
  ///   - reason: Why, as a sentence.
  ///   - known: Groups that it is known to have besides.
  mutating func fail(
    _ file: FileGroups.File, of batch: EventBatch, _ reason: String,
    known: [CheckpointState.Checkpoint.Group]
  ) {
    var groups: Set<[String]> = []
    let columns = batch.schema.group.map { batch.columns[$0] }
    for row in file.rows { groups.insert(columns.map { $0.string(at: row) ?? "" }) }
    for group in known { groups.insert(group.values) }
    let ordered = groups.sorted { $0.lexicographicallyPrecedes($1) }
    for values in ordered.isEmpty ? [[]] : ordered
    where failedPlaces.insert([file.key] + values).inserted {
      summary.failedGroups.append(
        RunSummary.FailedGroup(
          names: groupNames, values: values, error: reason, checkpointKey: file.key))
    }
  }
}
