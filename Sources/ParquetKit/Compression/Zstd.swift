import CZstd

/// ZSTD as Parquet uses it, through libzstd: one or more frames (RFC 8878).
enum Zstd {
  static let defaultLevel = 3

  private static let compressionContexts = ContextPool<ZstdCompressionContext>()
  private static let decompressionContexts = ContextPool<ZstdDecompressionContext>()

  /// Decompresses frames that must hold exactly `uncompressedSize` bytes together.
  static func decompress(
    _ source: RawSpan, uncompressedSize: Int
  ) throws(ParquetError) -> [UInt8] {
    let stated = try ZstdFrames.contentSize(of: source)
    switch stated {
    case .exactly(let size) where size != uncompressedSize:
      throw ParquetError(
        .corrupt, "A ZSTD page holds \(size) bytes, its header states \(uncompressedSize).")
    case .atMost(let size) where size < uncompressedSize:
      throw ParquetError(
        .corrupt,
        "A ZSTD page of \(source.byteCount) bytes states \(uncompressedSize) uncompressed bytes, "
          + "more than it can hold.")
    default: break
    }
    guard let context = decompressionContexts.take() ?? ZstdDecompressionContext() else {
      throw ParquetError(.inputOutput, "libzstd cannot allocate its memory.")
    }
    defer { decompressionContexts.putBack(context) }

    return try [UInt8](capacity: uncompressedSize) {
      (output: inout OutputSpan<UInt8>) throws(ParquetError) in
      var result = 0
      output.withUnsafeMutableBufferPointer { output, written in
        result = source.withUnsafeBytes { source in
          ZSTD_decompressDCtx(
            context.pointer, output.baseAddress, uncompressedSize, source.baseAddress,
            source.count)
        }
        written = result == uncompressedSize ? uncompressedSize : 0
      }
      guard ZSTD_isError(result) == 0 else {
        if ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall {
          throw ParquetError(
            .corrupt, "A ZSTD page holds more than the \(uncompressedSize) bytes that it states.")
        }
        throw ParquetError(
          .corrupt, "A ZSTD page is damaged: \(String(cString: ZSTD_getErrorName(result))).")
      }
      guard result == uncompressedSize else {
        throw ParquetError(
          .corrupt, "A ZSTD page holds \(result) bytes, its header states \(uncompressedSize).")
      }
    }
  }

  /// Compresses bytes to one frame that states its content size.
  static func compress(_ source: RawSpan, level: Int) throws(ParquetError) -> [UInt8] {
    guard let level = Int32(exactly: level) else {
      throw ParquetError(.invalidArgument, "\(level) is not a level of ZSTD.")
    }
    let bound = ZSTD_compressBound(source.byteCount)
    guard ZSTD_isError(bound) == 0 else {
      throw ParquetError(
        .invalidArgument, "A ZSTD page cannot hold \(source.byteCount) bytes.")
    }
    guard let context = compressionContexts.take() ?? ZstdCompressionContext() else {
      throw ParquetError(.inputOutput, "libzstd cannot allocate its memory.")
    }
    defer { compressionContexts.putBack(context) }

    return try [UInt8](capacity: bound) {
      (output: inout OutputSpan<UInt8>) throws(ParquetError) in
      var result = 0
      output.withUnsafeMutableBufferPointer { output, written in
        result = source.withUnsafeBytes { source in
          ZSTD_compressCCtx(
            context.pointer, output.baseAddress, bound, source.baseAddress, source.count, level)
        }
        written = ZSTD_isError(result) == 0 ? result : 0
      }
      guard ZSTD_isError(result) == 0 else {
        throw ParquetError(
          .inputOutput,
          "libzstd did not compress a page: \(String(cString: ZSTD_getErrorName(result))).")
      }
    }
  }
}
