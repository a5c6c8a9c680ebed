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
