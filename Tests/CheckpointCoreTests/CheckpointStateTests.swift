import EventLogModel
import Foundation
import Testing

@testable import CheckpointCore

@Suite("The state")
struct CheckpointStateTests {
  private func at(_ second: Int) -> Timestamp {
    Timestamp(microsecondsSinceEpoch: Int64(second) * 1_000_000)
  }

  private func sample() -> CheckpointState {
    var state = CheckpointState(
      source: "file:///srv/events/", keyTemplate: "{study}.parquet", schema: .visitEvent,
      unknownFields: "refuse")
    state.completeUntil = Timestamp(microsecondsSinceEpoch: 1_700_000_000_123_456)
    state.seen = [0, 1, .max, 0x0123_4567_89AB_CDEF]
    state.toRetry = [
      .init(key: "log-ä\"\n.json", lastModified: at(5), attempts: 3, lastError: "No \\ luck.")
    ]
    state.checkpoints = [
      .init(
        key: "adrc.parquet", eTag: ETag(rawValue: "abc"), rows: 7,
        groups: [.init(values: ["adrc", "form"], rows: 7)]),
      .init(key: "other.parquet", eTag: nil, rows: 0, groups: []),
    ]
    state.archived.versions = [3, 4]
    state.archived.count = 9
    state.archived.from = at(5)
    state.archived.until = at(7)
    state.refused = 12
    return state
  }

  @Test("What is written is read again, and the bytes are the same each time")
  func roundTrip() throws {
    let state = sample()
    let bytes = try state.encoded()
    #expect(try CheckpointState(decoding: bytes) == state)
    #expect(try CheckpointState(decoding: bytes).encoded() == bytes)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("\"complete_until\" : \"2023-11-14T22:13:20.123456Z\""))
    // An independent reader agrees on the form.
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    #expect(json["version"] as? Int == 1)
    #expect(json["source"] as? String == "file:///srv/events/")
    let seen = try #require(json["seen"] as? [String: Any])
    #expect(
      seen["versions"] as? String
        == "000000000000000000000000000000010123456789abcdefffffffffffffffff")
  }

  @Test("No truncation of a state is read as one, and no change of a byte traps")
  func damage() throws {
    let bytes = try sample().encoded()
    for count in 0..<(bytes.count - 2) {
      #expect(throws: CheckpointStateError.self) {
        try CheckpointState(decoding: Array(bytes[..<count]))
      }
    }
    let seed: UInt64 = 11
    var random = SplitMix64(seed: seed)
    for _ in 0..<2000 {
      var damaged = bytes
      damaged[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
      _ = try? CheckpointState(decoding: damaged)
    }
  }

  @Test(
    "What is no state is refused with a sentence",
    arguments: [
      "", "null", "[]", "{}", "{\"version\":2}", "{\"version\":1}", "{\"version\":\"1\"}",
      "not json", "\u{0}",
    ])
  func refusals(text: String) {
    #expect {
      _ = try CheckpointState(decoding: Array(text.utf8))
    } throws: { error in
      (error as? CheckpointStateError)?.description.hasSuffix(".") == true
    }
  }

  @Test("Counts that would overflow are refused")
  func hugeCounts() throws {
    var state = sample()
    state.checkpoints[0].rows = .max
    let bytes = try state.encoded()
    #expect(throws: CheckpointStateError.self) { try CheckpointState(decoding: bytes) }
    state = sample()
    state.refused = .max
    let more = try state.encoded()
    #expect(throws: CheckpointStateError.self) { try CheckpointState(decoding: more) }
  }

  @Test("Retries beyond the bound hold the mark back to the oldest that does not fit")
  func bound() {
    var state = sample()
    let count = CheckpointState.maximumRetries + 5
    var undone = UndoneList()
    var last = UndoneList()
    for index in (0..<count).reversed() {
      let entry = UndoneList.Entry(
        key: "log-\(index).json", lastModified: at(100 + index), reason: "No.")
      undone.add(entry)
      if index < 5 { last.add(entry) }
    }
    state.settle(undone: undone, previous: [], mark: at(1_000_000))
    #expect(state.toRetry.count == CheckpointState.maximumRetries)
    #expect(state.toRetry.first?.key == "log-0.json")
    #expect(state.completeUntil == at(100 + CheckpointState.maximumRetries))
    state.settle(undone: last, previous: state.toRetry, mark: at(1_000_000))
    #expect(state.completeUntil == at(1_000_000))
    #expect(state.toRetry.map(\.attempts) == [2, 2, 2, 2, 2])
  }

  @Test("A hundred thousand undone objects are held in a bounded list, whatever their order")
  func undoneBound() {
    let seed: UInt64 = 21
    var random = SplitMix64(seed: seed)
    var list = UndoneList()
    var oldest: [Int] = []
    for _ in 0..<100_000 {
      let second = random.below(1 << 30)
      oldest.append(second)
      list.add(.init(key: "log-\(second).json", lastModified: at(second), reason: "No."))
    }
    oldest.sort()
    let bound = CheckpointState.maximumRetries
    #expect(list.count == 100_000)
    #expect(list.entries.map(\.lastModified) == oldest.prefix(bound).map { at($0) })
    #expect(list.markBound == at(oldest[bound]))
  }

  @Test("Reasons are shortened, since they come from elsewhere")
  func longReasons() {
    var list = UndoneList()
    list.add(
      .init(
        key: "log-a.json", lastModified: at(1), reason: String(repeating: "x", count: 1_000_000)))
    #expect(list.entries.allSatisfy { ($0.reason?.count ?? 0) < 500 })
  }

  @Test("Two states become one that loses nothing of either")
  func merge() throws {
    var mine = sample()
    mine.completeUntil = at(50)
    mine.seen = [1, 2]
    var theirs = sample()
    theirs.completeUntil = at(60)
    theirs.seen = [2, 3]
    theirs.toRetry = [.init(key: "log-b.json", lastModified: at(1), attempts: 1, lastError: "B.")]
    theirs.checkpoints[0].eTag = ETag(rawValue: "other")
    theirs.checkpoints.append(.init(key: "z.parquet", eTag: nil, rows: 1, groups: []))
    let own = mine.checkpoints[0].eTag
    var informed = mine
    mine.merge(theirs)
    #expect(mine.completeUntil == at(60))
    #expect(mine.seen == [1, 2, 3])
    #expect(mine.toRetry.map(\.key) == ["log-b.json", "log-ä\"\n.json"])
    #expect(mine.checkpoints.map(\.key) == ["adrc.parquet", "other.parquet", "z.parquet"])
    // The file must have come from both versions, unless one is known to have come from the other.
    #expect(mine.checkpoints[0].eTag == own)
    #expect(mine.checkpoints[0].descendsFrom == [ETag(rawValue: "other")])
    informed.merge(theirs, ancestry: ["adrc.parquet": [ETag(rawValue: "other")]])
    #expect(informed.checkpoints[0].eTag == own)
    #expect(informed.checkpoints[0].descendsFrom == nil)
    #expect(try CheckpointState(decoding: mine.encoded()) == mine)
  }
}
