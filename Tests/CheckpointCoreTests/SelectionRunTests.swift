import EventLogModel
import TestSupport
import Testing

@testable import CheckpointCore

extension RunFixture {
  /// Merges objects that somebody names.
  @discardableResult
  func merge(
    _ selection: SelectionRun.Selection, _ template: String = "out/{study}/events.parquet",
    source: (any ObjectStore)? = nil, target: (any ObjectStore)? = nil,
    _ change: (inout RunConfiguration) -> Void = { _ in }
  ) async throws -> SelectionRun.Outcome {
    var configuration = try configuration(template)
    change(&configuration)
    return try await SelectionRun(
      source: source ?? self.source, checkpoints: target ?? self.target,
      configuration: configuration, selection: selection,
      environment: RunEnvironment(
        elapsed: { .zero }, random: { Double.random(in: 0..<1) },
        // Long enough for others to come first, short enough for a test.
        sleep: { _ in try await Task.sleep(for: .milliseconds(1)) })
    ).execute()
  }
}

@Suite("A run over objects that somebody names")
struct SelectionRunTests {
  @Test("Objects of a notification are merged, and the next run finds nothing left to do")
  func notified() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    try await fixture.run()
    fixture.advance(seconds: 60)
    fixture.put("2", .of("2"))
    fixture.put("3", .of("3", study: "dvcid"))
    let mark = try fixture.state().completeUntil
    let calls = fixture.source.operations.count
    let outcome = try await fixture.merge(.keys(["log-2.json", "log-3.json"]))
    #expect(outcome.undone.isEmpty)
    #expect(outcome.summary.complete)
    #expect(outcome.summary.successfulGroups.map(\.events) == [1, 1])
    // Nothing is listed, and no mark moves.
    #expect(fixture.source.operations[calls...].allSatisfy { $0.kind == .get })
    #expect(try fixture.state().completeUntil == mark)
    #expect(try await fixture.participants() == ["1", "2", "3"])

    let contents = fixture.contents().filter { $0.key.hasSuffix(".parquet") }
    let reads = fixture.source.operations.count
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(summary.warnings.isEmpty)
    #expect(summary.fetched == 0)
    #expect(fixture.reads(since: reads) == 0)
    #expect(fixture.contents().filter { $0.key.hasSuffix(".parquet") } == contents)
  }

  @Test("Before the first run objects are merged, and the first run reads the others")
  func beforeTheFirstRun() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    fixture.put("2", .of("2"))
    fixture.source.poke("log-bad.json", Array("{".utf8))
    let outcome = try await fixture.merge(.keys(["log-2.json", "log-bad.json"]))
    #expect(outcome.undone.isEmpty)
    #expect(try await fixture.participants() == ["2"])
    let reads = fixture.source.operations.count
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(summary.warnings.isEmpty)
    let read = fixture.source.operations[reads...].filter { $0.kind == .get }.map(\.key)
    #expect(read == ["log-1.json"])
    #expect(try await fixture.participants() == ["1", "2"])
    let state = try fixture.state()
    #expect(state.refused == 1)
    #expect(try #require(state.completeUntil) > .earliest)
  }

  @Test("Where notifications bring everything from the first day, the first run reads nothing")
  func eventDriven() async throws {
    let fixture = RunFixture()
    let names = (1...40).map(String.init)
    for name in names { fixture.put(name, .of(name, study: "s\(name.count)")) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for name in names {
        group.addTask {
          let outcome = try await fixture.merge(.keys(["log-\(name).json"]))
          #expect(outcome.undone.isEmpty)
        }
      }
      try await group.waitForAll()
    }
    #expect(try await fixture.participants() == names.sorted())
    let contents = fixture.contents().filter { $0.key.hasSuffix(".parquet") }
    let reads = fixture.source.operations.count
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(summary.warnings.isEmpty)
    #expect(fixture.reads(since: reads) == 0)
    #expect(fixture.contents().filter { $0.key.hasSuffix(".parquet") } == contents)
  }

  @Test("A state that is lost before notifications come is made up for by the next run")
  func afterALoss() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    fixture.put("2", .of("2", study: "dvcid"))
    try await fixture.run()
    try await fixture.target.delete("out/_state.json")
    let lost = try #require(fixture.target.keys.first { $0.contains("dvcid") })
    try await fixture.target.delete(lost)
    fixture.put("3", .of("3"))
    try await fixture.merge(.keys(["log-3.json"]))
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(try await fixture.participants() == ["1", "2", "3"])
  }

  @Test("What is no event, another prefix, named twice or gone is no fault")
  func foreignKeys() async throws {
    let fixture = RunFixture()
    fixture.source.poke("in/log-1.json", TestEvent.of("1").bytes)
    fixture.source.poke("other/log-2.json", TestEvent.of("2").bytes)
    let outcome = try await fixture.merge(
      .keys([
        "in/log-1.json", "in/log-1.json", "other/log-2.json", "in/notes.json", "in/log-gone.json",
      ])
    ) { $0.sourcePrefix = "in/" }
    #expect(outcome.undone.isEmpty)
    #expect(outcome.summary.listed == 4)
    #expect(outcome.summary.ignored == 2)
    #expect(outcome.summary.vanished == 1)
    #expect(try await fixture.participants() == ["1"])
  }

  @Test("An object that is refused is recorded once, and counted once")
  func refused() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    try await fixture.run()
    fixture.source.poke("log-2.json", Array("{}".utf8))
    for _ in 0..<2 {
      let outcome = try await fixture.merge(.keys(["log-2.json"]))
      #expect(outcome.undone.isEmpty)
      #expect(outcome.summary.refused == 1)
    }
    #expect(try fixture.state().refused == 1)
    #expect(fixture.target.keys.count { $0.contains("_refused/") } == 1)
    try await fixture.run()
    #expect(try fixture.state().refused == 1)
  }

  @Test("An object whose checkpoint is damaged is undone, the others are not")
  func damaged() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    fixture.put("2", .of("2", study: "dvcid"))
    try await fixture.run()
    fixture.target.poke("out/adrc/events.parquet", Array("not Parquet".utf8))
    fixture.put("3", .of("3"))
    fixture.put("4", .of("4", study: "dvcid"))
    let outcome = try await fixture.merge(.keys(["log-3.json", "log-4.json"]))
    #expect(Array(outcome.undone.keys) == ["log-3.json"])
    #expect(outcome.summary.statusCode == 207)
    #expect(outcome.summary.failedGroups.map(\.values) == [["adrc", "form"]])
    #expect(fixture.target.peek("out/adrc/events.parquet") == Array("not Parquet".utf8))
    // It is not taken for done once the file is made anew.
    try await fixture.run { $0.rebuilds = true }
    #expect(try await fixture.participants() == ["1", "2", "3", "4"])
  }

  @Test("Many at once on one checkpoint lose nothing, and the next run finds nothing left to do")
  func concurrent() async throws {
    let fixture = RunFixture()
    fixture.put("0", .of("0"))
    try await fixture.run()
    fixture.advance(seconds: 1)
    let count = 24
    for index in 1...count { fixture.put("\(index)", .of("\(index)")) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 1...count {
        group.addTask {
          let outcome = try await fixture.merge(.keys(["log-\(index).json"])) {
            $0.budget = .seconds(60)
          }
          #expect(outcome.undone.isEmpty)
          #expect(outcome.summary.stateError == nil)
        }
      }
      try await group.waitForAll()
    }
    #expect(
      try await fixture.participants() == (0...count).map { "\($0)" }.sorted())
    let reads = fixture.source.operations.count
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(summary.warnings.isEmpty)
    #expect(fixture.reads(since: reads) == 0)
  }

  @Test("Notifications while a run lists, reads and merges cost it nothing")
  func besidesARun() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    try await fixture.run()
    fixture.advance(seconds: 60)
    fixture.put("2", .of("2"))
    fixture.put("3", .of("3"))
    // As the run reads log-2, somebody else merges log-3.
    let source = Interrupted(fixture.source, at: "log-2.json") {
      _ = try await fixture.merge(.keys(["log-3.json"]))
    }
    let summary = try await CheckpointRun(
      source: source, checkpoints: fixture.target,
      configuration: try fixture.configuration("out/{study}/events.parquet"),
      environment: RunEnvironment(elapsed: { .zero }, random: { 0.5 }, sleep: { _ in })
    ).execute()
    #expect(summary.complete)
    #expect(try await fixture.participants() == ["1", "2", "3"])
    let reads = fixture.source.operations.count
    let again = try await fixture.run()
    #expect(again.warnings.isEmpty)
    #expect(fixture.reads(since: reads) == 0)
  }

  @Test("An older version restored in between is not taken for one that came from the newer")
  func restored() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    try await fixture.run { $0.overlap = .zero }
    let old = try #require(fixture.target.peek("out/adrc/events.parquet"))
    fixture.advance(seconds: 60)
    fixture.put("2", .of("2"))
    try await fixture.merge(.keys(["log-2.json"]))
    fixture.target.poke("out/adrc/events.parquet", old)
    fixture.put("3", .of("3"))
    try await fixture.merge(.keys(["log-3.json"]))
    #expect(try await fixture.participants() == ["1", "3"])
    let summary = try await fixture.run { $0.overlap = .zero }
    #expect(summary.warnings.contains { $0.contains("written by somebody else") })
    #expect(try await fixture.participants() == ["1", "2", "3"])
  }

  @Test("A rebuild from the sources only keeps what came in after its listing")
  func besidesARebuild() async throws {
    let fixture = RunFixture()
    for name in ["1", "2"] { fixture.put(name, .of(name)) }
    try await fixture.run()
    fixture.advance(seconds: 3600)
    fixture.source.remove("log-1.json")
    let source = Interrupted(fixture.source, at: "log-2.json") {
      fixture.put("3", .of("3"))
      _ = try await fixture.merge(.keys(["log-3.json"]))
    }
    var configuration = try fixture.configuration("out/{study}/events.parquet")
    configuration.rebuilds = true
    configuration.onlySources = true
    _ = try await CheckpointRun(
      source: source, checkpoints: fixture.target, configuration: configuration,
      environment: RunEnvironment(elapsed: { .zero }, random: { 0.5 }, sleep: { _ in })
    ).execute()
    #expect(try await fixture.participants() == ["2", "3"])
  }

  @Test("Without source_modified the next run puts in order what came out of order")
  func withoutSourceModified() async throws {
    let fixture = RunFixture()
    let schema = EventSchema.visitEvent.withoutSourceModified()
    func change(_ configuration: inout RunConfiguration) { configuration.schema = schema }
    fixture.put("0", .of("0"))
    try await fixture.run("out/events.parquet", change)
    fixture.advance(seconds: 3600)
    try await fixture.run("out/events.parquet", change)
    fixture.advance(seconds: 60)
    var event = TestEvent.of("1")
    event.packet = "I"
    fixture.put("old", event)
    fixture.advance(seconds: 60)
    event.packet = "F"
    fixture.put("new", event)
    try await fixture.merge(.keys(["log-new.json"]), "out/events.parquet", change)
    try await fixture.merge(.keys(["log-old.json"]), "out/events.parquet", change)
    try await fixture.run("out/events.parquet", change)
    let bytes = try #require(fixture.target.peek("out/events.parquet"))
    let batch = try await CheckpointFile.decode(bytes, schema: schema).batch
    let packets = batch.columns[try #require(schema.index(of: "packet"))]
    #expect((0..<batch.count).map { packets.string(at: $0) } == [nil, "F"])
  }

  @Test("A prefix selects what lies under it and is not done")
  func prefix() async throws {
    let fixture = RunFixture()
    for name in ["a/log-1.json", "a/log-2.json", "b/log-3.json"] {
      fixture.source.poke(name, TestEvent.of(String(name.dropFirst(6).prefix(1))).bytes)
    }
    try await fixture.run()
    fixture.advance(seconds: 60)
    fixture.source.poke("a/log-4.json", TestEvent.of("4").bytes)
    fixture.source.poke("b/log-5.json", TestEvent.of("5").bytes)
    let reads = fixture.source.operations.count
    let outcome = try await fixture.merge(.prefix("a/"))
    #expect(outcome.summary.listed == 3)
    #expect(fixture.reads(since: reads) == 1)
    #expect(try await fixture.participants() == ["1", "2", "3", "4"])
    try await fixture.run()
    #expect(try await fixture.participants() == ["1", "2", "3", "4", "5"])
  }
}

@Suite("A run for some groups only")
struct OnlyGroupsTests {
  @Test("Only checkpoints of these groups are written, and nothing of the others is lost")
  func run() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    fixture.put("2", .of("2", study: "dvcid"))
    try await fixture.run()
    fixture.advance(seconds: 3600)
    fixture.put("3", .of("3"))
    fixture.put("4", .of("4", study: "dvcid"))
    let other = fixture.target.peek("out/dvcid/events.parquet")
    let summary = try await fixture.run { $0.onlyGroups = [["adrc", "form"]] }
    #expect(!summary.complete)
    #expect(summary.remaining == 1)
    #expect(fixture.target.peek("out/dvcid/events.parquet") == other)
    #expect(try await fixture.participants() == ["1", "2", "3"])
    fixture.advance(seconds: 7200)
    let rest = try await fixture.run()
    #expect(rest.complete)
    #expect(try await fixture.participants() == ["1", "2", "3", "4"])
  }

  @Test("A rebuild of one group puts right its checkpoint alone")
  func rebuild() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    fixture.put("2", .of("2", study: "dvcid"))
    try await fixture.run()
    let broken = Array("not Parquet".utf8)
    for key in ["out/adrc/events.parquet", "out/dvcid/events.parquet"] {
      fixture.target.poke(key, broken)
    }
    let summary = try await fixture.run {
      $0.rebuilds = true
      $0.onlyGroups = [["adrc", "form"]]
    }
    #expect(summary.failedGroups.isEmpty)
    #expect(fixture.target.peek("out/dvcid/events.parquet") == broken)
    let bytes = try #require(fixture.target.peek("out/adrc/events.parquet"))
    #expect(try await CheckpointFile.decode(bytes, schema: .visitEvent).batch.count == 1)
    let next = try await fixture.run()
    #expect(next.failedGroups.map(\.checkpointKey) == ["out/dvcid/events.parquet"])
  }

  @Test("Going over to another key template with some groups only is refused")
  func migration() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    try await fixture.run()
    await #expect(throws: RunError.self) {
      try await fixture.run("out/{study}-{datatype}.parquet") {
        $0.rebuilds = true
        $0.onlyGroups = [["adrc", "form"]]
      }
    }
  }
}

/// A store in which something happens when an object is read.
private struct Interrupted: ObjectStore {
  let base: any ObjectStore
  let key: String
  let action: @Sendable () async throws -> Void

  init(
    _ base: any ObjectStore, at key: String, _ action: @escaping @Sendable () async throws -> Void
  ) {
    self.base = base
    self.key = key
    self.action = action
  }

  var identity: String { base.identity }

  func list(_ request: ListRequest, _ onPage: (ListingPage) async throws -> Void) async throws {
    try await base.list(request, onPage)
  }

  func get(
    _ key: String, range: Range<Int>?, ifMatch match: ETag?, limit: Int
  ) async throws -> StoredObject {
    if key == self.key { try await action() }
    return try await base.get(key, range: range, ifMatch: match, limit: limit)
  }

  func head(_ key: String) async throws -> ObjectMetadata { try await base.head(key) }

  func put(_ key: String, bytes: [UInt8], condition: PutCondition) async throws -> ETag {
    try await base.put(key, bytes: bytes, condition: condition)
  }

  func delete(_ key: String) async throws { try await base.delete(key) }
}
