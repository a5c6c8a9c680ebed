import CheckpointCore
import EventLogModel

/// Keeps one Parquet file per site and month current, from the readings in a directory.
@main
struct Telemetry {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else {
      print("usage: telemetry SOURCE-DIRECTORY CHECKPOINT-DIRECTORY")
      return
    }
    let schema = try EventSchema.telemetry()
    let configuration = RunConfiguration(
      schema: schema,
      keyTemplate: try KeyTemplate(
        "site={site}/telemetry-{year}-{month}.parquet", schema: schema))
    let source = FileObjectStore(path: arguments[1])
    let checkpoints = FileObjectStore(path: arguments[2], createsDirectory: true)
    let summary = try await CheckpointRun(
      source: source, checkpoints: checkpoints, configuration: configuration
    ).execute()
    print(summary.json.text)
    let report = try await CheckpointVerification(
      source: source, checkpoints: checkpoints, configuration: configuration
    ).execute()
    print(report.isProven ? "Proven." : report.json.text)
  }
}
