import EventLogModel
import TestSupport
import Testing

@testable import CheckpointCore

@Suite("A run")
struct RunTests {
  @Test("The first run makes the checkpoints, the second one changes nothing")
  func twice() async throws {
    let fixture = RunFixture()
    for index in 0..<20 {
      fixture.put("\(index)", .of("p\(index)", study: index % 3 == 0 ? "dvcid" : "adrc"))
    }
    fixture.source.poke("notes.txt", [1])
    fixture.source.poke("sub/log-x.json", TestEvent.of("sub").bytes)
    fixture.source.poke("log-.jsonx", [1])
    let first = try await fixture.run()
    #expect(first.listed == 23)
    #expect(first.ignored == 2)
    #expect(first.fetched == 21)
    #expect(first.totalEvents == 21)
    #expect(first.complete)
    #expect(first.exitStatus() == 0)
    #expect(
      first.successfulGroups.map { [$0.values[0], "\($0.events)", "\($0.rows)", $0.checkpointKey] }
        == [
          ["adrc", "14", "14", "out/adrc/events.parquet"],
          ["dvcid", "7", "7", "out/dvcid/events.parquet"],
        ])
    #expect(try await fixture.participants().count == 21)

    let before = fixture.contents()
    let operations = fixture.source.operations.count
    let second = try await fixture.run()
    #expect(fixture.contents() == before)
    #expect(fixture.reads(since: operations) == 0)
    #expect(second.fetched == 0)
    #expect(second.groupsProcessed == 0)
    #expect(second.rows == 21)
    #expect(second.checkpoints == 2)
    #expect(second.complete)

    // Once the overlap has passed, the list of what was seen shrinks, and then all is still.
    fixture.advance(seconds: 3600)
    try await fixture.run()
    #expect(try fixture.state().seen.isEmpty)
    let settled = fixture.contents()
    fixture.advance(seconds: 3600)
    try await fixture.run()
    #expect(fixture.contents() == settled)
    #expect(fixture.reads(since: operations) == 0)
  }

  @Test("New, changed and late objects are picked up, whatever their event time")
  func increments() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    try await fixture.run()
    fixture.advance(seconds: 5)
    var old = TestEvent.of("b")
    old.timestamp = "1999-01-01T00:00:00Z"
    fixture.put("b", old)
    // Becomes visible later than it says.
    fixture.source.poke(
      "log-c.json", TestEvent.of("c").bytes,
      lastModified: Timestamp(
        microsecondsSinceEpoch: RunFixture.start.microsecondsSinceEpoch - 600_000_000))
    let second = try await fixture.run()
    #expect(second.fetched == 2)
    #expect(try await fixture.participants() == ["a", "b", "c"])

    fixture.advance(seconds: 3600)
    var changed = TestEvent.of("a")
    changed.packet = "I"
    fixture.put("a", changed)
    let third = try await fixture.run()
    #expect(third.successfulGroups.map(\.events) == [1])
    #expect(try await fixture.participants() == ["a", "b", "c"])
    #expect(try await fixture.rows().compactMap { $0.string("packet") } == ["I"])
  }

  @Test("A change within the resolution of the clock is picked up")
  func sameSecond() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    try await fixture.run()
    fixture.put("a", .of("b"))
    try await fixture.run()
    #expect(try await fixture.participants() == ["a", "b"])
  }

  @Test("Objects that vanish between listing and reading are counted and said")
  func vanished() async throws {
    let fixture = RunFixture()
    for name in ["a", "b", "c"] { fixture.put(name, .of(name)) }
    let source = fixture.source
    source.beforeEffect = { operation in
      if operation.kind == .get, operation.key == "log-b.json" { source.remove("log-b.json") }
    }
    let summary = try await fixture.run()
    #expect(summary.vanished == 1)
    #expect(summary.complete)
    #expect(summary.warnings.contains { $0.contains("log-b.json") })
    #expect(try await fixture.participants() == ["a", "c"])
  }

  @Test("Garbage, empty and invalid objects are refused, recorded once, and the rest goes on")
  func refused() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    fixture.source.poke("log-garbage.json", Array("{\"action\": ".utf8))
    fixture.source.poke("log-empty.json", [])
    fixture.source.poke("log-large.json", [UInt8](repeating: 0x20, count: 2 << 20))
    var invalid = TestEvent.of("x")
    invalid.ptid = "longer than ten"
    fixture.put("invalid", invalid)
    fixture.source.skipped = [SkippedEntry(key: "log-d.json", reason: "It is a directory.")]
    let summary = try await fixture.run()
    #expect(summary.refused == 4)
    #expect(summary.complete)
    #expect(summary.exitStatus() == 0)
    #expect(summary.exitStatus(strict: true) == 2)
    #expect(summary.warnings.contains { $0.contains("log-d.json") })
    #expect(try await fixture.participants() == ["a"])
    #expect(try fixture.state().refused == 4)
    let records = fixture.target.keys.filter { $0.hasPrefix("out/_refused/") }
    #expect(records.count == 1)
    let record = try #require(fixture.target.peek(records.first ?? ""))
    let text = String(decoding: record, as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 4)
    for name in ["garbage", "empty", "large", "invalid"] {
      #expect(lines.contains { $0.contains("\"log-\(name).json\"") && $0.contains("\"faults\"") })
    }
    // Recording them anew changes nothing.
    fixture.target.remove("out/_state.json")
    try await fixture.run()
    #expect(fixture.target.keys.filter { $0.hasPrefix("out/_refused/") } == records)
    // What is put right is taken up.
    fixture.put("invalid", .of("x"))
    try await fixture.run()
    #expect(try await fixture.participants() == ["a", "x"])
  }

  @Test("Refusals that cannot be recorded are tried again")
  func refusalsNotRecorded() async throws {
    let fixture = RunFixture()
    fixture.source.poke("log-bad.json", [1])
    fixture.target.beforeEffect = { operation in
      if operation.kind == .put, operation.key.contains("_refused") {
        throw ObjectStoreError(.accessDenied, "No.")
      }
    }
    let summary = try await fixture.run()
    #expect(!summary.complete)
    #expect(try fixture.state().toRetry.map(\.key) == ["log-bad.json"])
    fixture.target.beforeEffect = nil
    fixture.advance(seconds: 7200)
    let second = try await fixture.run()
    #expect(second.refused == 1)
    #expect(second.complete)
    #expect(try fixture.state().toRetry.isEmpty)
  }

  @Test("Unreadable objects are tried again, even long after the overlap")
  func unreadable() async throws {
    let fixture = RunFixture()
    for name in ["a", "b"] { fixture.put(name, .of(name)) }
    fixture.source.beforeEffect = { operation in
      if operation.kind == .get, operation.key == "log-b.json" {
        throw ObjectStoreError(.unavailable, "Slow down.")
      }
    }
    let first = try await fixture.run()
    #expect(first.unreadable == 1)
    #expect(first.remaining == 1)
    #expect(!first.complete)
    fixture.advance(seconds: 7200)
    fixture.put("c", .of("c"))
    try await fixture.run()
    let retry = try #require(try fixture.state().toRetry.first)
    #expect(retry.attempts == 2)
    #expect(retry.lastError == "Slow down.")
    fixture.source.beforeEffect = nil
    fixture.advance(seconds: 7200)
    let third = try await fixture.run()
    #expect(third.complete)
    #expect(try await fixture.participants() == ["a", "b", "c"])
    #expect(try fixture.state().toRetry.isEmpty)
  }

  @Test("A retried older version does not undo a correction that came after it")
  func lateRetry() async throws {
    let fixture = RunFixture()
    fixture.put("old", .of("a"))
    fixture.source.beforeEffect = { operation in
      if operation.kind == .get, operation.key == "log-old.json" {
        throw ObjectStoreError(.unavailable, "Slow down.")
      }
    }
    try await fixture.run()
    fixture.advance(seconds: 60)
    var corrected = TestEvent.of("a")
    corrected.packet = "A"
    fixture.put("new", corrected)
    try await fixture.run()
    fixture.source.beforeEffect = nil
    try await fixture.run()
    #expect(try await fixture.rows().map { $0.string("packet") } == ["A"])
  }

  @Test("Sandbox events are left out and counted")
  func sandbox() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    var event = TestEvent.of("b")
    event.project = "sandbox-x"
    fixture.put("b", event)
    let summary = try await fixture.run()
    #expect(summary.totalEvents == 2)
    #expect(summary.filteredEvents == 1)
    #expect(try await fixture.participants() == ["a"])
  }

  @Test("A dry run writes nothing and says what it would do")
  func dryRun() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    fixture.source.poke("log-bad.json", [1])
    let summary = try await fixture.run { $0.isDryRun = true }
    #expect(fixture.target.keys.isEmpty)
    #expect(fixture.target.operations.allSatisfy { $0.kind != .put && $0.kind != .delete })
    #expect(summary.successfulGroups.map(\.events) == [1])
    #expect(summary.refused == 1)
    #expect(!summary.complete)

    let directory = try TemporaryDirectory()
    let target = FileObjectStore(path: directory.path + "/out", createsDirectory: true)
    var configuration = try fixture.configuration("{study}.parquet")
    configuration.isDryRun = true
    _ = try await CheckpointRun(
      source: fixture.source, checkpoints: target, configuration: configuration
    ).execute()
    #expect(try directory.contents().isEmpty)
  }

  @Test("One file per year, with one entry per file in the summary")
  func years() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    var event = TestEvent.of("b")
    event.timestamp = "2023-12-31T23:30:00-01:00"
    fixture.put("b", event)
    event.ptid = "c"
    event.timestamp = "2023-12-31T23:30:00Z"
    fixture.put("c", event)
    let summary = try await fixture.run("out/{year}.parquet")
    #expect(
      summary.successfulGroups.map { "\($0.checkpointKey) \($0.rows)" }
        == ["out/2023.parquet 1", "out/2024.parquet 2"])
  }

  @Test("Progress ends, and tells of all phases")
  func progress() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    let run = CheckpointRun(
      source: fixture.source, checkpoints: fixture.target,
      configuration: try fixture.configuration("out/x.parquet"))
    _ = try await run.execute()
    var values: [RunProgress] = []
    for await value in run.progress { values.append(value) }
    #expect(values.last == .finished)
    #expect(values.contains(.listing(objects: 1)))
    #expect(values.contains(.fetching(done: 1, total: 1)))
    #expect(values.contains(.committing(done: 1, total: 1)))
  }

  @Test("The summary is JSON with the names that the command documents, in their order")
  func json() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    let text = try await fixture.run("out/x.parquet").json.text
    #expect(
      text.hasPrefix(
        """
        {"listed":1,"ignored":0,"fetched":1,"total_events":1,"filtered_events":0,"refused":0,\
        "groups_processed":1,"groups_failed":0,"successful_groups":[{"study":"adrc",\
        "datatype":"form","events":1,"rows":1,"checkpoint_key":"out/x.parquet"}],\
        "failed_groups":[],"complete":true,"remaining":0,"duration_ms":0,
        """))
  }

  @Test("Random histories of runs end in what an independent reading of the objects says")
  func randomHistories() async throws {
    for seed in 0..<60 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let fixture = RunFixture(resolution: random.pick([1, 1_000_000]))
      let template = random.pick([
        "out/x.parquet", "out/{study}/{datatype}.parquet", "out/{year}.parquet",
      ])
      var model = PlainCheckpoint()
      var number = 0
      // Every run merges what lies in the source at its time, and keeps what it merged before.
      func runOnce() async throws {
        for key in fixture.source.keys {
          let metadata = try await fixture.source.head(key)
          var batch = EventBatch(schema: .visitEvent)
          var decoder = EventDecoder(schema: .visitEvent)
          _ = try decoder.decode(
            try #require(fixture.source.peek(key)), sourceModified: metadata.lastModified,
            into: &batch)
          for row in batch.plainRows { model.add(row) }
        }
        let summary = try await fixture.run(template)
        #expect(summary.complete, "seed \(seed)")
      }
      for _ in 0..<(1 + random.below(5)) {
        for _ in 0..<random.below(15) {
          // Sometimes over an earlier object; the row that was merged from that one stays.
          let name = number > 0 && random.below(4) == 0 ? random.below(number) : number
          number += 1
          fixture.put("\(name)", TestEvent.random(&random))
          if random.below(3) == 0 { fixture.advance(seconds: random.below(3)) }
          if random.below(6) == 0 { try await runOnce() }
        }
        try await runOnce()
        fixture.advance(seconds: random.pick([0, 1, 1000]))
      }
      let order = EventSchema.visitEvent.order
      let rows = try await fixture.rows().sorted { $0.take(order) < $1.take(order) }
      #expect(rows == model.ordered, "seed \(seed)")
    }
  }
}
