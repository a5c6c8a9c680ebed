/// Differences between integers, bit-packed in blocks of miniblocks (Parquet format, "Encodings":
/// DELTA_BINARY_PACKED).
enum DeltaBinaryPacked {
  /// Appends exactly `count` integers.
  static func decode<Value: FixedWidthValue>(
    _ bytes: RawSpan, count: Int, into values: inout [Value]
  ) throws(ParquetError) {
    _ = try decode(bytes, count: count) { values.append(Value(bits: UInt64(bitPattern: $0))) }
  }

  /// Hands exactly `count` integers to `take` and returns the number of bytes that they took.
  ///
  /// Sums wrap around, as the format asks for.
  static func decode(
    _ bytes: RawSpan, count: Int, _ take: (Int64) throws(ParquetError) -> Void
  ) throws(ParquetError) -> Int {
    var reader = VarintReader(bytes)
    let blockSize = try reader.readUnsigned()
    let miniblocks = try reader.readUnsigned()
    let total = try reader.readUnsigned()
    var value = try reader.readZigZag()
    guard total == UInt64(count) else {
      throw ParquetError(
        .corrupt, "A delta-encoded page states \(total) values where its header states \(count).")
    }
    // 128 values is the format's minimum; 2^20 is far above what any writer uses.
    guard (128...1 << 20).contains(blockSize), blockSize % 128 == 0, miniblocks >= 1,
      blockSize % miniblocks == 0, (blockSize / miniblocks) % 32 == 0
    else {
      throw ParquetError(
        .corrupt, "A delta-encoded page has blocks of \(blockSize) values in \(miniblocks) parts.")
    }
    let perMiniblock = Int(blockSize / miniblocks)
    var left = count
    if left > 0 {
      try take(value)
      left -= 1
    }
    while left > 0 {
      let minimum = try reader.readZigZag()
      let widths = try reader.advance(Int(miniblocks))
      for miniblock in 0..<Int(miniblocks) where left > 0 {
        let width = Int(
          bytes.unsafeLoad(fromByteOffset: widths.lowerBound + miniblock, as: UInt8.self))
        guard width <= 64 else {
          throw ParquetError(.corrupt, "A delta-encoded page has a bit width of \(width).")
        }
        let here = min(left, perMiniblock)
        let packed = try reader.advance(
          upTo: perMiniblock * width / 8, atLeast: BitPacking.byteCount(here, bitWidth: width))
        for index in 0..<here {
          let delta = bits(bytes, packed, at: index * width, width: width)
          value = value &+ minimum &+ Int64(bitPattern: delta)
          try take(value)
        }
        left -= here
      }
    }
    return reader.position
  }

  /// `width` bits from bit `position` of the range on, least significant first.
  private static func bits(
    _ bytes: RawSpan, _ range: Range<Int>, at position: Int, width: Int
  ) -> UInt64 {
    if width == 0 { return 0 }
    let first = range.lowerBound + position >> 3
    let shift = UInt64(position & 7)
    let last = range.lowerBound + (position + width - 1) >> 3
    var value: UInt64 = 0
    for index in first...min(last, first + 7) {
      let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      value |= UInt64(byte) << UInt64((index - first) * 8)
    }
    value >>= shift
    if last > first + 7 {
      let byte = bytes.unsafeLoad(fromByteOffset: first + 8, as: UInt8.self)
      value |= UInt64(byte) << (64 - shift)
    }
    return width == 64 ? value : value & (UInt64(1) << UInt64(width) - 1)
  }
}

/// Reads LEB128 numbers and ranges of bytes, never beyond the end.
struct VarintReader: ~Escapable {
  private let bytes: RawSpan
  private(set) var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  @_lifetime(self: copy self)
  mutating func readUnsigned() throws(ParquetError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 64 {
      guard position < bytes.byteCount else { throw Self.truncation }
      let byte = bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    throw ParquetError(.corrupt, "A delta-encoded page holds a number of more than 64 bits.")
  }

  @_lifetime(self: copy self)
  mutating func readZigZag() throws(ParquetError) -> Int64 {
    let raw = try readUnsigned()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// Passes over `count` bytes and returns their range.
  @_lifetime(self: copy self)
  mutating func advance(_ count: Int) throws(ParquetError) -> Range<Int> {
    try advance(upTo: count, atLeast: count)
  }

  /// Passes over `count` bytes, or to the end when at least `minimum` are left: writers may cut off
  /// the padding of the last miniblock.
  @_lifetime(self: copy self)
  mutating func advance(upTo count: Int, atLeast minimum: Int) throws(ParquetError) -> Range<Int> {
    let left = bytes.byteCount - position
    guard minimum <= left else { throw Self.truncation }
    let start = position
    position += min(count, left)
    return start..<position
  }

  private static let truncation = ParquetError(
    .corrupt, "A delta-encoded page ends before its last value.")
}
