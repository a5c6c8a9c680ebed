/// Lengths as DELTA_BINARY_PACKED, then all strings back to back (Parquet format, "Encodings":
/// DELTA_LENGTH_BYTE_ARRAY).
enum DeltaLengthByteArray {
  /// Hands exactly `count` lengths to `take` and returns where the strings lie within `bytes`, all of
  /// which are there.
  static func decodeLengths(
    _ bytes: RawSpan, count: Int, _ take: (Int) throws(ParquetError) -> Void
  ) throws(ParquetError) -> Range<Int> {
    var total = 0
    let start = try DeltaBinaryPacked.decode(bytes, count: count) {
      (length: Int64) throws(ParquetError) in
      guard let length = Int(exactly: length), (0...bytes.byteCount - total).contains(length) else {
        throw ParquetError(.corrupt, "A delta-encoded page states a string of \(length) bytes.")
      }
      total += length
      try take(length)
    }
    guard total <= bytes.byteCount - start else {
      throw ParquetError(
        .corrupt,
        "A delta-encoded page states \(total) bytes of strings, \(bytes.byteCount - start) are left."
      )
    }
    return start..<start + total
  }
}
