import EventLogModel
import Foundation
import Testing

@Suite("The verdict on whether bytes are JSON")
struct JSONVerdictTests {
  /// Whether our scanner takes bytes for one JSON object.
  private func isJSONObject(_ bytes: [UInt8]) throws -> Bool {
    let faults = try decode(bytes, unknownFields: .ignore).outcome.faults
    return faults.allSatisfy { fault in
      !syntaxCodes.contains(fault.code) && fault.code != .notAnObject && fault.code != .tooDeep
    }
  }

  /// Whether Foundation does.
  private func isJSONObjectByFoundation(_ bytes: [UInt8]) -> Bool {
    let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    return value is [String: Any]
  }

  /// What the two see differently, and rightly so.
  private func isKnownDifference(_ bytes: [UInt8], ours: Bool) -> Bool {
    // Foundation skips a byte order mark and guesses UTF-16 and UTF-32, which RFC 8259 rules out;
    // a NUL among the first four bytes makes it guess.
    if !ours,
      bytes.starts(with: [0xEF, 0xBB, 0xBF]) || bytes.prefix(4).contains(0)
        || bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE])
    {
      return true
    }
    // Foundation refuses numbers that no Double holds; the grammar has no such limit.
    let text = String(decoding: bytes, as: UTF8.self)
    return ours && text.contains(/[0-9][eE]\+?[0-9]{3,}|[0-9]{300,}/)
  }

  @Test(
    "agrees with Foundation on thousands of damaged documents", arguments: [UInt64(1), 2, 3, 4])
  func agreesWithFoundation(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let extra =
      #"{"a": [1, -2.5e-3, true, false, null, {"b": "\u00e9\ud83d\ude00\n", "c": {}}, []]}"#
    let documents =
      (0..<6).map { _ in random.oddEvent().json() } + [
        Array(EventText().with("extra", extra).json.utf8), Array(extra.utf8), Array("{}".utf8),
      ]
    let tokens = [
      "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "0", "-", ".", "e", "1e5", "null",
      "tru", "true", " ", "\n", "\t", "\u{b}", "\u{0}", "é", "\u{feff}", "/", "'", "+", "NaN",
    ]
    var accepted = 0
    for _ in 0..<1_500 {
      var bytes = random.pick(documents) ?? []
      for _ in 0..<1 + random.below(2) where !bytes.isEmpty {
        let offset = random.below(bytes.count)
        switch random.below(6) {
        case 0: bytes[offset] ^= 1 << UInt8(random.below(8))
        case 1: bytes[offset] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes.remove(at: offset)
        case 3: bytes.insert(contentsOf: (random.pick(tokens) ?? "").utf8, at: offset)
        case 4:
          let end = min(bytes.count, offset + 1 + random.below(6))
          bytes.replaceSubrange(offset..<end, with: (random.pick(tokens) ?? "").utf8)
        default: bytes.swapAt(offset, random.below(bytes.count))
        }
      }
      let ours = try isJSONObject(bytes)
      if ours { accepted += 1 }
      if ours != isJSONObjectByFoundation(bytes), !isKnownDifference(bytes, ours: ours) {
        let text = String(decoding: bytes, as: UTF8.self)
        Issue.record("seed \(seed): we say \(ours) to \(text.debugDescription)")
      }
    }
    // Neither verdict is rare, so that both are tested.
    #expect((100...1_400).contains(accepted), "seed \(seed)")
  }

  @Test("is no for every beginning of an event")
  func truncations() throws {
    var random = SplitMix64(seed: 11)
    let documents = [
      Array(EventText().json.utf8), random.oddEvent().json(),
      Array(#"{"a": [1.5e3, {"b": "\ud83d\ude00é"}], "c": false}"#.utf8),
    ]
    for document in documents {
      for length in 0..<document.count {
        let outcome = try decode(Array(document.prefix(length)), unknownFields: .ignore).outcome
        let code = outcome.faults.last?.code
        let isCutCharacter = code == .invalidUTF8
        #expect(
          code == .unexpectedEnd || code == .emptyInput || isCutCharacter
            || (code == .invalidNumber && document[length - 1] != 0x22),
          "\(length) bytes of \(String(decoding: document, as: UTF8.self))")
      }
    }
  }

  @Test("is the same wherever the bytes lie, and however many follow in memory")
  func independentOfPlace() throws {
    var random = SplitMix64(seed: 12)
    for _ in 0..<200 {
      let json = random.oddEvent().json()
      let padding = random.below(9)
      let padded = [UInt8](repeating: 0x22, count: padding) + json + [0x7D, 0x22, 0x7D]
      var decoder = EventDecoder(schema: .visitEvent)
      var batch = EventBatch(schema: .visitEvent)
      let part = padded.span.bytes.extracting(padding..<padding + json.count)
      let outcome = try decoder.decode(part, sourceModified: nil, into: &batch)
      #expect(outcome == .accepted || outcome == .excluded, "seed 12")
    }
  }

  @Test("never lets damage to the bytes crash the decoder or leave half a row")
  func byteFlips() throws {
    var random = SplitMix64(seed: 13)
    var decoder = EventDecoder(schema: .visitEvent)
    var batch = EventBatch(schema: .visitEvent)
    var accepted = 0
    for _ in 0..<4_000 {
      var json = Array(EventText().json.utf8)
      for _ in 0..<1 + random.below(3) {
        json[random.below(json.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      let outcome = try decoder.decode(json, sourceModified: nil, into: &batch)
      if outcome == .accepted {
        accepted += 1
        #expect(isJSONObjectByFoundation(json))
      }
      #expect(batch.count == accepted)
    }
    #expect(batch.columns.allSatisfy { $0.count == accepted })
    // A damaged event before it leaves no trace in the next one.
    #expect(
      try decoder.decode(Array(EventText().json.utf8), sourceModified: nil, into: &batch)
        == .accepted)
    let expected = try decode(EventText().json).batch.json(row: 0)
    #expect(batch.json(row: accepted) == expected)
  }
}
