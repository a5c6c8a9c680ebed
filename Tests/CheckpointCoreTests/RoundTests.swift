import EventLogModel
import ParquetKit
import Synchronization
import Testing

@testable import CheckpointCore

/// A clock that moves when somebody looks at it or waits on it.
final class ManualClock: Sendable {
  private let now = Mutex(Duration.zero)

  func advance(_ duration: Duration) { now.withLock { $0 += duration } }

  /// Waiting takes no time, except for who waits for the end of reading: that is the test's to say.
  var environment: RunEnvironment {
    RunEnvironment(
      elapsed: { self.now.withLock { $0 } }, random: { 0.5 },
      sleep: { duration in
        let end = self.now.withLock { $0 } + duration
        while self.now.withLock({ $0 }) < end {
          try await Task.sleep(for: .milliseconds(2))
        }
      })
  }
}

@Suite("Rounds and deadlines")
struct RoundTests {
  private func fixture(_ count: Int) -> RunFixture {
    let fixture = RunFixture()
    for index in 0..<count {
      fixture.put("\(index)", .of("p\(index)", study: index % 2 == 0 ? "adrc" : "dvcid"))
      if index % 3 == 0 { fixture.advance(seconds: 7) }
    }
    return fixture
  }

  @Test("A backfill in many rounds ends like one in a single round", arguments: [1, 3, 10])
  func manyRounds(objects: Int) async throws {
    let whole = fixture(31)
    let first = try await whole.run()
    let parts = fixture(31)
    let second = try await parts.run { $0.roundObjects = objects }
    #expect(try await parts.rows() == whole.rows())
    #expect(try parts.state().seen == whole.state().seen)
    #expect(try parts.state().completeUntil == whole.state().completeUntil)
    #expect(first.successfulGroups == second.successfulGroups)
    #expect(second.complete && second.remaining == 0 && second.fetched == 31)
    let puts = parts.target.operations.count {
      $0.isWrite && $0.key == "out/_state.json"
    }
    #expect(puts > 1)
    let before = parts.contents()
    try await parts.run { $0.roundObjects = objects }
    #expect(parts.contents() == before)
  }

  @Test("A round ends when it holds enough bytes")
  func roundBytes() async throws {
    let fixture = fixture(20)
    let summary = try await fixture.run {
      $0.roundBytes = 1000
      $0.concurrency = 1
    }
    #expect(summary.complete)
    #expect(try await fixture.participants().count == 20)
    #expect(
      fixture.target.operations.count { $0.kind == .put && $0.key == "out/_state.json" } > 3)
  }

  @Test("More objects than can be planned from one listing are read after another one")
  func planBound() async throws {
    let fixture = fixture(40)
    let summary = try await fixture.run { $0.plannedObjects = 9 }
    #expect(summary.complete)
    #expect(summary.remaining == 0)
    #expect(summary.fetched >= 40)
    #expect(try await fixture.participants().count == 40)
    let before = fixture.contents()
    try await fixture.run()
    #expect(fixture.contents() == before)
  }

  @Test("A crash after any write costs a round at most, and nothing is lost")
  func crashes() async throws {
    let uncut = fixture(15)
    try await uncut.run { $0.roundObjects = 5 }
    let writes = uncut.target.operations.count { $0.isWrite }
    for crash in 0..<writes {
      for isAfter in [false, true] {
        let fixture = fixture(15)
        let counter = Counter()
        let hook: MemoryObjectStore.Hook = { operation in
          if operation.isWrite, counter.next() == crash { throw CancellationError() }
        }
        if isAfter {
          fixture.target.afterEffect = hook
        } else {
          fixture.target.beforeEffect = hook
        }
        await #expect(throws: CancellationError.self) {
          try await fixture.run { $0.roundObjects = 5 }
        }
        fixture.target.beforeEffect = nil
        fixture.target.afterEffect = nil
        let summary = try await fixture.run { $0.roundObjects = 5 }
        #expect(summary.complete, "crash \(crash)")
        #expect(try await fixture.rows() == uncut.rows(), "crash \(crash)")
        let before = fixture.contents()
        try await fixture.run()
        #expect(fixture.contents() == before, "crash \(crash)")
      }
    }
  }

  @Test("A version restored between two rounds does not lose what the first one merged")
  func restoredBetweenRounds() async throws {
    let fixture = fixture(4)
    try await fixture.run()
    let key = "out/adrc/events.parquet"
    let old = try #require(fixture.target.peek(key))
    fixture.target.remove("out/_state.json")
    fixture.advance(seconds: 3600)
    for name in ["x", "y", "z"] {
      fixture.put(name, .of(name))
      fixture.advance(seconds: 5)
    }
    let target = fixture.target
    let first = Flag()
    fixture.source.beforeEffect = { operation in
      if operation.key == "log-z.json", first.take() { target.poke(key, old) }
    }
    try await fixture.run {
      $0.roundObjects = 2
      $0.concurrency = 1
    }
    fixture.advance(seconds: 3600)
    try await fixture.run()
    #expect(
      try await fixture.participants() == ["p0", "p1", "p2", "p3", "x", "y", "z"])
  }

  @Test("A run out of time commits what it has, says what is left, and the next goes on from there")
  func deadline() async throws {
    let fixture = fixture(30)
    let clock = ManualClock()
    fixture.source.beforeEffect = { operation in
      if operation.kind == .get { clock.advance(.seconds(1)) }
    }
    var configuration = try fixture.configuration("out/{study}/events.parquet")
    configuration.budget = .seconds(10)
    configuration.concurrency = 1
    configuration.roundObjects = 4
    var read = 0
    var runs = 0
    while true {
      let summary = try await CheckpointRun(
        source: fixture.source, checkpoints: fixture.target, configuration: configuration,
        environment: clock.environment
      ).execute()
      runs += 1
      read += summary.fetched
      #expect(summary.complete == (summary.remaining == 0))
      #expect(summary.remaining == 30 - read)
      #expect(try await fixture.participants().count == read)
      #expect(try fixture.state().toRetry.isEmpty)
      if summary.complete || runs > 20 { break }
      #expect(summary.warnings.contains { $0.contains("for want of time") })
      #expect(clock.environment.elapsed() <= .seconds(10 * runs))
    }
    // Eight of ten seconds are for reading; nothing is read twice.
    #expect(runs == 4)
    #expect(read == 30)
    #expect(fixture.reads(since: 0) == 30)
  }

  @Test("What hangs when time is up is given up, not counted as a failure, and read next time")
  func hangingObject() async throws {
    let fixture = fixture(6)
    let clock = ManualClock()
    fixture.source.beforeEffect = { operation in
      guard operation.kind == .get else { return }
      if operation.key == "log-2.json" {
        clock.advance(.seconds(60))
        try await Task.sleep(for: .seconds(3600))
      }
    }
    var configuration = try fixture.configuration("out/{study}/events.parquet")
    configuration.budget = .seconds(30)
    configuration.concurrency = 1
    let summary = try await CheckpointRun(
      source: fixture.source, checkpoints: fixture.target, configuration: configuration,
      environment: clock.environment
    ).execute()
    #expect(!summary.complete)
    #expect(summary.unreadable == 0)
    #expect(summary.remaining == 4)
    #expect(try await fixture.participants() == ["p0", "p1"])
    fixture.source.beforeEffect = nil
    #expect(try await fixture.run().complete)
    #expect(try await fixture.participants().count == 6)
  }

  @Test("Retries that time did not suffice for stay on the list, and hold nothing back")
  func deadlineBeforeRetries() async throws {
    let fixture = fixture(4)
    fixture.source.beforeEffect = { operation in
      if operation.kind == .get { throw ObjectStoreError(.unavailable, "Slow down.") }
    }
    try await fixture.run()
    #expect(try fixture.state().toRetry.map(\.attempts) == [1, 1, 1, 1])
    fixture.advance(seconds: 86_400)
    fixture.put("new", .of("new"))
    let clock = ManualClock()
    fixture.source.beforeEffect = { operation in
      guard operation.kind == .get else { return }
      clock.advance(.seconds(3))
      if operation.key == "log-1.json" {
        clock.advance(.seconds(60))
        try await Task.sleep(for: .seconds(3600))
      }
    }
    var configuration = try fixture.configuration("out/{study}/events.parquet")
    configuration.budget = .seconds(20)
    configuration.concurrency = 1
    let summary = try await CheckpointRun(
      source: fixture.source, checkpoints: fixture.target, configuration: configuration,
      environment: clock.environment
    ).execute()
    #expect(summary.remaining == 4 && !summary.complete)
    let state = try fixture.state()
    #expect(Set(state.toRetry.map(\.key)) == ["log-1.json", "log-2.json", "log-3.json"])
    #expect(state.toRetry.allSatisfy { $0.attempts == 1 && $0.lastError == "Slow down." })
    let start = RunFixture.start.microsecondsSinceEpoch
    #expect(try #require(state.completeUntil).microsecondsSinceEpoch > start + 80_000_000_000)
    fixture.source.beforeEffect = nil
    #expect(try await fixture.run().complete)
    #expect(try await fixture.participants() == ["new", "p0", "p1", "p2", "p3"])
  }

  @Test("Repairing a checkpoint is not forgotten when time runs out in the middle")
  func deadlineWhileRepairing() async throws {
    let fixture = fixture(12)
    try await fixture.run()
    fixture.advance(seconds: 86_400)
    fixture.put("late", .of("late"))
    try await fixture.run()
    // An empty checkpoint of long ago is restored: its mark says so.
    let key = "out/adrc/events.parquet"
    let bytes = try #require(fixture.target.peek(key))
    let mark = try #require(try await CheckpointFile.decode(bytes, schema: .visitEvent).mark)
    let early = CheckpointFile.Mark(
      completeUntil: Timestamp(
        microsecondsSinceEpoch: RunFixture.start.microsecondsSinceEpoch - 1), basis: mark.basis)
    fixture.target.poke(
      key,
      try await CheckpointFile.encode(
        EventBatch(schema: .visitEvent), mark: early, compression: .zstd))
    let clock = ManualClock()
    fixture.source.beforeEffect = { operation in
      if operation.kind == .get { clock.advance(.seconds(1)) }
    }
    var configuration = try fixture.configuration("out/{study}/events.parquet")
    configuration.budget = .seconds(5)
    configuration.concurrency = 1
    let cut = try await CheckpointRun(
      source: fixture.source, checkpoints: fixture.target, configuration: configuration,
      environment: clock.environment
    ).execute()
    #expect(!cut.complete)
    fixture.source.beforeEffect = nil
    #expect(try await fixture.run().complete)
    let expected = (0..<12).map { "p\($0)" } + ["late"]
    #expect(try await fixture.participants() == expected.sorted())
  }

  @Test("A listing that takes all the time is an error that says so, and nothing is done")
  func listingOutOfTime() async throws {
    let fixture = fixture(30)
    let clock = ManualClock()
    fixture.source.beforeEffect = { _ in clock.advance(.seconds(4)) }
    var configuration = try fixture.configuration("out/{study}/events.parquet")
    configuration.budget = .seconds(10)
    await #expect {
      _ = try await CheckpointRun(
        source: fixture.source, checkpoints: fixture.target, configuration: configuration,
        environment: clock.environment
      ).execute()
    } throws: { ($0 as? RunError)?.code == .outOfTime }
    #expect(fixture.target.keys.isEmpty)
  }

  @Test("A rebuild out of time replaces nothing")
  func rebuildOutOfTime() async throws {
    let fixture = fixture(10)
    try await fixture.run()
    let before = fixture.contents()
    let clock = ManualClock()
    fixture.source.beforeEffect = { operation in
      if operation.kind == .get { clock.advance(.seconds(1)) }
    }
    var configuration = try fixture.configuration("out/{study}/events.parquet")
    configuration.budget = .seconds(5)
    configuration.concurrency = 1
    configuration.rebuilds = true
    configuration.onlySources = true
    let summary = try await CheckpointRun(
      source: fixture.source, checkpoints: fixture.target, configuration: configuration,
      environment: clock.environment
    ).execute()
    #expect(!summary.complete)
    #expect(summary.remaining == 10)
    #expect(fixture.contents() == before)
  }

  @Test("What another run wrote to the state between two rounds is kept")
  func foreignStateBetweenRounds() async throws {
    let fixture = fixture(9)
    try await fixture.run { $0.roundObjects = 100 }
    fixture.advance(seconds: 3600)
    for name in ["x", "y", "z"] {
      fixture.put(name, .of(name))
      fixture.advance(seconds: 5)
    }
    // The other run could not read an object, and says so in the state between our rounds.
    var theirs = try fixture.state()
    theirs.toRetry = [
      .init(
        key: "log-0.json", lastModified: RunFixture.start, attempts: 1, lastError: "Slow down.")
    ]
    let bytes = try theirs.encoded()
    let target = fixture.target
    let first = Flag()
    fixture.source.beforeEffect = { operation in
      if operation.key == "log-z.json", first.take() { target.poke("out/_state.json", bytes) }
    }
    try await fixture.run {
      $0.roundObjects = 1
      $0.concurrency = 1
    }
    #expect(try fixture.state().toRetry.map(\.key) == ["log-0.json"])
    #expect(try await fixture.run().complete)
    #expect(try fixture.state().toRetry.isEmpty)
  }
}

@Suite("Archives and refusals")
struct ArchiveTests {
  private func freeze(_ fixture: RunFixture, _ name: String, isRestored: Bool = false) async throws
  {
    let key = "log-\(name).json"
    let modified = try await fixture.source.head(key).lastModified
    fixture.source.poke(
      key, fixture.source.peek(key) ?? [], lastModified: modified, storageClass: "DEEP_ARCHIVE",
      isRestored: isRestored)
  }

  @Test("Archived objects are counted and named, hold nothing back, and are read once restored")
  func archived() async throws {
    let fixture = RunFixture()
    for name in ["a", "b", "c"] {
      fixture.put(name, .of(name))
      fixture.advance(seconds: 60)
    }
    try await freeze(fixture, "a")
    let first = try await fixture.run()
    #expect(first.archived == 1)
    #expect(first.unreadable == 0)
    #expect(first.remaining == 0)
    #expect(!first.complete)
    #expect(first.warnings.contains { $0.contains("log-a.json") && $0.contains("archive") })
    #expect(fixture.source.operations.allSatisfy { $0.kind != .get || $0.key != "log-a.json" })
    #expect(try await fixture.participants() == ["b", "c"])
    #expect(try fixture.state().toRetry.isEmpty)
    fixture.advance(seconds: 86_400)
    let second = try await fixture.run()
    #expect(second.archived == 1 && !second.complete)
    // The mark has moved on all the same.
    fixture.put("d", .of("d"))
    let operations = fixture.source.operations.count
    try await fixture.run()
    #expect(fixture.reads(since: operations) == 1)

    // Restored for a time: same LastModified, same class.
    fixture.advance(seconds: 86_400)
    try await freeze(fixture, "a", isRestored: true)
    let third = try await fixture.run()
    #expect(third.complete && third.archived == 0)
    #expect(try await fixture.participants() == ["a", "b", "c", "d"])
    // When the restored copy is gone again, the event is in the checkpoint.
    try await freeze(fixture, "a")
    let fourth = try await fixture.run()
    #expect(fourth.complete && fourth.archived == 0)
  }

  @Test("A file does not vouch for what lay in an archive when it was written")
  func archivedAndLost() async throws {
    let fixture = RunFixture()
    let key = "out/adrc/events.parquet"
    fixture.put("a", .of("a"))
    fixture.advance(seconds: 60)
    fixture.put("b", .of("b"))
    fixture.advance(seconds: 86_400)
    try await fixture.run()
    try await freeze(fixture, "a")
    // Somebody writes the file anew, without a row whose object cannot be read now.
    let other = RunFixture()
    other.put("b", .of("b"))
    try await other.run()
    let rows = try await CheckpointFile.decode(
      try #require(other.target.peek(key)), schema: .visitEvent
    ).batch
    fixture.target.poke(key, try await CheckpointFile.encode(rows, mark: nil, compression: .snappy))
    // The run that notices dies before its state, and leaves a file that says until when it is
    // complete.
    fixture.target.beforeEffect = { operation in
      if operation.kind == .put, operation.key == "out/_state.json" { throw CancellationError() }
    }
    await #expect(throws: CancellationError.self) { try await fixture.run() }
    fixture.target.beforeEffect = nil
    let summary = try await fixture.run()
    #expect(summary.archived == 1 && !summary.complete)
    try await freeze(fixture, "a", isRestored: true)
    #expect(try await fixture.run().complete)
    #expect(try await fixture.participants() == ["a", "b"])
  }

  @Test("Objects that are archived after they were merged are none of a run's business")
  func archivedLater() async throws {
    let fixture = RunFixture()
    for name in ["a", "b"] { fixture.put(name, .of(name)) }
    try await fixture.run()
    fixture.advance(seconds: 86_400)
    try await fixture.run()
    for name in ["a", "b"] { try await freeze(fixture, name) }
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(summary.archived == 0)
    #expect(summary.warnings.isEmpty)
    // A rebuild cannot read them, says so, and keeps their rows.
    let rebuilt = try await fixture.run { $0.rebuilds = true }
    #expect(rebuilt.archived == 2)
    #expect(!rebuilt.complete)
    #expect(try await fixture.participants() == ["a", "b"])
  }

  @Test("An archive that only reading shows is retried, and told as an archive")
  func hiddenArchive() async throws {
    let fixture = RunFixture()
    for name in ["a", "b"] { fixture.put(name, .of(name)) }
    fixture.source.beforeEffect = { operation in
      if operation.kind == .get, operation.key == "log-a.json" {
        throw ObjectStoreError(.archived, key: operation.key, "It lies in an archive.")
      }
    }
    let first = try await fixture.run()
    #expect(first.archived == 1 && first.unreadable == 0 && !first.complete)
    fixture.source.beforeEffect = nil
    fixture.advance(seconds: 86_400)
    #expect(try await fixture.run().complete)
    #expect(try await fixture.participants() == ["a", "b"])
  }

  @Test("More archived objects than the state holds are still known when they are restored")
  func archiveBound() {
    var archived = CheckpointState.Archived()
    func object(_ index: Int, isRestored: Bool) -> ObjectMetadata {
      ObjectMetadata(
        key: "log-\(index).json",
        lastModified: Timestamp(microsecondsSinceEpoch: Int64(index)), size: 1,
        eTag: ETag(rawValue: "1"), storageClass: "GLACIER", isRestored: isRestored)
    }
    let count = CheckpointState.Archived.maximumVersions + 1000
    for index in 0..<count { archived.add(object(index, isRestored: false)) }
    #expect(archived.versions.count == CheckpointState.Archived.maximumVersions)
    #expect(archived.count == count)
    for index in [0, count - 1] {
      #expect(archived.mayHold(object(index, isRestored: true)))
    }
    #expect(!archived.mayHold(object(count, isRestored: true)))
  }

  private func records(_ fixture: RunFixture) -> [String] {
    fixture.target.keys.filter { $0.hasPrefix("out/_refused/") }.flatMap { key in
      String(decoding: fixture.target.peek(key) ?? [], as: UTF8.self)
        .split(separator: "\n").map(String.init)
    }
  }

  @Test("Refused objects are taken up again on request, and only what is refused stays on record")
  func retryRefused() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    let extra = TestEvent.of("x").json.dropLast() + ", \"surprise\": 1}"
    fixture.source.poke("log-extra.json", Array(extra.utf8))
    fixture.source.poke("log-bad.json", [1])
    fixture.source.poke("log-gone.json", [2])
    #expect(try await fixture.run().refused == 3)
    #expect(records(fixture).count == 3)
    fixture.advance(seconds: 86_400)
    try await fixture.run()
    // Put right without a new LastModified, as a new treatment or a new schema does.
    let modified = try await fixture.source.head("log-extra.json").lastModified
    fixture.source.poke("log-extra.json", TestEvent.of("x").bytes, lastModified: modified)
    fixture.source.remove("log-gone.json")
    let operations = fixture.source.operations.count
    let idle = try await fixture.run()
    #expect(idle.fetched == 0)
    let summary = try await fixture.run { $0.retriesRefused = true }
    #expect(fixture.reads(since: operations) == 2)
    #expect(summary.complete)
    #expect(try await fixture.participants() == ["a", "x"])
    #expect(records(fixture).count == 1)
    #expect(records(fixture).allSatisfy { $0.contains("log-bad.json") })
    #expect(try fixture.state().refused == 1)
    // Once more, and nothing changes.
    let before = fixture.contents()
    try await fixture.run { $0.retriesRefused = true }
    #expect(fixture.contents() == before)
  }

  @Test("A request that runs out of time, or meets errors, forgets nothing")
  func retryRefusedInterrupted() async throws {
    let fixture = RunFixture()
    for index in 0..<10 { fixture.source.poke("log-\(index).json", [UInt8(index)]) }
    try await fixture.run()
    fixture.advance(seconds: 86_400)
    try await fixture.run()
    let clock = ManualClock()
    fixture.source.beforeEffect = { operation in
      guard operation.kind == .get else { return }
      clock.advance(.seconds(1))
      if operation.key == "log-1.json" { throw ObjectStoreError(.unavailable, "Slow down.") }
    }
    var configuration = try fixture.configuration("out/{study}/events.parquet")
    configuration.retriesRefused = true
    configuration.budget = .seconds(5)
    configuration.concurrency = 1
    let mark = try fixture.state().completeUntil
    let summary = try await CheckpointRun(
      source: fixture.source, checkpoints: fixture.target, configuration: configuration,
      environment: clock.environment
    ).execute()
    #expect(summary.refused == 3 && summary.unreadable == 1 && summary.remaining > 0)
    #expect(Set(records(fixture)).count == 10)
    #expect(try fixture.state().completeUntil == mark)
  }

  @Test("Two that retry at the same time lose no line of the record")
  func retryRefusedConcurrently() async throws {
    for seed in 0..<5 as Range<UInt64> {
      let fixture = RunFixture()
      for index in 0..<20 { fixture.source.poke("log-\(index).json", [UInt8(index)]) }
      try await fixture.run { $0.roundObjects = 3 }
      fixture.advance(seconds: 86_400)
      var random = SplitMix64(seed: seed)
      for index in 0..<20 where random.below(2) == 0 {
        fixture.put("\(index)", .of("p\(index)"))
      }
      let valid = try await withThrowingTaskGroup(of: Void.self) { group in
        for objects in [4, 7, 100] {
          group.addTask {
            try await fixture.run {
              $0.retriesRefused = true
              $0.roundObjects = objects
            }
          }
        }
        try await group.waitForAll()
        return try await fixture.participants().count
      }
      let keys = Set(records(fixture).compactMap { $0.split(separator: "\"key\":").last })
      #expect(keys.count >= 20 - valid, "seed \(seed)")
      try await fixture.run { $0.retriesRefused = true }
      #expect(records(fixture).count == 20 - valid, "seed \(seed)")
    }
  }

  @Test("The record of refusals is cut into files of bounded size")
  func boundedFiles() {
    let log = RefusedLog(MemoryObjectStore(), directory: "out/")
    let line = [UInt8](repeating: 0x41, count: 99) + [0x0A]
    let many = (0..<45_000).map { (key: "log-\($0).json", line: line) }
    let files = log.files(many)
    #expect(files.allSatisfy { $0.lines.count <= RefusedLog.maximumLines })
    #expect(files.flatMap(\.lines).sorted() == Array(0..<45_000))
    let long = [UInt8](repeating: 0x41, count: 3 << 20)
    let large = log.files((0..<6).map { (key: "log-\($0).json", line: long) })
    #expect(large.count == 3)
  }
}

@Suite("Without source_modified")
struct HiddenColumnTests {
  private func run(
    _ fixture: RunFixture, _ change: (inout RunConfiguration) -> Void = { _ in }
  ) async throws -> RunSummary {
    let schema = EventSchema.visitEvent.withoutSourceModified()
    var configuration = RunConfiguration(
      schema: schema, keyTemplate: try KeyTemplate("out/x.parquet", schema: schema))
    configuration.concurrency = 1
    change(&configuration)
    return try await CheckpointRun(
      source: fixture.source, checkpoints: fixture.target, configuration: configuration,
      environment: RunEnvironment(elapsed: { .zero }, random: { 0.5 }, sleep: { _ in })
    ).execute()
  }

  private func packets(_ fixture: RunFixture) async throws -> [String?] {
    let bytes = try #require(fixture.target.peek("out/x.parquet"))
    let batch = try await CheckpointFile.decode(
      bytes, schema: EventSchema.visitEvent.withoutSourceModified()
    ).batch
    #expect(batch.columns.count == 15)
    return batch.plainRows.map { $0.string("packet") }
  }

  @Test("Of the versions of a run the latest wins, whatever the order in which they are read")
  func withinRun() async throws {
    for names in [["a", "b"], ["b", "a"]] {
      let fixture = RunFixture()
      for (name, packet) in zip(names, ["Z", "A"]) {
        var event = TestEvent()
        event.packet = packet
        fixture.put(name, event)
        fixture.advance(seconds: 2)
      }
      _ = try await run(fixture)
      #expect(try await packets(fixture) == ["A"])
    }
  }

  @Test("A row gives way only to objects modified after what its file is complete until")
  func acrossRuns() async throws {
    let fixture = RunFixture()
    var event = TestEvent()
    event.packet = "M"
    fixture.put("m", event)
    _ = try await run(fixture)
    // Later than the file is complete: it wins, although it is the smaller row.
    fixture.advance(seconds: 3600)
    event.packet = "A"
    fixture.put("a", event)
    _ = try await run(fixture)
    #expect(try await packets(fixture) == ["A"])
    let settled = fixture.contents()
    #expect(try await run(fixture).complete)
    #expect(fixture.contents() == settled)
    // The loss of the state has all be read again, and that changes no row and no byte.
    fixture.target.remove("out/_state.json")
    let bytes = fixture.target.peek("out/x.parquet")
    _ = try await run(fixture)
    #expect(fixture.target.peek("out/x.parquet") == bytes)

    // An object from before the mark that a run comes to late does not undo what is there.
    let old = Timestamp(
      microsecondsSinceEpoch: RunFixture.start.microsecondsSinceEpoch + 60_000_000)
    var state = try CheckpointState(decoding: try #require(fixture.target.peek("out/_state.json")))
    event.packet = "Z"
    fixture.source.poke("log-z.json", event.bytes, lastModified: old)
    state.listed = nil
    state.toRetry = [.init(key: "log-z.json", lastModified: old, attempts: 1, lastError: "No.")]
    fixture.target.poke("out/_state.json", try state.encoded())
    #expect(try await run(fixture).fetched == 1)
    #expect(try await packets(fixture) == ["A"])
  }

  @Test("A backfill in rounds takes the latest version, as one in a single round does")
  func rounds() async throws {
    for objects in [1, 2, 100] {
      let fixture = RunFixture()
      for (index, packet) in ["Z", "M", "A"].enumerated() {
        var event = TestEvent()
        event.packet = packet
        fixture.put("\(index)", event)
        fixture.advance(seconds: 60)
      }
      fixture.advance(seconds: 86_400)
      _ = try await run(fixture) { $0.roundObjects = objects }
      #expect(try await packets(fixture) == ["A"])
    }
  }
}
