/// Reads the hybrid of run lengths and bit-packed groups: levels, dictionary indices and booleans
/// (Parquet format, "Encodings": RLE).
struct HybridDecoder: ~Escapable {
  /// A stretch of values.
  enum Run {
    /// The same value, `count` times.
    case repeated(UInt32, count: Int)
    /// `count` values, packed from byte `offset` on.
    case packed(offset: Int, count: Int)
  }

  let bytes: RawSpan
  let bitWidth: Int
  private var position: Int
  /// What is left of a run of which `decode(upTo:into:)` has taken a part.
  private var rest: Run?

  /// - Parameter position: where the first run begins within `bytes`.
  /// - Throws: `corrupt` when the bit width is above 32.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, from position: Int = 0, bitWidth: Int) throws(ParquetError) {
    guard (0...32).contains(bitWidth) else {
      throw ParquetError(.corrupt, "A bit width of \(bitWidth) is impossible, the most is 32.")
    }
    self.bytes = bytes
    self.bitWidth = bitWidth
    self.position = position
  }

  /// The next run, of at most `limit` values (there may be padding behind the last one).
  ///
  /// - Throws: `corrupt` when the bytes end although `limit` values are still to come, or a run is
  ///   empty, or a value is wider than the bit width.
  @_lifetime(self: copy self)
  mutating func nextRun(limit: Int) throws(ParquetError) -> Run {
    let header = try readHeader()
    let length = Int(header >> 1)  // a UInt32 by construction
    if length == 0 { throw ParquetError(.corrupt, "An RLE run of no values.") }
    if header & 1 == 0 {
      return .repeated(try readRepeatedValue(), count: min(length, limit))
    }
    // Groups of 8; the last group of a page may be cut off behind its last value.
    let count = min(length * 8, limit)
    let needed = BitPacking.byteCount(count, bitWidth: bitWidth)
    let stated = length * bitWidth
    guard needed <= bytes.byteCount - position else {
      throw ParquetError(
        .corrupt,
        "A bit-packed run of \(count) values needs \(needed) bytes, \(bytes.byteCount - position) "
          + "are left.")
    }
    let run = Run.packed(offset: position, count: count)
    position += min(stated, bytes.byteCount - position)
    return run
  }

  @_lifetime(self: copy self)
  private mutating func readHeader() throws(ParquetError) -> UInt32 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard position < bytes.byteCount else {
        throw ParquetError(.corrupt, "The RLE runs end before the last value.")
      }
      let byte = bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
      if shift > 28 { throw ParquetError(.corrupt, "The length of an RLE run is too long.") }
    }
    guard let header = UInt32(exactly: value) else {
      throw ParquetError(.corrupt, "The length of an RLE run does not fit into 32 bits.")
    }
    return header
  }

  @_lifetime(self: copy self)
  private mutating func readRepeatedValue() throws(ParquetError) -> UInt32 {
    let width = (bitWidth + 7) / 8
    guard width <= bytes.byteCount - position else {
      throw ParquetError(.corrupt, "The RLE runs end in the middle of a value.")
    }
    var value: UInt64 = 0
    for index in 0..<width {
      let byte = bytes.unsafeLoad(fromByteOffset: position + index, as: UInt8.self)
      value |= UInt64(byte) << UInt64(index * 8)
    }
    position += width
    guard value < UInt64(1) << UInt64(bitWidth) else {
      throw ParquetError(.corrupt, "An RLE run repeats \(value), wider than \(bitWidth) bits.")
    }
    return UInt32(truncatingIfNeeded: value)
  }

  /// Appends the next values, as many as there is room for but for less than a group of 8.
  ///
  /// - Parameters:
  ///   - limit: how many values are still to come; at least 1.
  ///   - output: has room for 8 more, or for `limit`.
  @_lifetime(self: copy self)
  mutating func decode(
    upTo limit: Int, into output: inout OutputSpan<UInt32>
  ) throws(ParquetError) {
    var left = limit
    while left > 0 && output.freeCapacity > 0 {
      let run = if let rest { rest } else { try nextRun(limit: left) }
      rest = nil
      switch run {
      case .repeated(let value, let count):
        let here = min(count, output.freeCapacity)
        output.append(repeating: value, count: here)
        if here < count { rest = .repeated(value, count: count - here) }
        left -= here
      case .packed(let offset, let count):
        // Whole groups, so that the rest begins with a whole byte.
        let here = count <= output.freeCapacity ? count : output.freeCapacity & ~7
        if bitWidth == 0 {
          output.append(repeating: 0, count: here)
        } else if here > 0 {
          BitPacking.unpack(bytes, from: offset, bitWidth: bitWidth, count: here, into: &output)
        }
        left -= here
        if here < count {
          rest = .packed(offset: offset + here / 8 * bitWidth, count: count - here)
          return
        }
      }
    }
  }

  /// Appends exactly `count` values.
  ///
  /// - Precondition: `output` has room for `count` more.
  @_lifetime(self: copy self)
  mutating func decode(
    _ count: Int, into output: inout OutputSpan<UInt32>
  ) throws(ParquetError) {
    var left = count
    while left > 0 {
      switch try nextRun(limit: left) {
      case .repeated(let value, let run):
        output.append(repeating: value, count: run)
        left -= run
      case .packed(let offset, let run):
        if bitWidth == 0 {
          output.append(repeating: 0, count: run)
        } else {
          BitPacking.unpack(bytes, from: offset, bitWidth: bitWidth, count: run, into: &output)
        }
        left -= run
      }
    }
  }
}
