import EventLogModel
import ParquetKit
import Testing

@testable import CheckpointCore

@Suite("Merging without decoding the past")
struct CheckpointMergeTests {
  private let layout = RowGroupLayout(maximumRows: 64)
  private let key = "x.parquet"

  /// A checkpoint in memory, and merges into it.
  private struct Bench {
    let store = MemoryObjectStore()
    let layout: RowGroupLayout
    var schema: RowSchema
    let key = "x.parquet"

    init(_ layout: RowGroupLayout) throws {
      self.layout = layout
      schema = try RowSchema(.visitEvent)
    }

    func merge(_ versions: [(event: TestEvent, modified: Int?)]) async throws
      -> CheckpointMerge.Outcome
    {
      let new = try EventBatch.of(versions)
      let fresh = try BatchMerge.merge(existing: EventBatch(schema: .visitEvent), new: new)
      let merge = CheckpointMerge(schema: schema, compression: .snappy, layout: layout)
      var source: ObjectByteSource?
      var file: CheckpointFile?
      if store.peek(key) != nil {
        let opened = try await ObjectByteSource(store, key, tail: 256)
        source = opened
        file = try await CheckpointFile(opened, schema: .visitEvent, tail: 256)
      }
      let outcome = try await merge.run(file, source, fresh, mark: nil)
      if outcome.isChanged {
        if let source {
          _ = try await store.replace(key, version: source.eTag, with: outcome.pieces)
        } else {
          let bytes = outcome.pieces.flatMap(\.newBytes)
          _ = try await store.put(key, bytes: bytes, condition: .ifAbsent)
        }
      }
      return outcome
    }

    func rows() async throws -> [PlainRow] {
      guard let bytes = store.peek(key) else { return [] }
      return try await CheckpointFile.decode(bytes, schema: .visitEvent).batch.plainRows
    }

    func sizes() async throws -> [Int] {
      guard let bytes = store.peek(key) else { return [] }
      return try await CheckpointFile(BytesSource(bytes), schema: .visitEvent)
        .parquet.metadata.rowGroups.map(\.rowCount)
    }
  }

  private func event(_ second: Int, _ ptid: Int = 0, packet: String? = nil) -> TestEvent {
    var event = TestEvent()
    event.ptid = "\(ptid)"
    event.packet = packet
    event.timestamp = Timestamp(microsecondsSinceEpoch: Int64(second) * 1_000_000).description
    return event
  }

  @Test("Random merges end in what the plain model says, within the bounds of row groups")
  func againstModel() async throws {
    for seed in 0..<16 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let bench = try Bench(RowGroupLayout(maximumRows: random.pick([8, 16, 64])))
      var model = PlainCheckpoint()
      // From hardly any to a great many events of one instant.
      let span = random.pick([3, 50, 5000])
      var end = 0
      for _ in 0..<15 {
        let isLate = random.below(3) == 0
        let versions = (0..<random.below(random.pick([3, 60]))).map { _ in
          let second = isLate ? random.below(end + 1) : end + random.below(span)
          return (
            event: event(second, random.below(4), packet: random.pick([nil, "A", "B"])),
            modified: random.pick([nil, 1, 2]) as Int?
          )
        }
        end += random.below(span)
        for row in try EventBatch.of(versions).plainRows { model.add(row) }
        let before = try await bench.rows()
        let outcome = try await bench.merge(versions)
        let rows = try await bench.rows()
        #expect(rows == model.ordered, "seed \(seed)")
        #expect(outcome.isChanged == (rows != before), "seed \(seed)")
        #expect(outcome.rows == rows.count, "seed \(seed)")
        #expect(outcome.groups.reduce(0) { $0 + $1.rows } == rows.count, "seed \(seed)")
        let sizes = try await bench.sizes()
        let bounds = bench.layout.maximumRows * 3 / 8 - 1...bench.layout.maximumRows
        #expect(sizes.dropLast().allSatisfy(bounds.contains), "seed \(seed): \(sizes)")
        #expect((sizes.last ?? 1) <= bench.layout.maximumRows, "seed \(seed)")
        // The file still says where its rows are, so the next merge need not read it whole.
        if let bytes = bench.store.peek(key) {
          let file = try await CheckpointFile(BytesSource(bytes), schema: .visitEvent)
          #expect(file.outline != nil, "seed \(seed)")
        }
      }
    }
  }

  @Test("After years of small runs row groups are of good size, and a run costs what is new")
  func yearsOfSmallRuns() async throws {
    let seed: UInt64 = 77
    var random = SplitMix64(seed: seed)
    let bench = try Bench(layout)
    var count = 0
    var second = 0
    var costs: [Int] = []
    for run in 0..<500 {
      var versions: [(event: TestEvent, modified: Int?)] = []
      for _ in 0..<(1 + random.below(4)) {
        second += 1 + random.below(3)
        versions.append((event(second, count), 1))
        count += 1
      }
      // Now and then one that is late, by anything up to all of history.
      if random.below(10) == 0 {
        versions.append((event(random.below(second), count), 1))
        count += 1
      }
      bench.store.traffic = .init()
      let outcome = try await bench.merge(versions)
      if run > 50 { costs.append(outcome.decoded) }
    }
    let sizes = try await bench.sizes()
    #expect(sizes.reduce(0, +) == count)
    #expect(sizes.dropLast().allSatisfy { (layout.maximumRows * 3 / 8...64).contains($0) })
    // No more row groups than twice what the rows need.
    #expect(sizes.count <= 2 * (count / layout.maximumRows + 1), "\(sizes)")
    // One row group for what is new, one or two for what is late.
    #expect(costs.allSatisfy { $0 <= 3 })
    #expect(Double(costs.reduce(0, +)) / Double(costs.count) < 1.5)
  }

  @Test("New events at the end leave the past undecoded, unread and unwritten")
  func appendTraffic() async throws {
    for groups in [10, 100] {
      let bench = try Bench(RowGroupLayout(maximumRows: 200))
      let count = groups * 200 - 100
      _ = try await bench.merge((0..<count).map { (event($0, $0), 1) })
      let size = try #require(bench.store.peek(key)).count
      bench.store.traffic = .init()
      let outcome = try await bench.merge((0..<20).map { (event(count + $0, $0), 1) })
      let traffic = bench.store.traffic
      #expect(outcome.decoded == 1)
      // All but the last row group, the page indexes and the footer is kept where it is.
      let bytes = try #require(bench.store.peek(key))
      let file = try await CheckpointFile(BytesSource(bytes), schema: .visitEvent)
      let last = try #require(file.parquet.metadata.rowGroups.last?.fileOffset)
      #expect(traffic.kept == last)
      #expect(traffic.written == bytes.count - last)
      #expect(traffic.read < size - last + 1024)
      #expect(try await bench.rows().count == count + 20)
    }
  }

  @Test("A late event rewrites its own row group; those before and behind it are kept")
  func lateTraffic() async throws {
    let bench = try Bench(RowGroupLayout(maximumRows: 200))
    _ = try await bench.merge((0..<2000).map { (event($0 * 2, $0), 1) })
    let before = try await CheckpointFile(
      BytesSource(try #require(bench.store.peek(key))), schema: .visitEvent)
    let sizes = before.parquet.metadata.rowGroups.compactMap(\.totalCompressedSize)
    bench.store.traffic = .init()
    let outcome = try await bench.merge([(event(1001, 5), 1)])
    #expect(outcome.decoded == 1)
    // Nine of ten row groups stay where they are, or are copied to where they belong now.
    let least = try #require(sizes.max())
    #expect(bench.store.traffic.kept >= 4 + sizes.reduce(0, +) - least)
    #expect(try await bench.rows().count == 2001)
    #expect(try await bench.sizes().count == 11)
    let rows = try await bench.rows()
    let order = EventSchema.visitEvent.order
    #expect(rows == rows.sorted { $0.take(order) < $1.take(order) })
  }

  @Test("What is there already changes nothing, and writes nothing")
  func nothingNew() async throws {
    let bench = try Bench(layout)
    let versions = (0..<500).map { (event: event($0, $0), modified: 1 as Int?) }
    _ = try await bench.merge(versions)
    let bytes = bench.store.peek(key)
    let outcome = try await bench.merge(Array(versions[200..<260]))
    #expect(!outcome.isChanged)
    #expect(outcome.pieces.isEmpty)
    #expect(bench.store.peek(key) == bytes)
  }

  @Test("Adopted row groups keep their statistics and page indexes")
  func adoptedIndexes() async throws {
    let bench = try Bench(RowGroupLayout(maximumRows: 200))
    _ = try await bench.merge((0..<1000).map { (event($0 * 2, $0), 1) })
    let before = try await CheckpointFile(
      BytesSource(try #require(bench.store.peek(key))), schema: .visitEvent)
    _ = try await bench.merge([(event(801, 5), 1)])
    let after = try await CheckpointFile(
      BytesSource(try #require(bench.store.peek(key))), schema: .visitEvent)
    #expect(after.rowGroups.count == 6)
    for (old, new) in [(0, 0), (1, 1), (3, 4), (4, 5)] {
      let (mine, theirs) = (
        after.parquet.metadata.rowGroups[new], before.parquet.metadata.rowGroups[old]
      )
      #expect(mine.columns.map(\.statistics) == theirs.columns.map(\.statistics))
      let left = try await after.parquet.pageRanges(rowGroup: new, columns: [14, 6])
      let right = try await before.parquet.pageRanges(rowGroup: old, columns: [14, 6])
      #expect(left.map { $0?.map(\.rows) } == right.map { $0?.map(\.rows) })
      #expect(left.allSatisfy { $0 != nil })
    }
  }

  @Test("A footer that another tool took along, or that contradicts itself, is not believed")
  func foreignFooters() async throws {
    let rows = try BatchMerge.merge(
      existing: EventBatch(schema: .visitEvent),
      new: EventBatch.of((0..<100).map { (event($0, $0), 1) })
    ).batch
    let mark = CheckpointFile.Mark(
      completeUntil: Timestamp(microsecondsSinceEpoch: 5), basis: "b")
    let bytes = try await CheckpointFile.encode(rows, mark: mark, compression: .snappy)
    let own = try await CheckpointFile(BytesSource(bytes), schema: .visitEvent)
    #expect(own.outline != nil)
    let schema = own.parquet.schema
    func written(
      by tool: String, _ rows: Range<Int>, sorted: Bool = true
    ) async throws -> CheckpointFile {
      var options = WriteOptions(
        sortingColumns: sorted ? CheckpointWriter.sorting(.visitEvent) : [])
      options.createdBy = tool
      var writer = try ParquetWriter(to: BytesSink(), schema: schema, options: options)
      try await writer.writeRowGroup(try await own.parquet.readRowGroup(0), rows: rows)
      let metadata = own.parquet.metadata.keyValueMetadata
      let sink = try await writer.finish(keyValueMetadata: metadata)
      return try await CheckpointFile(BytesSource(sink.bytes), schema: .visitEvent)
    }
    let taken = try await written(by: "parquet-cpp-arrow version 20.0.0", 0..<100)
    #expect(taken.outline == nil && taken.mark == nil)
    let fewer = try await written(by: WriteOptions().createdBy, 0..<99)
    #expect(fewer.outline == nil)
    let unsorted = try await written(by: WriteOptions().createdBy, 0..<100, sorted: false)
    #expect(unsorted.outline == nil)
    let same = try await written(by: WriteOptions().createdBy, 0..<100)
    #expect(same.outline != nil)
  }

  @Test("Rows that are not where the footer says are found and put right when they are read")
  func misleadingFooter() async throws {
    // Sorted by what the statistics say, but not within the row group.
    let bench = try Bench(layout)
    let rows = try EventBatch.of([5, 3, 9, 1].map { (event($0, $0), 1) })
    let bytes = try await CheckpointFile.encode(rows, mark: nil, compression: .snappy)
    bench.store.poke(key, bytes)
    #expect(
      try await CheckpointFile(BytesSource(bytes), schema: .visitEvent).outline != nil)
    _ = try await bench.merge([(event(4, 4), 1)])
    #expect(try await bench.rows().compactMap { $0.string("ptid") } == ["1", "3", "4", "5", "9"])
  }

  @Test("A checkpoint of an older layout is decoded once, and never again")
  func firstContact() async throws {
    let bench = try Bench(layout)
    let rows = try EventBatch.of(
      (0..<300).map { (event(300 - $0, $0 % 100), $0 % 2) } + [(event(7, 93), 9)])
    var options = WriteOptions(usesDictionary: false)
    options.createdBy = "Polars"
    let template = try await CheckpointFile.decode(
      try await CheckpointFile.encode(rows, mark: nil, compression: .snappy), schema: .visitEvent)
    // Thirteen columns, unsorted, with a duplicate.
    let dropped: Set<String> = ["naccid", "modality", "source_modified"]
    let columns = template.parquet.schema.columns.indices.filter {
      !dropped.contains(template.parquet.schema.columns[$0].name)
    }
    var writer = try ParquetWriter(
      to: BytesSink(),
      schema: ParquetSchema(columns.map { template.parquet.schema.columns[$0] }), options: options)
    for group in template.parquet.metadata.rowGroups.indices {
      try await writer.writeRowGroup(
        try await template.parquet.readRowGroup(group, columns: columns))
    }
    bench.store.poke(key, try await writer.finish().bytes)
    let first = try await bench.merge([(event(1000, 1), 1)])
    #expect(first.decoded > 0 && first.isChanged)
    #expect(try await bench.sizes().count > 3)
    let second = try await bench.merge([(event(1001, 1), 1)])
    #expect(second.decoded == 1)
    let ordered = try await bench.rows()
    let order = EventSchema.visitEvent.order
    #expect(ordered == ordered.sorted { $0.take(order) < $1.take(order) })
    #expect(Set(ordered.map { $0.take(EventSchema.visitEvent.identity) }).count == ordered.count)
  }

  @Test("Long strings make row groups smaller")
  func longStrings() throws {
    var layout = RowGroupLayout(maximumRows: 1000)
    layout.maximumBytes = 100_000
    var batch = EventBatch(schema: .visitEvent)
    var decoder = EventDecoder(schema: .visitEvent)
    for index in 0..<500 {
      let json = event(index, index).json.replacing(
        "\"logger\"", with: "\"\(index)\(String(repeating: "x", count: 1000))\"")
      _ = try decoder.decode(Array(json.utf8), sourceModified: nil, into: &batch)
    }
    let parts = layout.parts(of: batch, isLast: true)
    #expect(parts.count >= 5)
    #expect(parts.first?.lowerBound == 0 && parts.last?.upperBound == 500)
    #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
  }
}

@Suite("The plan of a merge")
struct MergePlanTests {
  @Test("Every row group and every new row is in it once, in order, and what can meet is together")
  func random() {
    for seed in 0..<500 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let layout = RowGroupLayout(maximumRows: 8 + random.below(20))
      var groups: [MergePlan.RowGroup] = []
      var time: Int64 = 0
      for _ in 0..<random.below(12) {
        let start = time + Int64(random.below(5))
        time = start + Int64(random.below(10))
        groups.append(
          .init(
            keys: KeyRange(lowest: .number(start), highest: .number(time)),
            rows: 1 + random.below(layout.maximumRows), bytes: 100))
      }
      let rows = (0..<random.below(30)).map { _ in Int64(random.below(Int(time) + 10)) }.sorted()
      let plan = MergePlan(groups, newRows: rows.count, layout: layout) { .number(rows[$0]) }
      var nextGroup = 0
      var nextRow = 0
      for segment in plan.segments {
        switch segment {
        case .adopt(let range):
          #expect(range.lowerBound == nextGroup && !range.isEmpty, "seed \(seed)")
          nextGroup = range.upperBound
          for group in groups[range] {
            // No new row can meet what is adopted, and the order holds across it.
            for row in rows {
              #expect(
                .number(row) < group.keys.lowest || .number(row) > group.keys.highest,
                "seed \(seed)")
            }
            if nextRow < rows.count {
              #expect(.number(rows[nextRow]) > group.keys.highest, "seed \(seed)")
            }
            if nextRow > 0 {
              #expect(.number(rows[nextRow - 1]) < group.keys.lowest, "seed \(seed)")
            }
          }
        case .merge(let range, let part):
          #expect(range.lowerBound == nextGroup, "seed \(seed)")
          if !part.isEmpty {
            #expect(part.lowerBound == nextRow, "seed \(seed)")
            nextRow = part.upperBound
          }
          nextGroup = range.upperBound
          // What follows comes behind.
          if nextRow < rows.count, let last = groups[range].last {
            #expect(.number(rows[nextRow]) > last.keys.highest, "seed \(seed)")
          }
          if nextRow > 0, nextGroup < groups.count {
            #expect(.number(rows[nextRow - 1]) < groups[nextGroup].keys.lowest, "seed \(seed)")
          }
        }
      }
      #expect(nextGroup == groups.count && nextRow == rows.count, "seed \(seed)")
    }
  }

  @Test("Keys compare as the columns do, null first")
  func keys() {
    let ordered: [LeadingKey] = [.null, .number(.min), .number(-1), .number(0), .number(.max)]
    #expect(ordered.shuffled().sorted() == ordered)
    let texts: [LeadingKey] = [.null, .bytes([]), .bytes([0]), .bytes([0, 1]), .bytes([255])]
    #expect(texts.shuffled().sorted() == texts)
  }
}
