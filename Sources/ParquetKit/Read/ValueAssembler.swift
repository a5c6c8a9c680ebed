/// Puts together the values of one column chunk, page by page.
///
/// Each page gives its values without nulls; `spread` then moves the page's values apart so that
/// every row has an entry.
protocol ValueAssembler {
  /// What the chunk's pages may still expand to.
  var budget: ExpansionBudget { get set }

  /// Takes over the chunk's dictionary: `count` values in PLAIN encoding.
  mutating func setDictionary(_ bytes: RawSpan, count: Int) throws(ParquetError)

  /// Appends exactly `count` values.
  mutating func append(
    _ bytes: RawSpan, encoding: Encoding, count: Int
  ) throws(ParquetError)

  /// The last `present` values belong to the true entries of `validity`; the false ones get an
  /// empty value.
  mutating func spread(present: Int, over validity: ArraySlice<Bool>)

  /// The values of all rows.
  consuming func finish() -> ColumnValues
}

extension ValueAssembler {
  static func unsupported(_ encoding: Encoding, _ type: PhysicalType) -> ParquetError {
    ParquetError(
      .unsupported, "A page of \(type.name) values in \(encoding.name) encoding is not supported.")
  }

  static func missingDictionary() -> ParquetError {
    ParquetError(
      .corrupt, "A page refers to a dictionary, but the column chunk has none before it.")
  }
}

/// The indices of a dictionary-encoded page: a byte with the bit width, then the RLE hybrid.
enum DictionaryIndices {
  /// Appends `count` indices, each checked to be less than `dictionaryCount`.
  static func decode(
    _ bytes: RawSpan, count: Int, dictionaryCount: Int, into indices: inout [UInt32]
  ) throws(ParquetError) {
    if count == 0 { return }
    guard bytes.byteCount > 0 else {
      throw ParquetError(.corrupt, "A dictionary-encoded page lacks the bit width of its indices.")
    }
    let bitWidth = Int(bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self))
    var decoder = try HybridDecoder(bytes, from: 1, bitWidth: bitWidth)
    let first = indices.count
    try indices.append(addingCapacity: count) {
      (output: inout OutputSpan<UInt32>) throws(ParquetError) in
      try decoder.decode(count, into: &output)
    }
    var maximum: UInt32 = 0
    let span = indices.span
    for index in first..<span.count { maximum = max(maximum, span[index]) }
    guard Int(maximum) < dictionaryCount else {
      throw ParquetError(
        .corrupt,
        "A page refers to entry \(maximum) of a dictionary of \(dictionaryCount) entries.")
    }
  }
}

extension Array {
  /// The last `present` elements belong to the true entries of `validity`; they are moved apart, and
  /// the false entries get `empty`.
  mutating func spread(present: Int, over validity: ArraySlice<Bool>, empty: Element) {
    var source = count - 1
    append(contentsOf: repeatElement(empty, count: validity.count - present))
    var target = count - 1
    for isValid in validity.reversed() {
      if isValid {
        self[target] = self[source]
        source -= 1
      } else {
        self[target] = empty
      }
      target -= 1
    }
  }
}
