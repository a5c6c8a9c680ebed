// Unsafe pointers: this loop sets the speed of writing. It reads words only where the input has
// them, and the caller provides `capacity(for:)` bytes of output, enough for the worst input. The
// tests hold its blocks against a plain twin's, byte by byte.

/// The loop that finds the matches of a Snappy block.
///
/// One pass with a hash table of the last place of each four bytes, over a sliding window of 64 KiB
/// (copies then take at most three bytes). Where nothing matches the steps grow, so bytes that do
/// not compress cost little.
enum SnappyCompressor {
  /// Bytes before the end that are left to the last literal, so that whole words can be read.
  static let margin = 16
  /// The farthest that a copy of three bytes reaches.
  static let window = 65535
  /// The logarithm of the hash table's largest size.
  static let maximumTableBits = 14

  /// An output size that every block fits in, length and slack included.
  static func capacity(for count: Int) -> Int {
    // A literal costs one byte over its contents, two from 61 bytes on, and up to five where it is
    // far longer; a copy saves at least one. The rest covers the last literal, the length and a
    // 16-byte store beyond the end.
    count + count / 6 + 64
  }

  /// The logarithm of the hash table's size for an input: no larger than pays to clear.
  static func tableBits(for count: Int) -> Int {
    var bits = 8
    while bits < maximumTableBits && 1 << bits < count { bits += 1 }
    return bits
  }

  /// Where four bytes are kept in a table of `1 << bits` entries.
  @inline(__always)
  static func slot(of word: UInt32, bits: Int) -> Int {
    Int((word &* 0x9E37_79B1) >> UInt32(32 &- bits))
  }

  /// Writes the elements of a block, without its length.
  ///
  /// - Parameter destination: what is left of `capacity(for: source.count)` after the length.
  /// - Returns: the number of bytes written.
  static func run(
    _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
  ) -> Int {
    precondition(source.count <= Int(UInt32.max))
    precondition(destination.count >= capacity(for: source.count) - 5)
    guard let base = source.baseAddress, let start = destination.baseAddress, source.count > 0
    else { return 0 }
    let bits = tableBits(for: source.count)
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1 << bits) { table in
      table.initialize(repeating: 0)
      guard let table = table.baseAddress else { return 0 }
      return run(base, source.count, into: start, table: table, bits: bits)
    }
  }

  private static func run(
    _ source: UnsafeRawPointer, _ count: Int, into start: UnsafeMutableRawPointer,
    table: UnsafeMutablePointer<UInt32>, bits: Int
  ) -> Int {
    // Arithmetic wraps without checks below: positions stay within `count`, below 2^32.
    var output = start
    var literalStart = 0
    var position = 1  // table entries of 0 mean position 0, which then lies before every position
    let limit = count &- margin

    scan: while true {
      var stride = 32
      var candidate: Int
      while true {
        guard position < limit else { break scan }
        let word = source.loadUnaligned(fromByteOffset: position, as: UInt32.self)
        let slot = slot(of: word, bits: bits)
        candidate = Int(table[slot])
        table[slot] = UInt32(truncatingIfNeeded: position)
        if source.loadUnaligned(fromByteOffset: candidate, as: UInt32.self) == word
          && position &- candidate <= window
        {
          break
        }
        position &+= stride >> 5
        stride &+= stride >> 5
      }
      output = literal(source + literalStart, position &- literalStart, to: output)

      while true {
        let length = matchLength(source, candidate, position, count)
        output = copy(offset: position &- candidate, length: length, to: output)
        position &+= length
        literalStart = position
        guard position < limit else { break scan }
        // The byte before is indexed too: the next repetition often begins there.
        let before = source.loadUnaligned(fromByteOffset: position &- 1, as: UInt32.self)
        table[slot(of: before, bits: bits)] = UInt32(truncatingIfNeeded: position &- 1)
        let word = source.loadUnaligned(fromByteOffset: position, as: UInt32.self)
        let slot = slot(of: word, bits: bits)
        candidate = Int(table[slot])
        table[slot] = UInt32(truncatingIfNeeded: position)
        guard
          source.loadUnaligned(fromByteOffset: candidate, as: UInt32.self) == word
            && position &- candidate <= window
        else { break }
      }
      position &+= 1
    }
    if literalStart < count {
      output = lastLiteral(source + literalStart, count &- literalStart, to: output)
    }
    return output - start
  }

  /// How many bytes agree from the two positions on, of which four are known to.
  @inline(__always)
  private static func matchLength(
    _ source: UnsafeRawPointer, _ candidate: Int, _ position: Int, _ count: Int
  ) -> Int {
    var length = 4
    while position &+ length &+ 8 <= count {
      let difference =
        source.loadUnaligned(fromByteOffset: candidate &+ length, as: UInt64.self).littleEndian
        ^ source.loadUnaligned(fromByteOffset: position &+ length, as: UInt64.self).littleEndian
      if difference != 0 { return length &+ difference.trailingZeroBitCount >> 3 }
      length &+= 8
    }
    while position &+ length < count
      && source.load(fromByteOffset: candidate &+ length, as: UInt8.self)
        == source.load(fromByteOffset: position &+ length, as: UInt8.self)
    {
      length &+= 1
    }
    return length
  }

  /// A literal with at least `margin` more input bytes behind it, so 16 can be read.
  @inline(__always)
  private static func literal(
    _ bytes: UnsafeRawPointer, _ count: Int, to output: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    if count > 16 { return lastLiteral(bytes, count, to: output) }
    if count == 0 { return output }
    output.storeBytes(of: UInt8(truncatingIfNeeded: (count &- 1) << 2), as: UInt8.self)
    (output + 1).storeBytes(
      of: bytes.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
    return output + 1 + count
  }

  private static func lastLiteral(
    _ bytes: UnsafeRawPointer, _ count: Int, to output: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var output = output
    var rest = count &- 1
    if rest < 60 {
      output.storeBytes(of: UInt8(truncatingIfNeeded: rest << 2), as: UInt8.self)
      output += 1
    } else {
      let extra = (rest.bitWidth &- rest.leadingZeroBitCount &+ 7) >> 3
      output.storeBytes(of: UInt8(truncatingIfNeeded: (59 &+ extra) << 2), as: UInt8.self)
      output += 1
      for _ in 0..<extra {
        output.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        output += 1
        rest >>= 8
      }
    }
    output.copyMemory(from: bytes, byteCount: count)
    return output + count
  }

  @inline(__always)
  private static func copy(
    offset: Int, length: Int, to output: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var output = output
    var length = length
    // 68 and 60, not 64: what is left is never shorter than four, which the two-byte form needs.
    while length >= 68 {
      output = farCopy(offset: offset, length: 64, to: output)
      length &-= 64
    }
    if length > 64 {
      output = farCopy(offset: offset, length: 60, to: output)
      length &-= 60
    }
    if length < 12 && offset < 2048 {
      output.storeBytes(
        of: UInt8(truncatingIfNeeded: 1 | (length &- 4) << 2 | (offset >> 8) << 5), as: UInt8.self)
      (output + 1).storeBytes(of: UInt8(truncatingIfNeeded: offset), as: UInt8.self)
      return output + 2
    }
    return farCopy(offset: offset, length: length, to: output)
  }

  @inline(__always)
  private static func farCopy(
    offset: Int, length: Int, to output: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    output.storeBytes(of: UInt8(truncatingIfNeeded: 2 | (length &- 1) << 2), as: UInt8.self)
    (output + 1).storeBytes(
      of: UInt16(truncatingIfNeeded: offset).littleEndian, as: UInt16.self)
    return output + 3
  }
}
