import CheckpointCore

/// What `run` prints about a summary.
struct RunOutput {
  let summary: RunSummary
  /// Where refused objects are recorded.
  let refusedDirectory: String

  /// A table of the groups, the warnings, and one sentence.
  var text: String {
    var lines: [String] = []
    if !summary.successfulGroups.isEmpty {
      lines += table.split(separator: "\n").map(String.init) + [""]
    }
    // The groups of one checkpoint share its fate, and its sentence.
    let failures = Dictionary(grouping: summary.failedGroups, by: \.checkpointKey)
    for (key, groups) in failures.sorted(by: { $0.key < $1.key }) {
      let names = groups.filter { !$0.values.isEmpty }.map { $0.values.joined(separator: "/") }
      let list = names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"
      lines.append("Failed: \(key)\(list): \(groups.first?.error ?? "")")
    }
    lines += summary.warnings.map { "Warning: \($0)" }
    if summary.refused > 0, !summary.isDryRun {
      lines.append("Why objects were refused is recorded in \(refusedDirectory)")
    }
    if let error = summary.stateError { lines.append("Failed: \(error)") }
    if let last = lines.last, !last.isEmpty { lines.append("") }
    lines.append(conclusion)
    return lines.joined(separator: "\n")
  }

  private var table: String {
    let names = summary.successfulGroups.first?.names ?? []
    var table = TextTable(names + ["new events", "rows", "checkpoint"])
    for group in summary.successfulGroups {
      table.append(group.values + ["\(group.events)", "\(group.rows)", group.checkpointKey])
    }
    return table.description
  }

  private var conclusion: String {
    let events = RunOutput.count(summary.rows, "event")
    let checkpoints = RunOutput.count(summary.checkpoints, "checkpoint")
    let changed = summary.successfulGroups.reduce(0) { $0 + $1.events }
    if !summary.failedGroups.isEmpty {
      return "\(RunOutput.count(summary.failedGroups.count, "group")) failed; "
        + "\(RunOutput.count(summary.remaining, "object")) left for the next run."
    }
    if summary.fetched == 0, summary.remaining == 0, summary.archived == 0 {
      if summary.checkpoints == 0 { return "There are no events in the source." }
      return
        "Nothing is new: \(events) in \(checkpoints) \(summary.rows == 1 ? "is" : "are") up to date."
    }
    var parts: [String] = []
    let verb = summary.isDryRun ? "would be merged" : "merged"
    parts.append("\(RunOutput.count(changed, "new event")) \(verb)")
    if summary.filteredEvents > 0 {
      parts.append("\(RunOutput.count(summary.filteredEvents, "sandbox event")) left out")
    }
    if summary.refused > 0 {
      parts.append("\(RunOutput.count(summary.refused, "object")) refused")
    }
    if summary.archived > 0 {
      parts.append("\(RunOutput.count(summary.archived, "object")) in an archive not merged")
    }
    if summary.remaining > 0, !summary.isDryRun {
      parts.append("\(RunOutput.count(summary.remaining, "object")) left for the next run")
    }
    return parts.joined(separator: ", ") + ": \(events) in \(checkpoints)."
  }

  /// A number with its noun: `1 event`, `24,012 events`.
  static func count(_ number: Int, _ noun: String) -> String {
    "\(decimal(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// A number with a comma between groups of three digits.
  static func decimal(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "-" : ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }
}
