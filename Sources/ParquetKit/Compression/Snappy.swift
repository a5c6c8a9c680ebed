/// The Snappy block format, both ways: a length, then literals and copies of what went before.
///
/// Snappy, "format_description.txt". Parquet uses the bare block, without the framing format. The
/// loops over the bytes are in `SnappyDecompressor` and `SnappyCompressor`.
enum Snappy {
  /// The largest block: its length is a 32-bit varint.
  static let maximumUncompressedSize = Int(UInt32.max)

  /// Decompresses a block that must hold exactly `uncompressedSize` bytes.
  static func decompress(
    _ source: RawSpan, uncompressedSize: Int
  ) throws(ParquetError) -> [UInt8] {
    let preamble = try readLength(source)
    guard preamble.length == uncompressedSize else {
      throw ParquetError(
        .corrupt,
        "A Snappy block states \(preamble.length) uncompressed bytes, its page states "
          + "\(uncompressedSize).")
    }
    let bodySize = source.byteCount - preamble.size
    // The most that bytes can stand for is a copy of 64 bytes in 3. Both factors are below 2^48.
    guard uncompressedSize <= bodySize * 64 / 3 else {
      throw ParquetError(
        .corrupt,
        "A Snappy block of \(bodySize) bytes states \(uncompressedSize) uncompressed bytes, more "
          + "than it can hold.")
    }
    let capacity = uncompressedSize + SnappyDecompressor.slack
    return try [UInt8](capacity: capacity) {
      (output: inout OutputSpan<UInt8>) throws(ParquetError) in
      var fault: SnappyDecompressor.Fault?
      output.withUnsafeMutableBufferPointer { output, written in
        fault = source.withUnsafeBytes { source in
          SnappyDecompressor.run(
            UnsafeRawBufferPointer(rebasing: source[preamble.size...]),
            into: UnsafeMutableRawBufferPointer(output), size: uncompressedSize)
        }
        written = fault == nil ? uncompressedSize : 0
      }
      if let fault { throw ParquetError(.corrupt, fault.sentence) }
    }
  }

  /// Compresses bytes to a block.
  static func compress(_ source: RawSpan) throws(ParquetError) -> [UInt8] {
    guard source.byteCount <= maximumUncompressedSize else {
      throw ParquetError(
        .invalidArgument, "A Snappy block cannot hold \(source.byteCount) bytes.")
    }
    return [UInt8](capacity: SnappyCompressor.capacity(for: source.byteCount)) { output in
      var length = UInt32(source.byteCount)
      while length >= 0x80 {
        output.append(UInt8(truncatingIfNeeded: length) | 0x80)
        length >>= 7
      }
      output.append(UInt8(length))
      output.withUnsafeMutableBufferPointer { output, written in
        written += source.withUnsafeBytes { source in
          SnappyCompressor.run(
            source,
            into: UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(rebasing: output[written...])))
        }
      }
    }
  }

  /// The varint at the beginning of a block, and how many bytes it takes.
  private static func readLength(
    _ source: RawSpan
  ) throws(ParquetError) -> (length: Int, size: Int) {
    var length: UInt64 = 0
    for index in 0..<min(5, source.byteCount) {
      let byte = source.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      length |= UInt64(byte & 0x7F) << UInt64(7 * index)
      if byte & 0x80 == 0 {
        guard let length = Int(exactly: length), length <= maximumUncompressedSize else { break }
        return (length, index + 1)
      }
    }
    throw ParquetError(.corrupt, "A Snappy block does not begin with a 32-bit length.")
  }
}
