import CZlib

/// GZIP as Parquet uses it, through zlib.
///
/// Parquet format, "Compression: GZIP" (RFC 1952). Some writers put several members one after the
/// other, some wrote zlib's own wrapping (RFC 1950) instead; both are read.
enum Gzip {
  static let defaultLevel = 6

  /// Deflate's largest ratio: 258 bytes in two bits.
  private static let maximumRatio = 1032

  /// 15 is the largest window; 16 more is the gzip wrapping, 32 more is either wrapping, detected.
  private static let gzipWindowBits: Int32 = 15 + 16
  private static let anyWrapperWindowBits: Int32 = 15 + 32

  /// Decompresses one or more members that must hold exactly `uncompressedSize` bytes together.
  static func decompress(
    _ source: RawSpan, uncompressedSize: Int
  ) throws(ParquetError) -> [UInt8] {
    guard source.byteCount > 0 else {
      throw ParquetError(.truncated, "A GZIP page has no bytes at all.")
    }
    let (most, overflow) = source.byteCount.multipliedReportingOverflow(by: maximumRatio)
    guard overflow || uncompressedSize <= most else {
      throw ParquetError(
        .corrupt,
        "A GZIP page of \(source.byteCount) bytes states \(uncompressedSize) uncompressed bytes, "
          + "more than it can hold.")
    }
    guard let inputSize = UInt32(exactly: source.byteCount),
      let outputSize = UInt32(exactly: uncompressedSize)
    else { throw ParquetError(.limitExceeded, "A GZIP page is larger than 4 GiB.") }

    return try [UInt8](capacity: max(uncompressedSize, 1)) {
      (output: inout OutputSpan<UInt8>) throws(ParquetError) in
      var failure: ParquetError?
      output.withUnsafeMutableBufferPointer { output, written in
        source.withUnsafeBytes { source in
          var stream = z_stream()
          // zlib reads through this pointer only; the type of the C field lacks the const.
          stream.next_in = UnsafeMutablePointer(
            mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
          stream.avail_in = inputSize
          stream.next_out = output.baseAddress
          stream.avail_out = outputSize
          failure = inflateMembers(&stream, uncompressedSize: uncompressedSize)
        }
        written = failure == nil ? uncompressedSize : 0
      }
      if let failure { throw failure }
    }
  }

  private static func inflateMembers(
    _ stream: inout z_stream, uncompressedSize: Int
  ) -> ParquetError? {
    guard
      inflateInit2_(
        &stream, anyWrapperWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return ParquetError(.inputOutput, "zlib cannot allocate its memory.") }
    defer { inflateEnd(&stream) }

    while true {
      let status = inflate(&stream, Z_FINISH)
      switch status {
      case Z_STREAM_END:
        if stream.avail_in == 0 {
          guard stream.avail_out == 0 else {
            let held = uncompressedSize - Int(stream.avail_out)
            return ParquetError(
              .corrupt, "A GZIP page holds \(held) bytes, its header states \(uncompressedSize).")
          }
          return nil
        }
        guard inflateReset(&stream) == Z_OK else { return damaged(stream) }
      case Z_BUF_ERROR, Z_OK:
        // Without room the contents are longer than stated; with room left the input has ended.
        if stream.avail_out == 0 && stream.avail_in > 0 {
          return ParquetError(
            .corrupt, "A GZIP page holds more than the \(uncompressedSize) bytes that it states.")
        }
        return ParquetError(.truncated, "A GZIP page ends in the middle of its contents.")
      case Z_MEM_ERROR:
        return ParquetError(.inputOutput, "zlib cannot allocate its memory.")
      default:
        return damaged(stream)
      }
    }
  }

  private static func damaged(_ stream: z_stream) -> ParquetError {
    let reason = stream.msg.map { String(cString: $0) } ?? "a preset dictionary is needed"
    return ParquetError(.corrupt, "A GZIP page is damaged: \(reason).")
  }

  /// Compresses bytes to one gzip member.
  static func compress(_ source: RawSpan, level: Int) throws(ParquetError) -> [UInt8] {
    guard let inputSize = UInt32(exactly: source.byteCount), let level = Int32(exactly: level)
    else {
      throw ParquetError(
        .invalidArgument, "A GZIP page cannot hold \(source.byteCount) bytes.")
    }
    var stream = z_stream()
    guard
      deflateInit2_(
        &stream, level, Z_DEFLATED, gzipWindowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ParquetError(.inputOutput, "zlib cannot begin to compress at level \(level).") }
    defer { deflateEnd(&stream) }

    let capacity = Int(deflateBound(&stream, UInt(inputSize)))
    guard let outputSize = UInt32(exactly: capacity) else {
      throw ParquetError(
        .invalidArgument, "A GZIP page cannot hold \(source.byteCount) bytes.")
    }
    var finished = false
    let compressed = [UInt8](capacity: capacity) { output in
      output.withUnsafeMutableBufferPointer { output, written in
        source.withUnsafeBytes { source in
          stream.next_in = UnsafeMutablePointer(
            mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
          stream.avail_in = inputSize
          stream.next_out = output.baseAddress
          stream.avail_out = outputSize
          finished = deflate(&stream, Z_FINISH) == Z_STREAM_END
        }
        written = capacity - Int(stream.avail_out)
      }
    }
    guard finished else {
      throw ParquetError(.inputOutput, "zlib did not finish compressing a page.")
    }
    return compressed
  }
}
