/// Lengths as DELTA_BINARY_PACKED, then all strings back to back (Parquet format, "Encodings":
/// DELTA_LENGTH_BYTE_ARRAY).
enum DeltaLengthByteArray {
  /// Exactly `count` strings.
  static func decode(_ bytes: RawSpan, count: Int) throws(ParquetError) -> ByteArrays {
    var offsets: [UInt32] = [0]
    var end: UInt32 = 0
    let start = try DeltaBinaryPacked.decode(bytes, count: count) {
      (length: Int64) throws(ParquetError) in
      guard let length = UInt32(exactly: length), Int(length) <= bytes.byteCount else {
        throw ParquetError(.corrupt, "A delta-encoded page states a string of \(length) bytes.")
      }
      let (sum, overflow) = end.addingReportingOverflow(length)
      guard !overflow else { throw ByteArrays.tooLarge }
      end = sum
      offsets.append(end)
    }
    guard Int(end) <= bytes.byteCount - start else {
      throw ParquetError(
        .corrupt,
        "A delta-encoded page states \(end) bytes of strings, \(bytes.byteCount - start) are left.")
    }
    let payload = bytes.extracting(start..<start + Int(end)).withUnsafeBytes { [UInt8]($0) }
    return try ByteArrays(bytes: payload, offsets: offsets)
  }
}

/// For each string the length of the prefix that it shares with the one before it, then the
/// suffixes (Parquet format, "Encodings": DELTA_BYTE_ARRAY).
enum DeltaByteArray {
  /// What one page may expand to: prefixes can double a string with every few bits.
  private static let maximumBytes = 1 << 30

  /// Exactly `count` strings.
  static func decode(_ bytes: RawSpan, count: Int) throws(ParquetError) -> ByteArrays {
    var prefixes: [Int] = []
    let start = try DeltaBinaryPacked.decode(bytes, count: count) {
      (length: Int64) throws(ParquetError) in
      guard let length = Int(exactly: length), (0...Int(Int32.max)).contains(length) else {
        throw ParquetError(.corrupt, "A delta-encoded page states a prefix of \(length) bytes.")
      }
      prefixes.append(length)
    }
    let suffixes = try DeltaLengthByteArray.decode(
      bytes.extracting(start..<bytes.byteCount), count: count)
    var result = ByteArrays()
    var previous: [UInt8] = []
    for index in 0..<count {
      guard prefixes[index] <= previous.count else {
        throw ParquetError(
          .corrupt,
          "A string shares \(prefixes[index]) bytes with one of \(previous.count) bytes.")
      }
      previous.removeSubrange(prefixes[index]...)
      previous.append(contentsOf: suffixes[index])
      guard result.bytes.count + previous.count <= maximumBytes else {
        throw ParquetError(
          .limitExceeded, "A delta-encoded page expands to more than \(maximumBytes) bytes.")
      }
      try result.append(previous)
    }
    return result
  }
}
