import CheckpointCore
import EventLogModel

/// Keeps Parquet checkpoints of a directory of event files current, as `event-checkpoint run` does.
///
/// Usage: directory-checkpoint SOURCE-DIRECTORY CHECKPOINT-DIRECTORY
@main
struct DirectoryCheckpoint {
  struct Usage: Error, CustomStringConvertible {
    let description = "usage: directory-checkpoint SOURCE-DIRECTORY CHECKPOINT-DIRECTORY"
  }

  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else { throw Usage() }
    // One file for each study and year, whose directories are columns to many query engines.
    let template = try KeyTemplate("study={study}/year={year}/events.parquet", schema: .visitEvent)
    let run = CheckpointRun(
      source: FileObjectStore(path: arguments[1]),
      checkpoints: FileObjectStore(path: arguments[2], createsDirectory: true),
      configuration: RunConfiguration(schema: .visitEvent, keyTemplate: template))
    let summary = try await run.execute()
    for group in summary.successfulGroups {
      print(
        "\(group.checkpointKey): \(group.values.joined(separator: "/")),",
        "\(group.events) new of \(group.rows) rows")
    }
    for warning in summary.warnings { print("warning: \(warning)") }
  }
}
