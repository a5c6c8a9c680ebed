import EventLogModel
import Foundation
import Testing

@Suite("JSON in and out")
struct RoundTripTests {
  /// A JSON string in quotes, each character written in one of the ways that JSON has.
  private func randomStyle(_ text: String, _ random: inout SplitMix64) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
      let short: [Unicode.Scalar: String] = [
        "\"": "\\\"", "\\": "\\\\", "/": "\\/", "\n": "\\n", "\r": "\\r", "\t": "\\t",
        "\u{8}": "\\b", "\u{c}": "\\f",
      ]
      if let escape = short[scalar], random.chance(percent: 50) {
        result += escape
      } else if mustEscape || random.chance(percent: 20) {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16, uppercase: random.chance(percent: 50))
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private func space(_ random: inout SplitMix64) -> String {
    random.pick(["", "", " ", "\n  ", "\t", "\r\n"]) ?? ""
  }

  /// The event as JSON in a random order and style, by Foundation's reading of our own members.
  private func write(_ event: VisitEvent, _ random: inout SplitMix64) throws -> String {
    let encoded = try JSONEncoder().encode(event)
    let object = try #require(try JSONSerialization.jsonObject(with: encoded) as? [String: Any])
    var members: [String] = []
    for (name, value) in object.sorted(by: { $0.key < $1.key }).shuffled(using: &random) {
      let text =
        if let string = value as? String {
          randomStyle(string, &random)
        } else {
          "\(value)"
        }
      members.append(
        space(&random) + randomStyle(name, &random) + space(&random) + ":" + space(&random) + text
          + space(&random))
    }
    for name in ["naccid", "visit_number", "packet", "module", "modality"]
    where object[name] == nil && random.chance(percent: 50) {
      members.append("\"\(name)\":null")
    }
    return space(&random) + "{" + members.joined(separator: ",") + "}" + space(&random)
  }

  @Test(
    "mean the same for random events in every style of writing", arguments: [UInt64(1), 2, 3])
  func sameMeaning(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var decoder = EventDecoder(schema: .visitEvent)
    var batch = EventBatch(schema: .visitEvent)
    for _ in 0..<250 {
      let event = random.oddEvent()
      let text = try write(event, &random)
      let outcome = try decoder.decode(Array(text.utf8), sourceModified: nil, into: &batch)
      guard outcome == .accepted else {
        Issue.record("seed \(seed): \(outcome) for \(text)")
        continue
      }
      let row = batch.count - 1
      var bytes: [UInt8] = []
      batch.writeJSON(row: row, into: &bytes)
      let back = try #require(
        try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
      let original = try #require(
        try JSONSerialization.jsonObject(with: try JSONEncoder().encode(event)) as? NSDictionary)
      #expect(back == original, "seed \(seed): \(text)")
      #expect(VisitEvent(batch, row: row) == event, "seed \(seed): \(text)")
      #expect(event.json() == bytes, "seed \(seed)")
    }
  }

  @Test("through Codable gives the event that went in", arguments: [UInt64(4)])
  func codable(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<150 {
      let event = random.oddEvent()
      let encoded = try JSONEncoder().encode(event)
      #expect(try JSONDecoder().decode(VisitEvent.self, from: encoded) == event, "seed \(seed)")
      // And our own reader takes what Foundation wrote.
      let batch = try decode(Array(encoded)).batch
      #expect(VisitEvent(batch, row: 0) == event, "seed \(seed)")
    }
  }
}
