/// The bytes of levels within a page.
enum LevelBytes {
  /// The range behind a 4-byte little-endian length at `position`, as data pages of version 1 have
  /// it.
  static func withLengthPrefix(
    _ page: RawSpan, from position: Int
  ) throws(ParquetError) -> Range<Int> {
    guard page.byteCount - position >= 4 else {
      throw ParquetError(.corrupt, "A page ends before the length of its levels.")
    }
    let length = Int(
      UInt32(littleEndian: page.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self)))
    guard length <= page.byteCount - position - 4 else {
      throw ParquetError(
        .corrupt,
        "A page states \(length) bytes of levels, \(page.byteCount - position - 4) are left.")
    }
    return position + 4..<position + 4 + length
  }
}

/// Collects which rows of a flat, optional column have a value.
struct ValidityBuilder {
  /// nil as long as every row has one.
  private(set) var validity: [Bool]?
  private(set) var rowCount = 0

  /// Appends the definition levels of one page, 0 or 1 each.
  ///
  /// - Returns: how many of the `count` rows have a value.
  mutating func append(_ levels: RawSpan, count: Int) throws(ParquetError) -> Int {
    var decoder = try HybridDecoder(levels, bitWidth: 1)
    var left = count
    var present = 0
    while left > 0 {
      switch try decoder.nextRun(limit: left) {
      case .repeated(let level, let run):
        append(level == 1, count: run)
        if level == 1 { present += run }
        left -= run
      case .packed(let offset, let run):
        for index in 0..<run {
          let byte = levels.unsafeLoad(fromByteOffset: offset + index >> 3, as: UInt8.self)
          let isValid = byte >> UInt8(index & 7) & 1 == 1
          append(isValid, count: 1)
          if isValid { present += 1 }
        }
        left -= run
      }
    }
    return present
  }

  /// Appends rows that all have a value, or all have none.
  mutating func append(_ isValid: Bool, count: Int) {
    if validity == nil && !isValid {
      validity = Array(repeating: true, count: rowCount)
    }
    if count == 1 {
      validity?.append(isValid)
    } else {
      validity?.append(contentsOf: repeatElement(isValid, count: count))
    }
    rowCount += count
  }

  /// The last `count` rows, if a null has been seen so far.
  func last(_ count: Int) -> ArraySlice<Bool>? {
    validity?.suffix(count)
  }
}
