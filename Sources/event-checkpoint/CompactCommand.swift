import ArgumentParser
import CheckpointCore
import EventLogModel

/// `event-checkpoint compact`: rewrites checkpoints to their best layout.
struct CompactCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Rewrites checkpoints to full row groups and one compression.",
    discussion: """
      Runs keep row groups within bounds by themselves; this makes them as full as they can be, for \
      instance after another compression was chosen. Rows and their order stay as they are. A \
      checkpoint that is in its best layout is not written.

      Exit status: 0 all is well; 2 something failed; 3 nothing could be done; 64 wrong usage.
      """)

  @Option(help: "The template of the checkpoints: a path, or a file: or s3: URL.")
  var checkpoint: String

  @OptionGroup(title: "S3") var s3: S3Arguments

  @OptionGroup var writing: WritingOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    _ = try CheckpointLocation(checkpoint, schema: .visitEvent)
  }

  func run() async throws {
    let target = try CheckpointLocation(checkpoint, schema: .visitEvent)
    var configuration = RunConfiguration(schema: .visitEvent, keyTemplate: target.template)
    writing.apply(to: &configuration)
    let report: CheckpointCompaction.Report
    do {
      let chosen = configuration
      report = try await Stores.with(s3) { stores in
        try await CheckpointCompaction(
          checkpoints: try await stores.open(target.root, createsDirectory: true),
          configuration: chosen
        ).execute()
      }
    } catch {
      FileHandleText.writeToStandardError("Error: \(error)\n")
      throw ExitCode(3)
    }
    var standardOutput = StandardOutput()
    standardOutput.write((json ? report.json.text : text(report, target.prefix)) + "\n")
    standardOutput.flush()
    if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
  }

  private func text(_ report: CheckpointCompaction.Report, _ prefix: String) -> String {
    var lines: [String] = []
    for file in report.files {
      if let error = file.error {
        lines.append("Failed: \(prefix)\(file.key): \(error)")
        continue
      }
      let change =
        file.rowGroups[0] == file.rowGroups[1] && file.bytes[0] == file.bytes[1]
        ? "is as it should be"
        : "\(RunOutput.count(file.rowGroups[0], "row group")) to \(file.rowGroups[1]), "
          + "\(RunOutput.count(file.bytes[0], "byte")) to \(RunOutput.decimal(file.bytes[1]))"
      lines.append("\(prefix)\(file.key): \(RunOutput.count(file.rows, "row")), \(change)")
    }
    if let error = report.stateError { lines.append("Failed: \(error)") }
    if lines.isEmpty { lines.append("There are no checkpoints.") }
    return lines.joined(separator: "\n")
  }
}
