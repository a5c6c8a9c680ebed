import CheckpointCore
import EventLogModel

/// What merging new events into a long history takes, as lines of JSON.
///
///     checkpoint-load build DIRECTORY EVENTS     a history, and 10,000 events each to be merged
///     checkpoint-load new DIRECTORY EVENTS       10,000 events at its end
///     checkpoint-load late DIRECTORY EVENTS      10,000 events spread over it
///     checkpoint-load first served COUNT         small objects, a first run of them
///     checkpoint-load first DIRECTORY COUNT      the same from files in that directory
///
/// `build` leaves `history.parquet`, `new.parquet` and `late.parquet` for others to do the same with.
/// Each measurement is a process of its own, for the sake of its memory, and changes nothing in the
/// directory.
@main
struct CheckpointLoad {
  static let batch = 10_000

  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "build" where arguments.count == 3:
      try await build(arguments[1], events: Int(arguments[2]) ?? 1_000_000)
    case "new" where arguments.count == 3:
      let history = Int(arguments[2]) ?? 1_000_000
      try await merge(arguments[1], history, GeneratedEvents.after(history, count: batch))
    case "late" where arguments.count == 3:
      let history = Int(arguments[2]) ?? 1_000_000
      try await merge(arguments[1], history, GeneratedEvents.within(history, count: batch))
    case "first" where arguments.count == 3:
      let count = Int(arguments[2]) ?? 25_000
      try await arguments[1] == "served"
        ? firstRun(served: count) : firstRun(directory: arguments[1], count: count)
    default:
      print("usage: checkpoint-load build|new|late|first ...")
    }
  }

  /// One file, and no overlap: what lies in it was merged by the run before.
  static func configuration() throws -> RunConfiguration {
    let schema = EventSchema.visitEvent
    var configuration = RunConfiguration(
      schema: schema, keyTemplate: try KeyTemplate(checkpointKey, schema: schema))
    configuration.overlap = .zero
    configuration.plannedObjects = 10_000_000
    return configuration
  }

  static let checkpointKey = "checkpoints/events.parquet"

  // MARK: Building

  private static func build(_ directory: String, events: Int) async throws {
    let source = GeneratedEvents.history(events)
    let store = try ServedStore(creating: directory + "/history", identity: "bench:")
    let usage = Usage.now()
    try await run(source, store, rows: events)
    try store.save()
    try store.export(checkpointKey, to: directory + "/history.parquet")
    for (name, more) in [
      ("new", GeneratedEvents.after(events, count: batch)),
      ("late", GeneratedEvents.within(events, count: batch)),
    ] {
      let alone = try ServedStore(creating: directory + "/" + name, identity: "bench:")
      try await run(more, alone, rows: batch)
      try alone.export(checkpointKey, to: directory + "/\(name).parquet")
    }
    usage.report(rows: events, ServedStore.Traffic())
  }

  // MARK: Measuring

  private static func merge(
    _ directory: String, _ history: Int, _ events: GeneratedEvents
  ) async throws {
    let store = try ServedStore(opening: directory + "/history", identity: "bench:")
    var source = events
    source.load()
    let usage = Usage.now()
    try await run(source, store, rows: history + source.count)
    usage.report(rows: history + source.count, store.traffic)
  }

  private static func firstRun(served count: Int) async throws {
    var source = GeneratedEvents.history(count)
    source.load()
    let store = try ServedStore(temporary: "bench:")
    let usage = Usage.now()
    try await run(source, store, rows: count)
    usage.report(rows: count, store.traffic)
  }

  private static func firstRun(directory: String, count: Int) async throws {
    let source = FileObjectStore(path: directory)
    let store = try ServedStore(temporary: "bench:")
    let usage = Usage.now()
    try await run(source, store, rows: count)
    usage.report(rows: count, store.traffic)
  }

  private static func run(
    _ source: some ObjectStore, _ checkpoints: ServedStore, rows: Int
  ) async throws {
    let summary = try await CheckpointRun(
      source: source, checkpoints: checkpoints, configuration: try configuration()
    ).execute()
    guard summary.complete, summary.rows == rows, summary.warnings.isEmpty else {
      throw Failure(description: "The run did not do what it should: \(summary.json.text)")
    }
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}
