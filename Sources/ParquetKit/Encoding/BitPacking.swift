// Kernel: unsafe loads. The caller has checked that the packed bytes lie within the span; the plain
// twin that the tests hold against it is `unpackPlainly` in BitPackingTests.

/// Values of the same number of bits back to back, least significant bit first (Parquet format,
/// "Encodings": the bit-packed runs of RLE).
enum BitPacking {
  /// The bytes that `count` values of `bitWidth` bits take.
  static func byteCount(_ count: Int, bitWidth: Int) -> Int {
    (count * bitWidth + 7) / 8
  }

  /// The smallest number of bits that holds every number up to `maximum`.
  static func bitWidth(forMaximum maximum: Int) -> Int {
    Int.bitWidth - max(0, maximum).leadingZeroBitCount
  }

  /// Appends `count` values that begin at byte `offset` of `source`.
  ///
  /// - Precondition: `bitWidth` is 1...32, `output` has room for `count` more, and
  ///   `offset + byteCount(count, bitWidth:)` is at most the span's size.
  static func unpack(
    _ source: RawSpan, from offset: Int, bitWidth: Int, count: Int,
    into output: inout OutputSpan<UInt32>
  ) {
    let mask = UInt64(1) << UInt64(bitWidth) - 1
    // Values whose 8-byte load stays within the span; the few behind them are put together bytewise.
    let available = source.byteCount - offset
    let safe = available < 8 ? 0 : min(count, ((available - 8) * 8) / bitWidth + 1)
    source.withUnsafeBytes { source in
      guard let base = source.baseAddress.map({ $0 + offset }) else { return }
      output.withUnsafeMutableBufferPointer { buffer, initialized in
        guard let target = buffer.baseAddress.map({ $0 + initialized }) else { return }
        var bit = 0
        for index in 0..<safe {
          let word = UInt64(
            littleEndian: base.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
          target[index] = UInt32(truncatingIfNeeded: (word >> UInt64(bit & 7)) & mask)
          bit &+= bitWidth
        }
        for index in safe..<count {
          var word: UInt64 = 0
          let first = bit >> 3
          let last = (bit + bitWidth - 1) >> 3
          for byte in first...last {
            let part = base.load(fromByteOffset: byte, as: UInt8.self)
            word |= UInt64(part) << UInt64((byte - first) * 8)
          }
          target[index] = UInt32(truncatingIfNeeded: (word >> UInt64(bit & 7)) & mask)
          bit &+= bitWidth
        }
        initialized += count
      }
    }
  }

  /// Appends `values`, each less than 2^bitWidth, padded with zero bits to a whole byte.
  static func pack(_ values: Span<UInt32>, bitWidth: Int, into bytes: inout [UInt8]) {
    var pending: UInt64 = 0
    var bits = 0
    for index in values.indices {
      pending |= UInt64(values[index]) << UInt64(bits)
      bits += bitWidth
      while bits >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: pending))
        pending >>= 8
        bits -= 8
      }
    }
    if bits > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
  }
}
