import ArgumentParser
import CheckpointCore

/// `event-checkpoint verify`: proves that the checkpoints hold what the objects say.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Reads all objects and checkpoints, and proves that nothing is missing or doubled.",
    discussion: """
      Each valid event must have one row, in the right checkpoint, with the content of its latest \
      version; no other row may be there, but for those whose object is gone, which are counted \
      apart. Order, statistics and page indexes must hold. Objects that are newer than the last run \
      are not expected yet. Nothing is written.

      Exit status: 0 proven; 2 there are differences, or objects that could not be read; 3 nothing \
      could be verified; 64 wrong usage.
      """)

  @OptionGroup var options: RunOptions

  func run() async throws {
    let target = try options.target()
    let configuration = try options.configuration()
    let outcome: Result<VerificationReport, any Error>
    do {
      outcome = .success(
        try await options.work { source, checkpoints in
          let verification = CheckpointVerification(
            source: source, checkpoints: checkpoints, configuration: configuration)
          return (verification.progress, { try await verification.execute() })
        })
    } catch {
      outcome = .failure(error)
    }
    switch outcome {
    case .success(let report):
      try options.finish(
        VerifyCommand.text(report, prefix: target.prefix), report.json, status: report.exitStatus)
    case .failure(let error): try options.fail(error)
    }
  }

  private static func text(_ report: VerificationReport, prefix: String) -> String {
    var lines: [String] = []
    if !report.checkpoints.isEmpty {
      var table = TextTable(["rows", "without object", "checkpoint"])
      for checkpoint in report.checkpoints {
        table.append([
          "\(checkpoint.rows)", "\(checkpoint.rowsWithoutObject)", prefix + checkpoint.key,
        ])
      }
      lines += table.description.split(separator: "\n").map(String.init) + [""]
    }
    lines += report.warnings.map { "Warning: \($0)" }
    lines += report.differences.map { "\($0.kind.rawValue): \($0.detail)" }
    if report.differenceCount > report.differences.count {
      lines.append("\(report.differenceCount - report.differences.count) more differences.")
    }
    if let last = lines.last, !last.isEmpty { lines.append("") }
    var parts = [
      "\(RunOutput.count(report.events, "event")) compared with \(RunOutput.count(report.rows, "row"))"
    ]
    for (count, what) in [
      (report.pending, "object(s) no run has come to yet"),
      (report.archived, "object(s) in an archive not compared"),
      (report.refused, "refused object(s)"), (report.unreadable, "unreadable object(s)"),
    ] where count > 0 {
      parts.append("\(RunOutput.decimal(count)) \(what)")
    }
    let verdict =
      report.isProven
      ? "Nothing is missing, doubled or out of order."
      : report.differenceCount > 0
        ? "\(RunOutput.count(report.differenceCount, "difference"))." : "Not proven."
    lines.append(parts.joined(separator: ", ") + ". " + verdict)
    return lines.joined(separator: "\n")
  }
}
