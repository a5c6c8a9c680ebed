import EventLogModel
import ParquetKit
import Testing

@testable import CheckpointCore

@Suite("Verification")
struct VerificationTests {
  private let key = "out/adrc/events.parquet"

  private func merged() async throws -> RunFixture {
    let fixture = RunFixture()
    for index in 0..<20 {
      var event = TestEvent.of("p\(index)", study: index % 4 == 0 ? "dvcid" : "adrc")
      event.timestamp = "2024-01-15T10:00:\(10 + index)Z"
      fixture.put("\(index)", event)
    }
    var sandbox = TestEvent.of("s")
    sandbox.project = "sandbox-x"
    fixture.put("sandbox", sandbox)
    fixture.source.poke("log-bad.json", [1])
    try await fixture.run { $0.maximumRowGroupRows = 8 }
    return fixture
  }

  private func verify(_ fixture: RunFixture) async throws -> VerificationReport {
    try await CheckpointVerification(
      source: fixture.source, checkpoints: fixture.target,
      configuration: try fixture.configuration("out/{study}/events.parquet")
    ).execute()
  }

  /// Writes another version of a checkpoint, with the footer that a run would have written.
  private func rewrite(
    _ fixture: RunFixture, _ change: (EventBatch) throws -> EventBatch
  ) async throws {
    let file = try await CheckpointFile.decode(
      try #require(fixture.target.peek(key)), schema: .visitEvent)
    let bytes = try await CheckpointFile.encode(
      try change(file.batch), mark: file.mark, compression: .zstd,
      layout: RowGroupLayout(maximumRows: 8))
    fixture.target.poke(key, bytes)
  }

  @Test("After a run everything is proven, and nothing is written")
  func proven() async throws {
    let fixture = try await merged()
    let before = fixture.contents()
    let report = try await verify(fixture)
    #expect(report.isProven, "\(report.differences)")
    #expect(report.exitStatus == 0)
    #expect(report.listed == 22 && report.events == 20)
    #expect(report.excluded == 1 && report.refused == 1)
    #expect(report.rows == 20 && report.rowsWithoutObject == 0)
    #expect(fixture.contents() == before)
    #expect(report.json.text.hasPrefix("{\"proven\":true,"))
  }

  @Test("Rows whose objects are gone are counted apart")
  func withoutObject() async throws {
    let fixture = try await merged()
    fixture.source.remove("log-1.json")
    fixture.source.remove("log-4.json")
    let report = try await verify(fixture)
    #expect(report.isProven)
    #expect(report.rowsWithoutObject == 2)
    #expect(report.checkpoints.map(\.rowsWithoutObject) == [1, 1])
  }

  @Test("What no run has come to yet is pending, and missing once the state says it is done")
  func pending() async throws {
    let fixture = try await merged()
    fixture.advance(seconds: 3600)
    fixture.put("new", .of("new"))
    let report = try await verify(fixture)
    #expect(report.isProven && report.pending == 1)
    fixture.target.remove("out/_state.json")
    let strict = try await verify(fixture)
    #expect(strict.counts == [.missing: 1])
    #expect(strict.differences.first?.detail.contains("ptid new") == true)
    #expect(strict.exitStatus == 2)
  }

  @Test("An object that is replaced between listing and reading is no difference")
  func replacedMeanwhile() async throws {
    let fixture = try await merged()
    fixture.advance(seconds: 3600)
    let source = fixture.source
    let first = Flag()
    source.beforeEffect = { operation in
      guard operation.kind == .get, operation.key == "log-1.json", first.take() else { return }
      source.poke("log-1.json", TestEvent.of("another").bytes)
    }
    let report = try await verify(fixture)
    #expect(report.isProven, "\(report.differences)")
    #expect(report.pending == 1)
  }

  @Test("A lost row, an old content, a doubled, a moved and a forbidden row are each found")
  func differences() async throws {
    let lost = try await merged()
    try await rewrite(lost) { batch in
      var rest = EventBatch(schema: .visitEvent)
      try rest.append(rows: (0..<batch.count).filter { $0 != 3 }, of: batch)
      return rest
    }
    #expect(try await verify(lost).counts == [.missing: 1])

    let doubled = try await merged()
    try await rewrite(doubled) { batch in
      var more = EventBatch(schema: .visitEvent)
      try more.append(rows: Array(0..<4) + Array(3..<batch.count), of: batch)
      return more
    }
    #expect(try await verify(doubled).counts == [.duplicate: 1])

    let unordered = try await merged()
    try await rewrite(unordered) { batch in
      var other = EventBatch(schema: .visitEvent)
      try other.append(rows: [1, 0] + Array(2..<batch.count), of: batch)
      return other
    }
    #expect(try await verify(unordered).counts == [.disorder: 1])

    let old = try await merged()
    let first = try #require(old.source.peek("log-1.json"))
    var changed = TestEvent.of("p1")
    changed.timestamp = "2024-01-15T10:00:11Z"
    changed.packet = "I"
    old.advance(seconds: 5)
    old.put("1", changed)
    #expect(first != changed.bytes)
    let state = try #require(old.target.peek("out/_state.json"))
    let checkpoint = try #require(old.target.peek(key))
    try await old.run()
    #expect(try await verify(old).isProven)
    old.target.poke(key, checkpoint)
    #expect(try await verify(old).counts == [.outdated: 1])
    // Before the run it was only not come to yet.
    old.target.poke("out/_state.json", state)
    #expect(try await verify(old).isProven)

    let moved = try await merged()
    let other = try await CheckpointFile.decode(
      try #require(moved.target.peek("out/dvcid/events.parquet")), schema: .visitEvent
    ).batch
    try await rewrite(moved) { try BatchMerge.merge(existing: $0, new: other, rows: [0]).batch }
    let report = try await verify(moved)
    #expect(report.counts == [.misplaced: 1])

    let forbidden = try await merged()
    try await rewrite(forbidden) { batch in
      var columns = batch.columns
      let field = try #require(EventSchema.visitEvent.index(of: "project_label"))
      var dictionary = StringDictionary()
      let code = try dictionary.intern("sandbox-x")
      columns[field] = EventColumn(
        values: .string(
          codes: [UInt32](repeating: code, count: batch.count), dictionary: dictionary))
      return try EventBatch(schema: .visitEvent, columns: columns, count: batch.count)
    }
    #expect(try await verify(forbidden).counts[.excluded] == 15)
  }

  @Test("A checkpoint that is damaged or gone is a difference")
  func unreadable() async throws {
    let fixture = try await merged()
    fixture.target.poke(key, [1, 2, 3])
    fixture.target.remove("out/dvcid/events.parquet")
    let report = try await verify(fixture)
    #expect(report.counts == [.unreadable: 2])
  }

  @Test("Statistics that do not hold are a difference")
  func statistics() async throws {
    let fixture = try await merged()
    var bytes = try #require(fixture.target.peek(key))
    let file = try await CheckpointFile(BytesSource(bytes), schema: .visitEvent)
    let column = try #require(EventSchema.visitEvent.index(of: "timestamp"))
    let minimum = try #require(
      file.parquet.metadata.rowGroups.last?.columns[column].statistics?.minimum)
    // The last place where these bytes lie is the statistics in the footer.
    let place = try #require(
      bytes.indices.dropLast(8).last { Array(bytes[$0..<$0 + 8]) == minimum })
    bytes[place] ^= 1
    fixture.target.poke(key, bytes)
    let report = try await verify(fixture)
    #expect(report.counts[.statistics] != nil)
    #expect(report.counts[.missing] == nil)
  }

  @Test("Objects that cannot be read leave it unproven; archived ones are counted")
  func unreadableObjects() async throws {
    let fixture = try await merged()
    fixture.source.poke(
      "log-2.json", fixture.source.peek("log-2.json") ?? [], storageClass: "GLACIER")
    fixture.source.beforeEffect = { operation in
      if operation.key == "log-3.json" { throw ObjectStoreError(.unavailable, "Slow down.") }
    }
    let report = try await verify(fixture)
    #expect(report.archived == 1 && report.unreadable == 1)
    #expect(!report.isProven)
    #expect(report.differenceCount == 0)
  }

  @Test("Random histories are proven, whatever the sizes of row groups and rounds")
  func random() async throws {
    for seed in 0..<6 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let fixture = RunFixture(resolution: random.pick([1, 1_000_000]))
      for _ in 0..<4 {
        for _ in 0..<random.below(40) {
          fixture.put("\(random.below(60))", TestEvent.random(&random))
          if random.below(3) == 0 { fixture.advance(seconds: 1) }
        }
        let (rows, objects) = (8 + random.below(20), 1 + random.below(30))
        try await fixture.run {
          $0.maximumRowGroupRows = rows
          $0.roundObjects = objects
        }
        let report = try await verify(fixture)
        #expect(report.isProven, "seed \(seed): \(report.differences)")
        fixture.advance(seconds: random.pick([0, 5, 2000]))
      }
    }
  }
}

@Suite("Rebuilding and compacting")
struct RebuildTests {
  private let key = "out/adrc/events.parquet"

  private func merged(_ count: Int = 40) async throws -> RunFixture {
    let fixture = RunFixture()
    for index in 0..<count {
      var event = TestEvent.of("p\(100 + index)")
      event.timestamp = "2024-01-15T10:\(10 + index / 60):\(10 + index % 50)Z"
      fixture.put("\(index)", event)
    }
    try await fixture.run { $0.maximumRowGroupRows = 10 }
    return fixture
  }

  @Test("Of a damaged file what can be read is kept, and what is lost is counted and named")
  func salvage() async throws {
    let fixture = try await merged()
    var bytes = try #require(fixture.target.peek(key))
    let file = try await CheckpointFile(BytesSource(bytes), schema: .visitEvent)
    #expect(file.rowGroups.count >= 3)
    let second = try #require(file.parquet.metadata.rowGroups[1].fileOffset)
    for position in second..<second + 30 { bytes[position] ^= 0xFF }
    let damaged = try await file.read(rowGroup: 1).count
    fixture.target.poke(key, bytes)
    // All objects but five are gone; those five are not in the damaged row group.
    for index in 5..<40 { fixture.source.remove("log-\(index).json") }
    let operations = fixture.target.operations.count
    let summary = try await fixture.run {
      $0.rebuilds = true
      $0.maximumRowGroupRows = 10
    }
    #expect(summary.complete)
    #expect(try await fixture.participants().count == 40 - damaged)
    let sentence = try #require(summary.warnings.first { $0.contains("_damaged-") })
    #expect(sentence.contains("Of its 40 rows, at least \(damaged) could not be brought back"))
    #expect(sentence.contains("\(damaged) of adrc/form"))
    let aside = try #require(fixture.target.keys.first { $0.contains("_damaged-") })
    #expect(fixture.target.peek(aside) == bytes)
    // One conditional write of the checkpoint.
    #expect(
      fixture.target.operations[operations...].count { $0.isWrite && $0.key == key } == 1)
  }

  @Test("New events do not hide that rows of a damaged file may be lost")
  func hiddenLoss() async throws {
    let fixture = try await merged()
    fixture.target.poke(key, [1, 2, 3])
    for index in 0..<40 {
      fixture.source.remove("log-\(index).json")
      fixture.put("later-\(index)", .of("later-\(index)"))
    }
    let summary = try await fixture.run { $0.rebuilds = true }
    let sentence = try #require(summary.warnings.first { $0.contains("_damaged-") })
    #expect(sentence.contains("Of its 40 rows 0 could be read"))
    #expect(sentence.contains("as far as their objects are there still"))
  }

  @Test("A damaged file without objects is replaced all the same, and does not stay failed")
  func nothingLeft() async throws {
    let fixture = try await merged()
    fixture.target.poke(key, [1, 2, 3])
    for index in 0..<40 { fixture.source.remove("log-\(index).json") }
    fixture.put("other", .of("other", study: "dvcid"))
    #expect(try await !fixture.run().complete)
    let summary = try await fixture.run { $0.rebuilds = true }
    #expect(summary.failedGroups.isEmpty)
    #expect(summary.warnings.contains { $0.contains("40 could not be brought back") })
    let next = try await fixture.run()
    #expect(next.complete)
    #expect(try await fixture.participants() == ["other"])
  }

  @Test("Rows without objects stay through a rebuild, unless only sources are wanted")
  func onlySources() async throws {
    let fixture = try await merged()
    for index in 0..<10 { fixture.source.remove("log-\(index).json") }
    try await fixture.run { $0.rebuilds = true }
    #expect(try await fixture.participants().count == 40)
    let before = fixture.contents()
    let dry = try await fixture.run {
      $0.rebuilds = true
      $0.onlySources = true
      $0.isDryRun = true
    }
    #expect(dry.warnings.contains { $0.contains("10 rows") })
    #expect(fixture.contents() == before)
    let summary = try await fixture.run {
      $0.rebuilds = true
      $0.onlySources = true
    }
    #expect(summary.warnings.contains { $0.contains("10 rows") && $0.contains(key) })
    #expect(try await fixture.participants().count == 30)
    #expect(try fixture.state().rows == 30)
  }

  @Test("Compacting changes the layout only, is known to the state, and is done once")
  func compact() async throws {
    let fixture = try await merged(0)
    for index in 0..<60 {
      var event = TestEvent.of("p\(100 + index)")
      event.timestamp = "2024-01-15T10:10:\(10 + (index * 37) % 50)Z"
      fixture.put("\(index)", event)
      try await fixture.run { $0.maximumRowGroupRows = 16 }
    }
    let rows = try await fixture.rows()
    let sizes = try await CheckpointFile.decode(
      try #require(fixture.target.peek(key)), schema: .visitEvent
    ).parquet.metadata.rowGroups.count
    var configuration = try fixture.configuration("out/{study}/events.parquet")
    configuration.maximumRowGroupRows = 16
    func compact() async throws -> CheckpointCompaction.Report {
      try await CheckpointCompaction(
        checkpoints: fixture.target, configuration: configuration,
        environment: RunEnvironment(elapsed: { .zero }, random: { 0.5 }, sleep: { _ in })
      ).execute()
    }
    let report = try await compact()
    #expect(report.exitStatus == 0)
    #expect(report.files.map(\.rows) == [60])
    #expect(report.files[0].rowGroups[0] == sizes)
    #expect(report.files[0].rowGroups[1] <= 5 && report.files[0].rowGroups[1] <= sizes)
    #expect(try await fixture.rows() == rows)
    // No run takes the new version for somebody else's.
    let settled = fixture.contents()
    let next = try await fixture.run { $0.maximumRowGroupRows = 16 }
    #expect(next.warnings.isEmpty && next.fetched == 0)
    #expect(fixture.contents() == settled)
    let again = try await compact()
    #expect(again.files.allSatisfy { !$0.isChanged })
    #expect(fixture.contents() == settled)
    #expect(
      try await CheckpointVerification(
        source: fixture.source, checkpoints: fixture.target, configuration: configuration
      ).execute().isProven)
  }

  @Test("A file of another tool, unsorted and with duplicates, is compacted into order")
  func compactForeign() async throws {
    let fixture = try await merged(30)
    let file = try await CheckpointFile.decode(
      try #require(fixture.target.peek(key)), schema: .visitEvent)
    var shuffled = EventBatch(schema: .visitEvent)
    try shuffled.append(rows: Array((0..<30).reversed()) + [4, 7], of: file.batch)
    var options = WriteOptions()
    options.createdBy = "parquet-cpp-arrow version 20.0.0"
    let own = try await CheckpointFile(
      BytesSource(try await CheckpointFile.encode(shuffled, mark: nil, compression: .snappy)),
      schema: .visitEvent)
    var writer = try ParquetWriter(
      to: BytesSink(), schema: own.parquet.schema, options: options)
    try await writer.writeRowGroup(try await own.parquet.readRowGroup(0))
    fixture.target.poke(key, try await writer.finish().bytes)
    let report = try await CheckpointCompaction(
      checkpoints: fixture.target,
      configuration: try fixture.configuration("out/{study}/events.parquet")
    ).execute()
    #expect(report.files.map(\.rows) == [30])
    #expect(try await fixture.rows() == file.batch.plainRows)
  }
}
