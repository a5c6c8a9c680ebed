import EventLogModel
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import CheckpointCore

@Suite("A backfill in batches")
struct BackfillTests {
  private static let template = "out/{study}/events.parquet"

  private func backfill(
    _ fixture: RunFixture, target: (any ObjectStore)? = nil, id: String = "first",
    _ change: (inout RunConfiguration) -> Void = { _ in }
  ) throws -> Backfill {
    var configuration = try fixture.configuration(Self.template)
    change(&configuration)
    return try Backfill(
      source: fixture.source, checkpoints: target ?? fixture.target, configuration: configuration,
      id: id,
      environment: RunEnvironment(
        elapsed: { .zero }, random: { Double.random(in: 0..<1) },
        sleep: { _ in try await Task.sleep(for: .milliseconds(1)) }))
  }

  /// A source with everything that there may be: versions, sandbox events, refused objects, others.
  private func fixture(seed: UInt64, count: Int = 60) -> RunFixture {
    let fixture = RunFixture()
    var random = SplitMix64(seed: seed)
    for index in 0..<count {
      if index % 9 == 0 { fixture.advance(seconds: 700) }
      switch random.below(12) {
      case 0: fixture.source.poke("log-\(index).json", Array("{}".utf8))
      case 1: fixture.source.poke("notes-\(index).txt", [1])
      case 2:
        var event = TestEvent.random(&random)
        event.project = "sandbox-x"
        fixture.put("\(index)", event)
      default: fixture.put("\(index)", TestEvent.random(&random))
      }
    }
    return fixture
  }

  /// The same source, and no checkpoints.
  private func twin(_ fixture: RunFixture) -> RunFixture {
    RunFixture(source: fixture.source)
  }

  /// What the state says, apart from the versions of the files.
  private func plain(_ fixture: RunFixture) throws -> CheckpointState {
    var state = try fixture.state()
    for index in state.checkpoints.indices { state.checkpoints[index].eTag = nil }
    return state
  }

  @Test("All is as if one run had done it", arguments: [UInt64(1), 2, 3, 4])
  func equalsARun(seed: UInt64) async throws {
    let fixture = fixture(seed: seed)
    let whole = twin(fixture)
    let expected = try await whole.run(Self.template)
    let plan = try await backfill(fixture).plan(batchSize: 7)
    #expect(plan.batches.count == (plan.objects + 6) / 7)
    for batch in plan.batches.shuffled() {
      _ = try await backfill(fixture).work(batch: batch)
    }
    // Small rounds, and one invocation for each.
    var outcome = try await backfill(fixture) { $0.roundObjects = 10 }.merge()
    #expect(outcome.isFinished)
    #expect(outcome.summary.complete == expected.complete)
    #expect(outcome.summary.totalEvents == expected.totalEvents)
    #expect(outcome.summary.filteredEvents == expected.filteredEvents)
    #expect(outcome.summary.refused == expected.refused)
    #expect(try await fixture.rows().sorted() == whole.rows().sorted())
    #expect(try plain(fixture) == plain(whole))
    for key in fixture.target.keys where key.hasSuffix("events.parquet") {
      let bytes = try #require(fixture.target.peek(key))
      let mark = try await CheckpointFile.decode(bytes, schema: .visitEvent).mark
      #expect(mark?.completeUntil == (try fixture.state().completeUntil))
    }
    // What was of use to the steps alone is gone, and all may be asked for again.
    #expect(
      fixture.target.keys.filter { $0.contains("_backfill") }
        == ["out/_backfill/first/merged.json", "out/_backfill/first/plan.json"])
    let contents = fixture.contents()
    outcome = try await backfill(fixture).merge()
    #expect(outcome.isFinished)
    #expect(outcome.summary.complete == expected.complete)
    #expect(fixture.contents() == contents)
    // And the next run has nothing to do.
    let reads = fixture.source.operations.count
    let next = try await fixture.run(Self.template)
    #expect(fixture.reads(since: reads) == 0)
    #expect(next.warnings.isEmpty)
    #expect(fixture.contents() == contents)
  }

  @Test("Planning and working twice, and merging many times at once, change nothing")
  func repeated() async throws {
    let fixture = fixture(seed: 5)
    let plan = try await backfill(fixture).plan(batchSize: 5)
    fixture.put("later", .of("later"))
    #expect(try await backfill(fixture).plan(batchSize: 50) == plan)
    for batch in plan.batches {
      let first = try await backfill(fixture).work(batch: batch)
      let second = try await backfill(fixture).work(batch: batch)
      #expect(!first.wasDone)
      #expect(second.wasDone)
      #expect(first.summary == second.summary)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let outcome = try await backfill(fixture) {
            $0.roundObjects = 8
            $0.budget = .seconds(60)
          }.merge()
          #expect(outcome.isFinished)
        }
      }
      try await group.waitForAll()
    }
    try await fixture.run(Self.template)
    let whole = twin(fixture)
    try await whole.run(Self.template)
    #expect(try await fixture.rows().sorted() == whole.rows().sorted())
  }

  @Test("All steps of a backfill that is finished may be asked for again, and find nothing to do")
  func finished() async throws {
    let fixture = fixture(seed: 5)
    let first = try await backfill(fixture).plan(batchSize: 5)
    for batch in first.batches { _ = try await backfill(fixture).work(batch: batch) }
    #expect(try await backfill(fixture).merge().isFinished)
    fixture.put("later", .of("later"))
    let checkpoints = fixture.contents().filter { $0.key.hasSuffix("events.parquet") }
    for _ in 0..<2 {
      let plan = try await backfill(fixture).plan(batchSize: 5)
      #expect(plan.batches.isEmpty)
      #expect(plan.objects == 0)
      let manifest = try #require(fixture.target.peek(plan.manifest))
      #expect(try JSONDecoder().decode([[String: String]].self, from: Data(manifest)).isEmpty)
      // Somebody works on the batches of an execution that began earlier.
      for batch in first.batches {
        let outcome = try await backfill(fixture).work(batch: batch)
        #expect(outcome.wasDone)
        #expect(outcome.summary.fetched == 0)
      }
      #expect(try await backfill(fixture).merge().isFinished)
    }
    #expect(fixture.contents().filter { $0.key.hasSuffix("events.parquet") } == checkpoints)
    await #expect(throws: RunError.self) {
      try await backfill(fixture).work(batch: "out/_backfill/first/batch-no.json")
    }
  }

  @Test("A process that dies at any write costs nothing but time", arguments: 0..<14)
  func crashes(at crash: Int) async throws {
    let fixture = fixture(seed: 6, count: 24)
    let writes = Mutex(0)
    struct Death: Error {}
    fixture.target.beforeEffect = { operation in
      guard operation.kind == .put || operation.kind == .delete else { return }
      let number = writes.withLock { count in
        count += 1
        return count
      }
      if number % 15 == crash { throw Death() }
    }
    func persistent<Value>(_ body: () async throws -> Value) async throws -> Value {
      for _ in 0..<20 {
        do { return try await body() } catch is Death { continue }
      }
      throw Death()
    }
    let plan = try await persistent { try await backfill(fixture).plan(batchSize: 5) }
    for batch in plan.batches {
      _ = try await persistent { try await backfill(fixture).work(batch: batch) }
    }
    let outcome = try await persistent {
      for _ in 0..<20 {
        let outcome = try await backfill(fixture) { $0.roundObjects = 6 }.merge()
        // A checkpoint that could not be written is a failed group.
        if outcome.isFinished { return outcome }
      }
      throw Death()
    }
    #expect(outcome.isFinished)
    fixture.target.beforeEffect = nil
    let whole = twin(fixture)
    try await whole.run(Self.template)
    _ = try await backfill(fixture).merge()
    #expect(!fixture.target.keys.contains { $0.contains("/partial-") })
    #expect(try await fixture.rows().sorted() == whole.rows().sorted())
    #expect(try plain(fixture) == plain(whole))
  }

  @Test("What cannot be read is left for the runs after the backfill")
  func unreadable() async throws {
    let fixture = RunFixture()
    for name in ["1", "2", "3"] { fixture.put(name, .of(name)) }
    fixture.advance(seconds: 7200)
    fixture.source.beforeEffect = { operation in
      if operation.key == "log-2.json", operation.kind == .get {
        throw ObjectStoreError(.unavailable, "Slow down.")
      }
    }
    let plan = try await backfill(fixture).plan()
    _ = try await backfill(fixture).work(batch: plan.batches[0])
    let outcome = try await backfill(fixture).merge()
    #expect(outcome.isFinished)
    #expect(!outcome.summary.complete)
    #expect(outcome.summary.remaining == 1)
    #expect(try fixture.state().toRetry.map(\.key) == ["log-2.json"])
    fixture.source.beforeEffect = nil
    try await fixture.run(Self.template)
    #expect(try await fixture.participants() == ["1", "2", "3"])
  }

  @Test("A batch that nobody worked on is missed, and the state stays away")
  func missing() async throws {
    let fixture = fixture(seed: 7)
    let plan = try await backfill(fixture).plan(batchSize: 20)
    for batch in plan.batches.dropFirst() {
      _ = try await backfill(fixture).work(batch: batch)
    }
    let outcome = try await backfill(fixture).merge()
    #expect(!outcome.isFinished)
    #expect(outcome.batchesMissing == 1)
    #expect(outcome.partialsLeft == 0)
    #expect(fixture.target.peek("out/_state.json") == nil)
    _ = try await backfill(fixture).work(batch: plan.batches[0])
    #expect(try await backfill(fixture).merge().isFinished)
    let whole = twin(fixture)
    try await whole.run(Self.template)
    #expect(try await fixture.rows().sorted() == whole.rows().sorted())
  }

  @Test("A checkpoint that somebody replaces in between is merged into once more")
  func replaced() async throws {
    let fixture = fixture(seed: 8)
    let plan = try await backfill(fixture).plan(batchSize: 10)
    for batch in plan.batches.dropLast() {
      _ = try await backfill(fixture).work(batch: batch)
    }
    _ = try await backfill(fixture).merge()
    let key = try #require(fixture.target.keys.first { $0.hasSuffix("events.parquet") })
    fixture.target.remove(key)
    _ = try await backfill(fixture).work(batch: try #require(plan.batches.last))
    #expect(try await backfill(fixture).merge().isFinished)
    let whole = twin(fixture)
    try await whole.run(Self.template)
    #expect(try await fixture.rows().sorted() == whole.rows().sorted())
  }

  @Test("A damaged checkpoint fails its groups, and the merge is not finished")
  func damaged() async throws {
    let fixture = RunFixture()
    fixture.put("1", .of("1"))
    fixture.put("2", .of("2", study: "dvcid"))
    fixture.target.poke("out/adrc/events.parquet", Array("not Parquet".utf8))
    let plan = try await backfill(fixture).plan()
    _ = try await backfill(fixture).work(batch: plan.batches[0])
    let outcome = try await backfill(fixture).merge()
    #expect(!outcome.isFinished)
    #expect(outcome.summary.failedGroups.map(\.checkpointKey) == ["out/adrc/events.parquet"])
    #expect(fixture.target.peek("out/adrc/events.parquet") == Array("not Parquet".utf8))
    #expect(fixture.target.peek("out/_state.json") == nil)
  }

  @Test("Steps that do not fit are refused with a sentence")
  func misuse() async throws {
    let fixture = fixture(seed: 9, count: 9)
    for id in ["", "a/b", "..", "ä", String(repeating: "x", count: 81)] {
      #expect(throws: RunError.self) { try backfill(fixture, id: id) }
    }
    await #expect(throws: RunError.self) { try await backfill(fixture).merge() }
    await #expect(throws: RunError.self) { try await backfill(fixture).plan(batchSize: 0) }
    let plan = try await backfill(fixture).plan(batchSize: 4)
    for batch in [
      "", "out/_backfill/first/plan.json", plan.batches[0] + "x",
      "out/_backfill/other/batch-1.json",
      plan.batches[0].replacing("000001", with: "999999"), plan.manifest,
    ] {
      await #expect(throws: RunError.self) { try await backfill(fixture).work(batch: batch) }
    }
    await #expect(throws: RunError.self) {
      try await backfill(fixture) { $0.unknownFields = .ignore }.work(batch: plan.batches[0])
    }
    fixture.target.poke(plan.batches[0], Array("{".utf8))
    await #expect(throws: RunError.self) {
      try await backfill(fixture).work(batch: plan.batches[0])
    }
  }
}
