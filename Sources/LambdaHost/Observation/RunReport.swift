import CheckpointCore
import EventLogModel
import Logging

/// What is logged of a run: one line for it all, one for each checkpoint that was saved or could not
/// be, and one for each thing that a person should know.
struct RunReport {
  let logger: Logger
  /// Where refused objects are recorded, for people.
  let refusedDirectory: String

  func log(_ summary: RunSummary, _ name: String) {
    for (key, events, rows) in summary.savedCheckpoints {
      logger.info(
        "Checkpoint saved",
        metadata: [
          "checkpoint_key": .string(key), "events": .stringConvertible(events),
          "rows": .stringConvertible(rows),
        ])
    }
    // The groups of one checkpoint share its fate, and its sentence.
    let failures = Dictionary(grouping: summary.failedGroups, by: \.checkpointKey)
    for (key, groups) in failures.sorted(by: { $0.key < $1.key }) {
      logger.error(
        "Checkpoint not saved",
        metadata: [
          "checkpoint_key": .string(key), "error": .string(groups.first?.error ?? ""),
          "groups": .array(groups.map { .string($0.values.joined(separator: "/")) }),
        ])
    }
    for warning in summary.warnings {
      logger.warning("Something to know", metadata: ["warning": .string(warning)])
    }
    // A million bad files must not become a million lines: the others are on record.
    for refusal in summary.refusals {
      logger.warning(
        "Object refused",
        metadata: [
          "key": .string(refusal.key),
          "faults": .array(refusal.faults.prefix(RunReport.listedFaults).map { .string(text($0)) }),
        ])
    }
    if summary.refused > 0 {
      logger.warning(
        "Objects refused",
        metadata: [
          "refused": .stringConvertible(summary.refused),
          "recorded_in": .string(refusedDirectory),
        ])
    }
    if let error = summary.stateError {
      logger.error("State not saved", metadata: ["error": .string(error)])
    }
    logger.log(
      level: summary.statusCode == 200 ? .info : .error, "\(name) done",
      metadata: RunReport.fields(summary))
  }

  /// As many faults of an object are logged.
  private static let listedFaults = 5

  private func text(_ fault: EventFault) -> String {
    let value = fault.value.map { " (\($0))" } ?? ""
    return (fault.field.isEmpty ? "" : "\(fault.field): ") + fault.message + value
  }

  private static func fields(_ summary: RunSummary) -> Logger.Metadata {
    let numbers: [(String, Int)] = [
      ("status_code", summary.statusCode), ("listed", summary.listed),
      ("ignored", summary.ignored), ("fetched", summary.fetched),
      ("total_events", summary.totalEvents), ("filtered_events", summary.filteredEvents),
      ("refused", summary.refused), ("unreadable", summary.unreadable),
      ("archived", summary.archived), ("vanished", summary.vanished),
      ("groups_processed", summary.groupsProcessed),
      ("groups_failed", summary.failedGroups.count), ("remaining", summary.remaining),
      ("checkpoints", summary.checkpoints), ("rows", summary.rows),
      ("duration_ms", summary.durationMilliseconds),
    ]
    var fields = Logger.Metadata(
      uniqueKeysWithValues: numbers.map { ($0.0, .stringConvertible($0.1)) })
    fields["complete"] = .stringConvertible(summary.complete)
    fields["dry_run"] = .stringConvertible(summary.isDryRun)
    return fields
  }
}
