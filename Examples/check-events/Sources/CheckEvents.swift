import EventLogModel

/// Checks JSON events that are given as arguments, or three of its own, and prints what is wrong.
///
/// Usage: check-events [JSON ...]
@main
struct CheckEvents {
  static func main() throws {
    let given = Array(CommandLine.arguments.dropFirst())
    var decoder = EventDecoder(schema: .visitEvent)
    var batch = EventBatch(schema: .visitEvent)
    for (number, text) in (given.isEmpty ? samples : given).enumerated() {
      switch try decoder.decode(Array(text.utf8), sourceModified: nil, into: &batch) {
      case .accepted: print("event \(number): valid, row \(batch.count - 1)")
      case .excluded: print("event \(number): valid, but of a sandbox project")
      case .refused(let faults):
        print("event \(number): refused")
        for fault in faults { print("  \(fault)") }
      }
    }
  }

  static let samples = [
    """
    {"action":"submit","pipeline_adcid":42,"project_label":"ingest-form-alpha",
     "center_label":"alpha","gear_name":"form-scheduler","ptid":"A1","visit_date":"2026-01-31",
     "datatype":"form","module":"UDS","timestamp":"2026-02-01T09:30:00Z"}
    """,
    #"{"action":"submit","datatype":"form","visit_date":"2026-02-30"}"#,
    "no JSON at all",
  ]
}
