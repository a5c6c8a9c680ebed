import EventLogModel
import Testing

@testable import CheckpointCore

@Suite("Merging")
struct BatchMergeTests {
  private typealias Version = (event: TestEvent, modified: Int?)

  private func versions(_ count: Int, _ random: inout SplitMix64) -> [Version] {
    (0..<count).map { _ in
      (TestEvent.random(&random), random.pick([nil, 1, 2, 3]))
    }
  }

  private func empty(_ schema: EventSchema = .visitEvent) -> EventBatch {
    EventBatch(schema: schema)
  }

  @Test("Random sets, split into runs in any order, merge into what the plain model says")
  func againstModel() throws {
    for seed in 0..<600 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let all = versions(random.below(40), &random)
      var model = PlainCheckpoint()
      for row in try EventBatch.of(all).plainRows { model.add(row) }

      let shuffled = all.shuffled(using: &random)
      var checkpoint = empty()
      var start = 0
      while start < shuffled.count {
        let end = min(shuffled.count, start + 1 + random.below(12))
        checkpoint = try BatchMerge.merge(
          existing: checkpoint, new: EventBatch.of(Array(shuffled[start..<end]))
        ).batch
        start = end
      }
      #expect(checkpoint.plainRows == model.ordered, "seed \(seed)")

      // What is merged once more changes nothing, be it a part or everything.
      let again = try BatchMerge.merge(
        existing: checkpoint, new: EventBatch.of(Array(all.prefix(random.below(40)))))
      #expect(!again.isChanged, "seed \(seed)")
      #expect(again.batch.plainRows == model.ordered, "seed \(seed)")
    }
  }

  @Test("Only the rows that are named take part, and dictionaries hold only what is used")
  func someRows() throws {
    for seed in 1000..<1200 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let batch = try EventBatch.of(versions(20, &random))
      let rows = (0..<20).filter { _ in random.below(2) == 0 }
      var model = PlainCheckpoint()
      for row in rows { model.add(batch.plainRows[row]) }
      let merged = try BatchMerge.merge(existing: empty(), new: batch, rows: rows)
      #expect(merged.batch.plainRows == model.ordered, "seed \(seed)")
      for column in merged.batch.columns where column.type == .string {
        let used = Set((0..<merged.batch.count).compactMap { column.string(at: $0) })
        #expect(column.dictionary.count == used.count, "seed \(seed)")
      }
      for column in merged.batch.columns {
        #expect(column.validity?.contains(false) ?? true, "seed \(seed)")
      }
    }
  }

  @Test("Counts of added and replaced rows are right for each group")
  func counts() throws {
    for seed in 2000..<2200 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let old = versions(random.below(30), &random)
      let new = versions(random.below(30), &random)
      var before = PlainCheckpoint()
      for row in try EventBatch.of(old).plainRows { before.add(row) }
      var after = before
      let newRows = try EventBatch.of(new).plainRows
      for row in newRows { after.add(row) }
      let checkpoint = try BatchMerge.merge(existing: empty(), new: EventBatch.of(old)).batch
      let merged = try BatchMerge.merge(existing: checkpoint, new: EventBatch.of(new))

      func group(_ row: PlainRow) -> [String] {
        [row.string("study") ?? "", row.string("datatype") ?? ""]
      }
      let identity = EventSchema.visitEvent.identity
      let known = Dictionary(
        uniqueKeysWithValues: before.ordered.map { ($0.take(identity), $0) })
      var expected: [[String]: [Int]] = [:]
      for row in newRows { expected[group(row), default: [0, 0, 0, 0]][2] += 1 }
      for row in after.ordered {
        expected[group(row), default: [0, 0, 0, 0]][3] += 1
        switch known[row.take(identity)] {
        case nil: expected[group(row), default: [0, 0, 0, 0]][0] += 1
        case row?: break
        default: expected[group(row), default: [0, 0, 0, 0]][1] += 1
        }
      }
      let found = merged.groups.map { ($0.values, [$0.added, $0.replaced, $0.offered, $0.rows]) }
      #expect(
        Dictionary(uniqueKeysWithValues: found) == expected, "seed \(seed)")
    }
  }

  @Test("A checkpoint out of order or with an event twice is repaired")
  func repair() throws {
    for seed in 3000..<3200 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let existing = try EventBatch.of(versions(2 + random.below(20), &random))
      var model = PlainCheckpoint()
      for row in existing.plainRows { model.add(row) }
      let merged = try BatchMerge.merge(existing: existing, new: empty())
      #expect(merged.batch.plainRows == model.ordered, "seed \(seed)")
      #expect(merged.repaired == (existing.plainRows != model.ordered), "seed \(seed)")
      #expect(merged.isChanged == merged.repaired, "seed \(seed)")
    }
  }

  @Test("A later version wins, null is the earliest, and in one instant the greater row wins")
  func versionsInAnyOrder() throws {
    var low = TestEvent()
    low.packet = "F"
    var high = TestEvent()
    high.packet = "I"
    var none = TestEvent()
    none.packet = nil
    func winner(_ left: Version, _ right: Version) throws -> String? {
      let first = try BatchMerge.merge(
        existing: EventBatch.of([left]), new: EventBatch.of([right])
      ).batch
      let second = try BatchMerge.merge(
        existing: EventBatch.of([right]), new: EventBatch.of([left])
      ).batch
      #expect(first.plainRows == second.plainRows)
      #expect(first.count == 1)
      return first.plainRows.first?.string("packet")
    }
    #expect(try winner((low, 2), (high, 1)) == "F")
    #expect(try winner((low, 1), (high, nil)) == "F")
    #expect(try winner((low, 1), (high, 1)) == "I")
    #expect(try winner((none, 1), (low, 1)) == "F")
    #expect(try winner((low, nil), (high, nil)) == "I")
  }

  @Test("Without a column for the source's time the greater row wins")
  func withoutSourceModified() throws {
    let schema = EventSchema.visitEvent.withoutSourceModified()
    for seed in 4000..<4100 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let all = versions(20, &random)
      var model = PlainCheckpoint(schema)
      for row in try EventBatch.of(all, schema: schema).plainRows { model.add(row) }
      let merged = try BatchMerge.merge(
        existing: empty(schema), new: EventBatch.of(all, schema: schema))
      #expect(merged.batch.plainRows == model.ordered, "seed \(seed)")
    }
  }

  @Test("Ranks order strings as their bytes do, across dictionaries with duplicates")
  func ranks() throws {
    for seed in 5000..<5200 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let alphabet = ["a", "b", "é", "\0", "aaaaaaaa", "\u{1F600}", "z"]
      var dictionaries: [StringDictionary] = []
      var strings: [[String]] = []
      for _ in 0..<3 {
        var bytes: [UInt8] = []
        var offsets: [UInt32] = [0]
        strings.append([])
        for _ in 0..<random.below(20) {
          let text = (0..<random.below(4)).map { _ in random.pick(alphabet) }.joined()
          strings[strings.count - 1].append(text)
          bytes += Array(text.utf8)
          offsets.append(UInt32(bytes.count))
        }
        dictionaries.append(try StringDictionary(adopting: bytes, offsets: offsets))
      }
      let ranks = StringRanks(dictionaries)
      let ordered = Set(strings.flatMap { $0.map { Array($0.utf8) } })
        .sorted { $0.lexicographicallyPrecedes($1) }
      #expect(ranks.count == ordered.count)
      for (index, list) in strings.enumerated() {
        for (code, text) in list.enumerated() {
          let rank = Int(ranks.ranks[index][code])
          #expect(ordered[rank] == Array(text.utf8), "seed \(seed)")
          #expect(ranks.string(rank) == text, "seed \(seed)")
        }
      }
    }
  }
}
