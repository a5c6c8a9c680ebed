import EventLogModel
import ParquetKit
import Testing

@testable import CheckpointCore

/// What happens when something goes wrong between, or beside, the runs.
@Suite("Recovery")
struct RecoveryTests {
  private let adrc = "out/adrc/events.parquet"

  /// Two groups, merged once.
  private func merged() async throws -> RunFixture {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    fixture.put("b", .of("b", study: "dvcid"))
    try await fixture.run()
    return fixture
  }

  @Test(
    "A damaged checkpoint fails alone, is not overwritten, and nothing is lost when it is restored",
    arguments: ["truncated", "flipped", "text", "empty"])
  func damaged(how: String) async throws {
    let fixture = try await merged()
    let good = try #require(fixture.target.peek(adrc))
    var damaged = good
    switch how {
    case "truncated": damaged.removeLast(good.count / 2)
    case "flipped":
      for position in 10..<40 { damaged[position] ^= 0xFF }
    case "text": damaged = Array("not Parquet".utf8)
    default: damaged = []
    }
    fixture.target.poke(adrc, damaged)
    fixture.advance(seconds: 3600)
    fixture.put("c", .of("c"))
    fixture.put("d", .of("d", study: "dvcid"))
    let summary = try await fixture.run()
    #expect(summary.failedGroups.map(\.values) == [["adrc", "form"]])
    #expect(summary.failedGroups.allSatisfy { $0.error.contains("damaged") })
    #expect(summary.failedGroups.allSatisfy { $0.error.contains("--rebuild") })
    #expect(summary.successfulGroups.map(\.values) == [["dvcid", "form"]])
    #expect(summary.exitStatus() == 2)
    #expect(!summary.complete)
    #expect(fixture.target.peek(adrc) == damaged)
    #expect(try fixture.state().toRetry.map(\.key) == ["log-c.json"])

    // It keeps failing, also without news, and costs no reading of what is done.
    fixture.advance(seconds: 3600)
    let operations = fixture.source.operations.count
    let again = try await fixture.run()
    #expect(again.failedGroups.map(\.values) == [["adrc", "form"]])
    #expect(fixture.reads(since: operations) == 1)

    fixture.target.poke(adrc, good)
    let restored = try await fixture.run()
    #expect(restored.complete)
    #expect(try await fixture.participants() == ["a", "b", "c", "d"])
  }

  @Test("While another checkpoint is sound, one that fails is not all that there is")
  func someFail() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    try await fixture.run()
    fixture.target.poke("out/dvcid/events.parquet", [1, 2, 3])
    fixture.put("b", .of("b", study: "dvcid"))
    let summary = try await fixture.run()
    #expect(summary.failedGroups.count == 1 && summary.successfulGroups.isEmpty)
    #expect(summary.exitStatus() == 2 && summary.statusCode == 207)
    let alone = RunFixture()
    alone.target.poke("out/dvcid/events.parquet", [1, 2, 3])
    alone.put("b", .of("b", study: "dvcid"))
    let nothing = try await alone.run()
    #expect(nothing.exitStatus() == 3 && nothing.statusCode == 500)
  }

  @Test("An object that was too large and is replaced while it is looked at is not refused")
  func replacedWhileRefused() async throws {
    let fixture = RunFixture()
    fixture.source.poke("log-a.json", [UInt8](repeating: 0x20, count: 2 << 20))
    let source = fixture.source
    let first = Flag()
    source.beforeEffect = { operation in
      guard operation.kind == .head, operation.key == "log-a.json", first.take() else { return }
      source.poke("log-a.json", TestEvent.of("a").bytes)
    }
    let summary = try await fixture.run()
    #expect(!summary.complete && summary.refused == 0 && summary.unreadable == 1)
    #expect(try await fixture.run().complete)
    #expect(try await fixture.participants() == ["a"])
  }

  @Test("Only a rebuild replaces a damaged checkpoint, and keeps it under another name")
  func rebuild() async throws {
    let fixture = try await merged()
    let damaged = Array("not Parquet".utf8)
    fixture.target.poke(adrc, damaged)
    let summary = try await fixture.run { $0.rebuilds = true }
    #expect(summary.complete)
    #expect(summary.exitStatus() == 0)
    let aside = fixture.target.keys.filter { $0.hasPrefix("out/adrc/_damaged-") }
    #expect(aside.count == 1)
    #expect(fixture.target.peek(try #require(aside.first)) == damaged)
    #expect(summary.warnings.contains { $0.contains(aside[0]) })
    #expect(try await fixture.participants() == ["a", "b"])
    let before = fixture.contents()
    try await fixture.run()
    #expect(fixture.contents() == before)
  }

  @Test(
    "A whole file that is no checkpoint is not replaced by a rebuild: its rows may be all there is")
  func rebuildOfOtherFile() async throws {
    let fixture = try await merged()
    let schema = try ParquetSchema([ColumnDescriptor("ptid", .byteArray, .string)])
    var writer = try ParquetWriter(to: BytesSink(), schema: schema)
    try await writer.writeRowGroup([Column(.byteArray(try ByteArrays(["x"])))])
    let foreign = try await writer.finish().bytes
    fixture.target.poke(adrc, foreign)
    let summary = try await fixture.run { $0.rebuilds = true }
    #expect(fixture.target.peek(adrc) == foreign)
    #expect(summary.failedGroups.count == 1 && !summary.complete)
    let error = try #require(summary.failedGroups.first?.error)
    #expect(error.contains("move it away") && !error.contains("--rebuild"))
    fixture.target.remove(adrc)
    try await fixture.run()
    #expect(try await fixture.participants() == ["a", "b"])
  }

  @Test("A rebuild keeps the rows whose objects are gone")
  func rebuildKeepsRows() async throws {
    let fixture = try await merged()
    fixture.source.remove("log-a.json")
    fixture.put("c", .of("c"))
    try await fixture.run { $0.rebuilds = true }
    #expect(try await fixture.participants() == ["a", "b", "c"])
  }

  @Test("A write of somebody else between load and put is merged, not overwritten")
  func conflict() async throws {
    let fixture = try await merged()
    let other = RunFixture()
    other.put("a", .of("a"))
    other.put("x", .of("x"))
    try await other.run()
    let theirs = try #require(other.target.peek(adrc))
    fixture.put("c", .of("c"))
    let target = fixture.target
    let key = adrc
    let first = Flag()
    target.beforeEffect = { operation in
      if operation.kind == .put, operation.key == key, first.take() { target.poke(key, theirs) }
    }
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(try await fixture.participants() == ["a", "b", "c", "x"])
    // The next run looks at the file, which somebody else has written to, and then all is still.
    target.beforeEffect = nil
    try await fixture.run()
    let settled = fixture.contents()
    #expect(try fixture.state().checkpoints.allSatisfy { $0.eTag != nil })
    try await fixture.run()
    #expect(fixture.contents() == settled)
  }

  @Test("An older version that is restored during a run does not lose what it lacks")
  func restoredDuringRun() async throws {
    let fixture = try await merged()
    let old = try #require(fixture.target.peek(adrc))
    fixture.advance(seconds: 3600)
    fixture.put("c", .of("c"))
    try await fixture.run()
    fixture.advance(seconds: 3600)
    fixture.put("d", .of("d"))
    let target = fixture.target
    let key = adrc
    let first = Flag()
    fixture.source.beforeEffect = { operation in
      if operation.kind == .get, first.take() { target.poke(key, old) }
    }
    try await fixture.run()
    fixture.advance(seconds: 3600)
    try await fixture.run()
    #expect(try await fixture.participants() == ["a", "b", "c", "d"])
  }

  @Test("Others who always write first make the group fail after bounded tries")
  func endlessConflict() async throws {
    let fixture = try await merged()
    fixture.put("c", .of("c"))
    let target = fixture.target
    let key = adrc
    let counter = Counter()
    target.beforeEffect = { operation in
      guard operation.kind == .put, operation.key == key else { return }
      let other = RunFixture()
      other.put("x", .of("x\(counter.next())"))
      try await other.run()
      target.poke(key, other.target.peek(key) ?? [])
    }
    let summary = try await fixture.run { $0.maximumAttempts = 4 }
    #expect(summary.failedGroups.map(\.values) == [["adrc", "form"]])
    #expect(counter.next() == 4)
    #expect(try fixture.state().toRetry.map(\.key) == ["log-c.json"])
    target.beforeEffect = nil
    try await fixture.run()
    #expect(try await fixture.participants().contains("c"))
  }

  @Test("A crash between the checkpoints and the state is made up for", arguments: [true, false])
  func crashBeforeState(hadState: Bool) async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    if hadState { try await fixture.run() }
    fixture.advance(seconds: 3600)
    fixture.put("b", .of("b"))
    fixture.target.beforeEffect = { operation in
      if operation.kind == .put, operation.key == "out/_state.json" { throw CancellationError() }
    }
    await #expect(throws: CancellationError.self) { try await fixture.run() }
    #expect(try await fixture.participants() == ["a", "b"])
    fixture.target.beforeEffect = nil
    fixture.advance(seconds: 3600)
    fixture.put("c", .of("c"))
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(try await fixture.participants() == ["a", "b", "c"])
    let before = fixture.contents()
    try await fixture.run()
    #expect(fixture.contents() == before)
  }

  @Test("A checkpoint's own mark stays behind an object that could not be read")
  func footerMark() async throws {
    let fixture = try await merged()
    fixture.advance(seconds: 3600)
    fixture.put("c", .of("c"))
    let unread = fixture.source.now
    fixture.advance(seconds: 3600)
    fixture.put("d", .of("d"))
    fixture.source.beforeEffect = { operation in
      if operation.key == "log-c.json" { throw ObjectStoreError(.unavailable, "Slow down.") }
    }
    fixture.advance(seconds: 3600)
    try await fixture.run()
    let bytes = try #require(fixture.target.peek(adrc))
    let mark = try await CheckpointFile.decode(bytes, schema: .visitEvent).mark
    #expect(mark?.completeUntil == unread)
    // The state has a list of retries and need not wait.
    #expect(try #require(try fixture.state().completeUntil) > unread)
    // So the loss of the state, or another version of the file, loses nothing.
    fixture.source.beforeEffect = nil
    fixture.target.remove("out/_state.json")
    try await fixture.run()
    #expect(try await fixture.participants() == ["a", "b", "c", "d"])
  }

  @Test("A state that cannot be written is an error of the run, not of the groups")
  func stateNotWritten() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    fixture.target.beforeEffect = { operation in
      if operation.kind == .put, operation.key == "out/_state.json" {
        throw ObjectStoreError(.accessDenied, "No.")
      }
    }
    let summary = try await fixture.run()
    #expect(summary.stateError?.contains("No.") == true)
    #expect(summary.exitStatus() == 2)
    #expect(!summary.complete)
    #expect(try await fixture.participants() == ["a"])
  }

  @Test("A write whose answer is lost is found out and made up for")
  func lostAnswer() async throws {
    let fixture = try await merged()
    fixture.advance(seconds: 3600)
    fixture.put("c", .of("c"))
    let first = Flag()
    let key = adrc
    fixture.target.afterEffect = { operation in
      if operation.kind == .put, operation.key == key, first.take() {
        throw ObjectStoreError(.unavailable, "The connection broke.")
      }
    }
    let summary = try await fixture.run()
    #expect(summary.failedGroups.count == 1)
    let second = try await fixture.run()
    #expect(second.complete)
    #expect(try await fixture.participants() == ["a", "b", "c"])
  }

  @Test("A state that is lost or damaged costs time only", arguments: ["lost", "{\"version\":1}"])
  func lostState(how: String) async throws {
    let fixture = try await merged()
    let before = fixture.contents()
    if how == "lost" {
      fixture.target.remove("out/_state.json")
    } else {
      fixture.target.poke("out/_state.json", Array(how.utf8))
    }
    let summary = try await fixture.run()
    #expect(summary.fetched == 2)
    #expect(summary.warnings.isEmpty == (how == "lost"))
    #expect(fixture.contents() == before)
  }

  @Test("A state that cannot be read stops the run before anything is done")
  func unreadableState() async throws {
    let fixture = try await merged()
    fixture.target.beforeEffect = { operation in
      if operation.key == "out/_state.json" { throw ObjectStoreError(.accessDenied, "No.") }
    }
    let before = fixture.contents()
    await #expect(throws: RunError.self) { try await fixture.run() }
    #expect(fixture.contents() == before)
  }

  @Test("Another source is an error, not a mixture")
  func otherSource() async throws {
    let fixture = try await merged()
    let other = MemoryObjectStore(identity: "memory:other/", now: fixture.source.now)
    other.poke("log-z.json", TestEvent.of("z").bytes)
    let before = fixture.contents()
    await #expect {
      _ = try await CheckpointRun(
        source: other, checkpoints: fixture.target,
        configuration: try fixture.configuration("out/{study}/events.parquet")
      ).execute()
    } throws: { error in
      (error as? RunError)?.code == .otherSource
    }
    #expect(fixture.contents() == before)
  }

  @Test("A new key template moves all rows, also those whose objects are gone")
  func otherTemplate() async throws {
    let fixture = try await merged()
    fixture.source.remove("log-a.json")
    let summary = try await fixture.run("out/all.parquet")
    #expect(summary.complete)
    #expect(summary.warnings.contains { $0.contains("read again") })
    let bytes = try #require(fixture.target.peek("out/all.parquet"))
    let rows = try await CheckpointFile.decode(bytes, schema: .visitEvent).batch.plainRows
    #expect(rows.compactMap { $0.string("ptid") } == ["a", "b"])
    #expect(try fixture.state().checkpoints.map(\.key) == ["out/all.parquet"])
    let before = fixture.contents()
    try await fixture.run("out/all.parquet")
    #expect(fixture.contents() == before)
  }

  @Test("A new treatment of unknown fields takes up what was refused")
  func otherPolicy() async throws {
    let fixture = try await merged()
    let json = TestEvent.of("x").json.dropLast() + ", \"surprise\": 1}"
    fixture.source.poke("log-x.json", Array(json.utf8))
    #expect(try await fixture.run().refused == 1)
    fixture.advance(seconds: 3600)
    let summary = try await fixture.run { $0.unknownFields = .ignore }
    #expect(summary.refused == 0)
    #expect(summary.warnings.contains { $0.contains("unknown fields") })
    #expect(try await fixture.participants() == ["a", "b", "x"])
  }

  @Test("A checkpoint restored from an older version gets back what came after it")
  func restoredCheckpoint() async throws {
    let fixture = try await merged()
    let old = try #require(fixture.target.peek(adrc))
    for name in ["c", "d"] {
      fixture.advance(seconds: 3600)
      fixture.put(name, .of(name))
      try await fixture.run()
    }
    fixture.target.poke(adrc, old)
    fixture.advance(seconds: 3600)
    let operations = fixture.source.operations.count
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(summary.warnings.contains { $0.contains("somebody else") })
    #expect(try await fixture.participants() == ["a", "b", "c", "d"])
    // Only what lies after the mark in its footer is read again: the first two objects lie within
    // the overlap before it.
    #expect(fixture.reads(since: operations) == 4)
    let before = fixture.contents()
    try await fixture.run()
    #expect(fixture.contents() == before)
  }

  @Test("A checkpoint rewritten without our footer makes everything be read again, once")
  func foreignCheckpoint() async throws {
    let fixture = try await merged()
    fixture.advance(seconds: 7200)
    try await fixture.run()
    let bytes = try #require(fixture.target.peek(adrc))
    let batch = try await CheckpointFile.decode(bytes, schema: .visitEvent).batch
    fixture.target.poke(
      adrc, try await CheckpointFile.encode(batch, mark: nil, compression: .snappy))
    let summary = try await fixture.run()
    #expect(summary.fetched == 2)
    #expect(summary.warnings.contains { $0.contains("all objects are read again") })
    let second = try await fixture.run()
    #expect(second.fetched == 0)
    #expect(second.warnings.isEmpty)
  }

  @Test("A checkpoint that is gone is made anew, with a warning")
  func goneCheckpoint() async throws {
    let fixture = try await merged()
    fixture.advance(seconds: 7200)
    try await fixture.run()
    fixture.target.remove(adrc)
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(summary.warnings.contains { $0.contains("is gone") })
    #expect(try await fixture.participants() == ["a", "b"])
    #expect(try await fixture.run().warnings.isEmpty)
  }

  @Test("A source that looks empty moves no mark, so that nothing is passed over later")
  func emptySource() async throws {
    let fixture = try await merged()
    let state = try fixture.state()
    let objects = fixture.source.keys.map { ($0, fixture.source.peek($0) ?? []) }
    for (key, _) in objects { fixture.source.remove(key) }
    fixture.advance(seconds: 86_400)
    try await fixture.run()
    #expect(try fixture.state() == state)
    #expect(try await fixture.participants() == ["a", "b"])
  }

  @Test("A clock that went back makes everything be read again")
  func clockWentBack() async throws {
    let fixture = try await merged()
    fixture.advance(seconds: 86_400)
    fixture.put("c", .of("c"))
    try await fixture.run()
    fixture.advance(seconds: 7200)
    try await fixture.run()
    fixture.advance(seconds: -86_400)
    fixture.put("d", .of("d"))
    let summary = try await fixture.run()
    #expect(summary.warnings.contains { $0.contains("clock") })
    #expect(try await fixture.participants() == ["a", "b", "c", "d"])
  }

  @Test("A footer does not vouch for what an earlier round could not write into the file")
  func footerAfterFailedRound() async throws {
    let fixture = try await merged()
    fixture.advance(seconds: 7200)
    let first = fixture.source.now
    fixture.put("c", .of("c"))
    fixture.advance(seconds: 60)
    fixture.put("d", .of("d"))
    fixture.advance(seconds: 7200)
    let flag = Flag()
    let key = adrc
    fixture.target.beforeEffect = { operation in
      if operation.isWrite, operation.key == key, flag.take() {
        throw ObjectStoreError(.unavailable, "Slow down.")
      }
    }
    try await fixture.run { $0.roundObjects = 1 }
    let bytes = try #require(fixture.target.peek(key))
    let file = try await CheckpointFile.decode(bytes, schema: .visitEvent)
    #expect(file.batch.plainRows.compactMap { $0.string("ptid") } == ["a", "d"])
    #expect(try #require(file.mark).completeUntil <= first)
  }

  @Test("A rebuild that runs out of time leaves the record of refused objects as it was")
  func abandonedRebuild() async throws {
    let fixture = try await merged()
    fixture.source.poke("log-1.json", Array("no event".utf8))
    try await fixture.run()
    let record = fixture.contents().filter { $0.key.contains("_refused/") }
    #expect(!record.isEmpty)
    let clock = ManualClock()
    fixture.source.beforeEffect = { operation in
      if operation.kind == .get { clock.advance(.seconds(10)) }
    }
    let environment = clock.environment
    var configuration = try fixture.configuration("out/{study}/events.parquet")
    configuration.rebuilds = true
    configuration.concurrency = 1
    configuration.budget = .seconds(15)
    let summary = try await CheckpointRun(
      source: fixture.source, checkpoints: fixture.target, configuration: configuration,
      environment: environment
    ).execute()
    #expect(!summary.complete)
    #expect(fixture.contents().filter { $0.key.contains("_refused/") } == record)
  }

  @Test("Two runs that go over the record of refused objects at the same time forget none")
  func concurrentRecall() async throws {
    let fixture = try await merged()
    for name in ["1", "2"] {
      fixture.source.poke("log-\(name).json", Array("no event".utf8))
      try await fixture.run()
    }
    // A line that goes away: its object is valid now, so both runs write the rest of the record anew.
    fixture.source.poke("log-0.json", Array("no event".utf8))
    try await fixture.run()
    fixture.advance(seconds: 60)
    fixture.put("0", .of("z"))
    let flag = Flag()
    fixture.target.beforeEffect = { operation in
      if operation.kind == .delete, flag.take() {
        try await fixture.run { $0.retriesRefused = true }
      }
    }
    try await fixture.run { $0.retriesRefused = true }
    fixture.target.beforeEffect = nil
    func recorded() -> Set<String> {
      let lines = fixture.contents().filter { $0.key.contains("_refused/") }.values
        .flatMap { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
      return Set(["0", "1", "2"].filter { name in lines.contains { $0.contains("log-\(name).") } })
    }
    #expect(recorded() == ["1", "2"])
    #expect(try fixture.state().refused == 2)
    // And one more run at rest changes nothing.
    try await fixture.run { $0.retriesRefused = true }
    let before = fixture.contents()
    try await fixture.run { $0.retriesRefused = true }
    #expect(fixture.contents() == before)
    // When the last one is put right, none is left.
    fixture.advance(seconds: 60)
    for name in ["1", "2"] { fixture.source.remove("log-\(name).json") }
    try await fixture.run { $0.retriesRefused = true }
    #expect(recorded().isEmpty)
    #expect(try fixture.state().refused == 0)
  }

  @Test("Refused objects are looked at again also where they do not fit into one plan")
  func recallBeyondPlan() async throws {
    let fixture = try await merged()
    for index in 0..<6 {
      fixture.source.poke("log-\(index).json", Array("no event".utf8))
      fixture.advance(seconds: 2)
    }
    try await fixture.run()
    fixture.advance(seconds: 7200)
    try await fixture.run { $0.retriesRefused = true }
    let mark = try #require(try fixture.state().completeUntil)
    for index in 3..<6 { fixture.source.remove("log-\(index).json") }
    try await fixture.run {
      $0.retriesRefused = true
      $0.plannedObjects = 2
    }
    #expect(try fixture.state().refused == 3)
    #expect(try #require(try fixture.state().completeUntil) >= mark)
    let lines = fixture.contents().filter { $0.key.contains("_refused/") }.values
      .flatMap { $0.split(separator: 0x0A) }
    #expect(lines.count == 3)
  }

  @Test("A rebuild from the sources only keeps the rows of objects that it cannot read")
  func unreadableInRebuild() async throws {
    let fixture = try await merged()
    let source = fixture.source
    source.beforeEffect = { operation in
      if operation.key == "log-a.json" { throw ObjectStoreError(.unavailable, "Slow down.") }
    }
    let summary = try await fixture.run {
      $0.rebuilds = true
      $0.onlySources = true
    }
    #expect(!summary.complete)
    #expect(summary.warnings.contains { $0.contains("kept all rows") })
    #expect(try await fixture.participants() == ["a", "b"])
    source.beforeEffect = nil
    source.remove("log-a.json")
    try await fixture.run {
      $0.rebuilds = true
      $0.onlySources = true
    }
    #expect(try await fixture.participants() == ["b"])
  }

  @Test("Content that is put once more is a later version, also within the overlap")
  func putAgain() async throws {
    let fixture = RunFixture()
    var other = TestEvent.of("a")
    other.packet = "I"
    fixture.put("a", .of("a"))
    try await fixture.run()
    for (name, event) in [("b", other), ("a", .of("a"))] {
      fixture.advance(seconds: 60)
      fixture.put(name, event)
      try await fixture.run()
    }
    #expect(try await fixture.rows().map { $0.string("packet") } == [nil])
  }

  @Test("A version that came between listing and reading is not done where its checkpoint fails")
  func changedAndFailed() async throws {
    let fixture = RunFixture()
    fixture.put("a", .of("a"))
    try await fixture.run()
    fixture.source.beforeEffect = { operation in
      guard operation.kind == .get else { return }
      fixture.source.beforeEffect = nil
      fixture.advance(seconds: 30)
      var newer = TestEvent.of("a")
      newer.packet = "I"
      fixture.put("a", newer)
    }
    fixture.target.beforeEffect = { operation in
      if operation.kind == .put, operation.key.hasSuffix(".parquet") {
        throw ObjectStoreError(.unavailable, "Slow down.")
      }
    }
    let failed = try await fixture.run { $0.rebuilds = true }
    #expect(!failed.complete && failed.failedGroups.count == 1)
    fixture.target.beforeEffect = nil
    #expect(try await fixture.run().complete)
    #expect(try await fixture.rows().map { $0.string("packet") } == ["I"])
  }

  @Test("An object that changes no row is not read again by every run")
  func readOnce() async throws {
    let fixture = try await merged()
    var sandbox = TestEvent.of("s")
    sandbox.project = "sandbox-s"
    fixture.put("s", sandbox)
    fixture.advance(seconds: 3600)
    try await fixture.run()
    let later = fixture.source.operations.count
    try await fixture.run()
    #expect(fixture.reads(since: later) == 0)
  }

  @Test("A refusal whose record somebody else fails to write at the same time is recorded")
  func conflictOverRefusal() async throws {
    let fixture = RunFixture()
    fixture.source.poke("log-x.json", Array("no event".utf8))
    let first = Flag()
    fixture.target.beforeEffect = { operation in
      if operation.kind == .put, operation.key.contains("_refused/"), first.take() {
        throw ObjectStoreError(.preconditionFailed, "A conflicting write is under way.")
      }
    }
    let summary = try await fixture.run()
    #expect(summary.complete)
    #expect(fixture.target.keys.contains { $0.contains("_refused/") })
  }

  @Test("Runs at the same time lose nothing and double nothing")
  func concurrentRuns() async throws {
    for seed in 0..<10 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let fixture = RunFixture()
      var expected: [String] = []
      for round in 0..<3 {
        for index in 0..<(2 + random.below(8)) {
          let name = "\(round)x\(index)"
          expected.append(name)
          fixture.put(name, .of(name, study: random.pick(["adrc", "dvcid"])))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<3 { group.addTask { _ = try await fixture.run() } }
          try await group.waitForAll()
        }
        fixture.advance(seconds: 600)
      }
      let last = try await fixture.run()
      #expect(last.complete, "seed \(seed)")
      #expect(try await fixture.participants() == expected.sorted(), "seed \(seed)")
    }
  }
}
