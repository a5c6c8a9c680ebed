// Kernel: unsafe copies. Every length is checked, and the room for all strings is reserved, before
// the first byte is copied; the plain twin that the tests hold against it is `joinPlainly` in
// DeltaByteArrayTests.

/// For each string the length of the prefix that it shares with the one before it, then the
/// suffixes (Parquet format, "Encodings": DELTA_BYTE_ARRAY).
enum DeltaByteArray {
  /// Appends exactly `count` strings, back to back.
  ///
  /// Prefixes can double a string with every few bits, so that nothing is expanded before it is known
  /// how much there is.
  ///
  /// - Parameter take: is handed the length of each string, before anything is appended.
  static func decode(
    _ source: RawSpan, count: Int, budget: inout ExpansionBudget, into bytes: inout [UInt8],
    _ take: (Int) throws(ParquetError) -> Void
  ) throws(ParquetError) {
    var prefixes: [UInt32] = []
    let start = try DeltaBinaryPacked.decode(source, count: count) {
      (length: Int64) throws(ParquetError) in
      guard let length = Int32(exactly: length), length >= 0 else {
        throw ParquetError(.corrupt, "A delta-encoded page states a prefix of \(length) bytes.")
      }
      prefixes.append(UInt32(length))
    }
    let rest = source.extracting(start..<source.byteCount)
    var index = 0
    var previous = 0
    var total = 0
    let suffixes = try DeltaLengthByteArray.decodeLengths(rest, count: count) {
      (suffix: Int) throws(ParquetError) in
      let prefix = Int(prefixes[index])
      guard prefix <= previous else {
        throw ParquetError(
          .corrupt, "A string shares \(prefix) bytes with one of \(previous) bytes.")
      }
      previous = prefix + suffix
      // Fewer than 2^31 strings, each of fewer than 2^32 bytes.
      total += previous
      index += 1
      try take(previous)
    }
    try budget.charge(strings: total, shared: total - suffixes.count)
    try bytes.append(addingCapacity: total) {
      (output: inout OutputSpan<UInt8>) throws(ParquetError) in
      try expand(rest, suffixes: suffixes.lowerBound, prefixes: prefixes, into: &output)
    }
  }

  /// Puts the strings together, whose lengths have been checked.
  ///
  /// - Parameters:
  ///   - source: the lengths of the suffixes, then from byte `suffixes` on the suffixes.
  ///   - output: has room for all strings.
  private static func expand(
    _ source: RawSpan, suffixes: Int, prefixes: [UInt32], into output: inout OutputSpan<UInt8>
  ) throws(ParquetError) {
    try output.withUnsafeMutableBufferPointer { buffer, initialized throws(ParquetError) in
      // Without room there are only empty strings.
      guard let base = buffer.baseAddress, buffer.count > initialized else { return }
      var target = UnsafeMutableRawPointer(base + initialized)
      var previous = target
      var suffix = suffixes
      var index = 0
      var written = 0
      _ = try DeltaBinaryPacked.decode(source, count: prefixes.count) { (length: Int64) in
        let (prefix, length) = (Int(prefixes[index]), Int(length))
        let string = target
        target.copyMemory(from: previous, byteCount: prefix)
        target += prefix
        if length > 0 {
          source.withUnsafeBytes { source in
            guard let origin = source.baseAddress else { return }
            target.copyMemory(from: origin + suffix, byteCount: length)
          }
        }
        target += length
        suffix += length
        written += prefix + length
        previous = string
        index += 1
      }
      initialized += written
    }
  }
}
