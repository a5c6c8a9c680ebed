import EventLogModel
import Testing

@testable import CheckpointCore

/// A source and a store of checkpoints in memory, with one clock, and runs between them.
final class RunFixture: Sendable {
  let source: MemoryObjectStore
  let target: MemoryObjectStore
  static let start = Timestamp(microsecondsSinceEpoch: 1_700_000_000_000_000)

  init(resolution: Int64 = 1_000_000) {
    source = MemoryObjectStore(
      identity: "memory:source/", now: RunFixture.start, resolution: resolution, pageSize: 7)
    target = MemoryObjectStore(
      identity: "memory:target/", now: RunFixture.start, resolution: resolution)
  }

  /// Another store of checkpoints for a source.
  init(source: MemoryObjectStore) {
    self.source = source
    target = MemoryObjectStore(identity: "memory:target/", now: source.now, resolution: 1_000_000)
  }

  /// Lets time pass.
  func advance(seconds: Int) {
    for store in [source, target] {
      store.now = Timestamp(
        microsecondsSinceEpoch: store.now.microsecondsSinceEpoch + Int64(seconds) * 1_000_000)
    }
  }

  func put(_ name: String, _ event: TestEvent) {
    source.poke("log-\(name).json", event.bytes)
  }

  func configuration(_ template: String) throws -> RunConfiguration {
    var configuration = RunConfiguration(
      schema: .visitEvent, keyTemplate: try KeyTemplate(template, schema: .visitEvent))
    configuration.concurrency = 3
    return configuration
  }

  /// Runs once, without ever really waiting.
  @discardableResult
  func run(
    _ template: String = "out/{study}/events.parquet",
    _ change: (inout RunConfiguration) -> Void = { _ in }
  ) async throws -> RunSummary {
    var configuration = try configuration(template)
    change(&configuration)
    let environment = RunEnvironment(elapsed: { .zero }, random: { 0.5 }, sleep: { _ in })
    return try await CheckpointRun(
      source: source, checkpoints: target, configuration: configuration, environment: environment
    ).execute()
  }

  /// The rows of all checkpoints.
  func rows() async throws -> [PlainRow] {
    var rows: [PlainRow] = []
    for key in target.keys where key.hasSuffix(".parquet") && !key.contains("_damaged") {
      let bytes = try #require(target.peek(key))
      rows += try await CheckpointFile.decode(bytes, schema: .visitEvent).batch.plainRows
    }
    return rows
  }

  /// The participants of all rows, which tests use as the names of events.
  func participants() async throws -> [String] {
    try await rows().compactMap { $0.string("ptid") }.sorted()
  }

  /// Every object of the target with its bytes.
  func contents() -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    for key in target.keys { contents[key] = target.peek(key) }
    return contents
  }

  func state() throws -> CheckpointState {
    try CheckpointState(decoding: try #require(target.peek("out/_state.json")))
  }

  /// How many objects of the source were read since a moment in the list of calls.
  func reads(since: Int) -> Int {
    source.operations[since...].count { $0.kind == .get }
  }
}

extension TestEvent {
  /// An event that is told apart by its participant.
  static func of(_ ptid: String, study: String = "adrc") -> TestEvent {
    var event = TestEvent()
    event.ptid = ptid
    event.study = study
    return event
  }
}
