import TestSupport

/// Bytes of many kinds to compress, the same for the same seed.
enum SampleBytes {
  /// A name for messages, and the bytes.
  struct Sample: Sendable, CustomStringConvertible {
    let description: String
    let bytes: [UInt8]
  }

  /// A few hundred kilobytes in all the shapes that codecs treat differently.
  static func all(seed: UInt64) -> [Sample] {
    var random = SplitMix64(seed: seed)
    var samples: [Sample] = []
    func add(_ name: String, _ bytes: [UInt8]) {
      samples.append(
        Sample(description: "\(name), \(bytes.count) bytes, seed \(seed)", bytes: bytes))
    }
    for count in 0...20 { add("random", random.bytes(count)) }
    for count in [59, 60, 61, 62, 255, 256, 257, 258, 4096] {
      add("random", random.bytes(count))
    }
    for period in 1...20 {
      let unit = random.bytes(period)
      let count = Int.random(in: 30...400, using: &random)
      add("period \(period)", (0..<count).map { unit[$0 % period] })
    }
    for count in [15, 16, 17, 63, 64, 65, 67, 68, 69, 131, 132, 1000] {
      add("zeros", [UInt8](repeating: 0, count: count))
    }
    add("runs", runs(20_000, &random))
    for count in [65535, 65536, 65537] { add("text", text(count, &random)) }
    add("few symbols", (0..<10_000).map { _ in UInt8.random(in: 0...2, using: &random) })
    add("words", words(8_000, &random))
    add("integers", (0..<4_000).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8), 0, 0] })
    add("repeated at a distance", farRepeats(window: 70_000, &random))
    add("repeated within the window", farRepeats(window: 65_000, &random))
    add("random", random.bytes(70_000))
    return samples
  }

  /// Small samples, for tests that try every change of every block.
  static func small(seed: UInt64) -> [Sample] {
    var random = SplitMix64(seed: seed)
    return [
      Sample(description: "empty, seed \(seed)", bytes: []),
      Sample(description: "random, seed \(seed)", bytes: random.bytes(70)),
      Sample(description: "text, seed \(seed)", bytes: text(300, &random)),
      Sample(description: "runs, seed \(seed)", bytes: runs(400, &random)),
    ]
  }

  private static func runs(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let byte = UInt8.random(in: 0...255, using: &random)
      let length = Int.random(in: 1...200, using: &random)
      bytes.append(contentsOf: repeatElement(byte, count: length))
    }
    return [UInt8](bytes.prefix(count))
  }

  private static func text(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
    let vocabulary = [
      "submit", "pass-qc", "not-pass-qc", "adrc", "form", "dicom", "2024-01-", "\"timestamp\": ",
      "{", "}", ", ", "ptid", "0", "1", "2", "17", "T10:", ":", "Z",
    ]
    var bytes: [UInt8] = []
    while bytes.count < count {
      let word = vocabulary[Int.random(in: 0..<vocabulary.count, using: &random)]
      bytes.append(contentsOf: word.utf8)
    }
    return [UInt8](bytes.prefix(count))
  }

  private static func words(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
    let pool = (0..<40).map { _ in random.bytes(Int.random(in: 3...90, using: &random)) }
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += pool[Int.random(in: 0..<pool.count, using: &random)] }
    return bytes
  }

  private static func farRepeats(window: Int, _ random: inout SplitMix64) -> [UInt8] {
    let first = random.bytes(window)
    return first + first.prefix(3_000) + random.bytes(10) + first.suffix(2_000)
  }
}
