import TestSupport
import Testing

@testable import ParquetKit

/// Encodings.md, "Run Length Encoding / Bit-Packing Hybrid", value by value and without any shift of
/// more than one bit: too simple to be fast, simple enough to be right.
private func decodePlainly(_ bytes: [UInt8], bitWidth: Int, count: Int) -> [UInt32]? {
  var values: [UInt32] = []
  var position = 0
  while values.count < count {
    var header = 0
    var shift = 0
    while true {
      guard position < bytes.count else { return nil }
      header += Int(bytes[position] % 128) << shift
      position += 1
      shift += 7
      if bytes[position - 1] < 128 { break }
    }
    if header % 2 == 0 {
      var value: UInt32 = 0
      for index in 0..<((bitWidth + 7) / 8) {
        guard position < bytes.count else { return nil }
        value += UInt32(bytes[position]) << UInt32(8 * index)
        position += 1
      }
      values += Array(repeating: value, count: min(header / 2, count))
    } else {
      let packed = Array(bytes[position..<min(bytes.count, position + header / 2 * bitWidth)])
      position += header / 2 * bitWidth
      values += unpackPlainly(packed, bitWidth: bitWidth, count: min(header / 2 * 8, count))
    }
  }
  return Array(values.prefix(count))
}

/// Bit by bit.
private func unpackPlainly(_ bytes: [UInt8], bitWidth: Int, count: Int) -> [UInt32] {
  (0..<count).map { index in
    var value: UInt32 = 0
    for bit in 0..<bitWidth {
      let position = index * bitWidth + bit
      if position / 8 < bytes.count, bytes[position / 8] & (1 << UInt8(position % 8)) != 0 {
        value += 1 << UInt32(bit)
      }
    }
    return value
  }
}

private func decode(_ bytes: [UInt8], bitWidth: Int, count: Int) throws(ParquetError) -> [UInt32] {
  try [UInt32](capacity: count) { (output: inout OutputSpan<UInt32>) throws(ParquetError) in
    var decoder = try HybridDecoder(bytes.span.bytes, bitWidth: bitWidth)
    try decoder.decode(count, into: &output)
  }
}

struct HybridTests {
  @Test("The example of the specification: 0 to 7 in 3 bits")
  func specificationExample() throws {
    // Encodings.md: bytes 10001000 11000110 11111010 for the numbers 1 to 7 after 0.
    let packed: [UInt8] = [0b1000_1000, 0b1100_0110, 0b1111_1010]
    #expect(try decode([3] + packed, bitWidth: 3, count: 8) == Array(0...7))
    var written: [UInt8] = []
    let values: [UInt32] = Array(0...7)
    BitPacking.pack(values.span, bitWidth: 3, into: &written)
    #expect(written == packed)
  }

  @Test("The unpacking kernel agrees with a bit-by-bit reading", arguments: 1...32)
  func kernelAgrees(bitWidth: Int) {
    var random = SplitMix64(seed: UInt64(bitWidth))
    for count in [1, 7, 8, 9, 31, 64, 65, 500] {
      for offset in [0, 1, 5] {
        let bytes = random.bytes(offset + BitPacking.byteCount(count, bitWidth: bitWidth))
        let values = [UInt32](capacity: count) { output in
          BitPacking.unpack(
            bytes.span.bytes, from: offset, bitWidth: bitWidth, count: count, into: &output)
        }
        #expect(
          values == unpackPlainly(Array(bytes[offset...]), bitWidth: bitWidth, count: count),
          "\(count) values from byte \(offset) on")
      }
    }
  }

  @Test("What the encoder writes is what a plain decoder and ours read", arguments: 0...32)
  func roundTrip(bitWidth: Int) throws {
    var random = SplitMix64(seed: 1000 + UInt64(bitWidth))
    for _ in 0..<20 {
      var values: [UInt32] = []
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        let value =
          bitWidth == 0 ? 0 : UInt32(truncatingIfNeeded: random.next() >> UInt64(64 - bitWidth))
        let run = [1, 1, 2, 3, 7, 8, 9, 30, 700].randomElement(using: &random) ?? 1
        values += Array(repeating: value, count: run)
      }
      var encoder = HybridEncoder(bitWidth: bitWidth)
      for value in values { encoder.append(value) }
      let bytes = encoder.finish()
      #expect(try decode(bytes, bitWidth: bitWidth, count: values.count) == values)
      #expect(decodePlainly(bytes, bitWidth: bitWidth, count: values.count) == values)
    }
  }

  @Test("Random bytes decode as the plain decoder says, or are refused")
  func randomBytes() {
    let seed: UInt64 = 7
    var random = SplitMix64(seed: seed)
    for round in 0..<3000 {
      let bitWidth = Int.random(in: 0...32, using: &random)
      let bytes = random.bytes(Int.random(in: 0...40, using: &random))
      let count = Int.random(in: 1...300, using: &random)
      guard let values = try? decode(bytes, bitWidth: bitWidth, count: count) else { continue }
      #expect(values == decodePlainly(bytes, bitWidth: bitWidth, count: count), "\(seed), \(round)")
    }
  }

  @Test(
    "Runs that lie are refused",
    arguments: [
      ([], 1, 1),  // nothing at all
      ([0x00, 0x01], 1, 1),  // an empty run
      ([0x01], 8, 8),  // an empty group
      ([0x03, 0x01], 8, 8),  // fewer bytes than the groups need
      ([0x04, 0x02], 1, 2),  // a value wider than its bits
      ([0x04], 9, 2),  // no value
      ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], 1, 2),  // a length of more than 32 bits
      ([0x04, 0x01], 33, 2),  // a bit width that no number has
    ] as [([UInt8], Int, Int)])
  func refused(bytes: [UInt8], bitWidth: Int, count: Int) {
    #expect(throws: ParquetError.self) {
      try decode(bytes, bitWidth: bitWidth, count: count)
    }
  }
}
