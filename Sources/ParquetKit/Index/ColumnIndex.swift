/// Bounds and null counts of each data page of one column chunk (struct `ColumnIndex`).
///
/// Entry `i` is about page `i` of the chunk's ``OffsetIndex``. Parquet format, "Page Index".
public struct ColumnIndex: Sendable, Hashable {
  /// How the bounds follow one another from page to page, pages of nulls left out.
  public enum BoundaryOrder: Int32, Sendable, Hashable {
    /// In no order, or in none that the writer knows of.
    case unordered = 0
    /// Neither the minima nor the maxima ever fall.
    case ascending = 1
    /// Neither the minima nor the maxima ever rise.
    case descending = 2

    /// The name in the format's specification, such as `ASCENDING`.
    public var name: String {
      switch self {
      case .unordered: "UNORDERED"
      case .ascending: "ASCENDING"
      case .descending: "DESCENDING"
      }
    }
  }

  /// Whether a page holds only nulls; its bounds then say nothing.
  public var isNullPage: [Bool]
  /// Lower bounds in PLAIN encoding, byte arrays without their length; not necessarily values.
  public var minima: [[UInt8]]
  /// Upper bounds in PLAIN encoding, byte arrays without their length; not necessarily values.
  public var maxima: [[UInt8]]
  /// How the bounds follow one another.
  public var boundaryOrder: BoundaryOrder
  /// The nulls of each page, where the writer counted them.
  public var nullCounts: [Int64]?
  /// For each page how often each repetition level occurs, page after page, where the writer counted.
  public var repetitionLevelHistograms: [Int64]?
  /// For each page how often each definition level occurs, page after page, where the writer counted.
  public var definitionLevelHistograms: [Int64]?

  /// An index without histograms.
  public init(
    isNullPage: [Bool], minima: [[UInt8]], maxima: [[UInt8]], boundaryOrder: BoundaryOrder,
    nullCounts: [Int64]?
  ) {
    self.isNullPage = isNullPage
    self.minima = minima
    self.maxima = maxima
    self.boundaryOrder = boundaryOrder
    self.nullCounts = nullCounts
  }
}

// MARK: Consistency

extension ColumnIndex {
  /// Holds the index against the pages that it is about.
  ///
  /// - Parameters:
  ///   - pageRows: the number of rows of each page.
  ///   - descriptor: the column.
  ///   - hasTypeDefinedOrder: whether the bounds are in the order of the column's type. In no order, or
  ///     in one that is not known, they are not looked at.
  /// - Throws: `corrupt`.
  func check(
    pageRows: [Int], descriptor: ColumnDescriptor, hasTypeDefinedOrder: Bool
  ) throws(ParquetError) {
    let count = pageRows.count
    guard isNullPage.count == count, minima.count == count, maxima.count == count,
      nullCounts.map({ $0.count == count }) ?? true
    else {
      throw ParquetError(
        .corrupt,
        "The column index has \(isNullPage.count) entries, \(minima.count) minima, \(maxima.count) "
          + "maxima and \(nullCounts?.count ?? count) null counts for \(count) pages.")
    }
    if let nullCounts {
      for (page, nulls) in nullCounts.enumerated() {
        let rows = Int64(pageRows[page])
        // Nested columns have other numbers of values than of rows.
        guard nulls >= 0,
          !descriptor.isFlat || (isNullPage[page] ? nulls == rows : nulls <= rows)
        else {
          throw ParquetError(
            .corrupt,
            "The column index states \(nulls) nulls for the \(rows) rows of page \(page)"
              + "\(isNullPage[page] ? ", and that it holds nothing else" : "").")
        }
      }
    }
    if hasTypeDefinedOrder { try checkBounds(descriptor) }
  }

  private func checkBounds(_ descriptor: ColumnDescriptor) throws(ParquetError) {
    guard descriptor.hasValueOrder else { return }
    var previous: (minimum: BoundValue, maximum: BoundValue)?
    // Whoever reads NaN has to take that bound for unknown (`ColumnOrder`: TYPE_ORDER).
    for page in isNullPage.indices where !isNullPage[page] && !hasNaN(page, descriptor) {
      guard let minimum = BoundValue(plain: minima[page], of: descriptor),
        let maximum = BoundValue(plain: maxima[page], of: descriptor), !maximum.precedes(minimum)
      else {
        throw ParquetError(
          .corrupt, "The column index has bounds for page \(page) that no values can have.")
      }
      if let previous {
        let rises = previous.minimum.precedes(minimum) || previous.maximum.precedes(maximum)
        let falls = minimum.precedes(previous.minimum) || maximum.precedes(previous.maximum)
        guard !(boundaryOrder == .ascending && falls), !(boundaryOrder == .descending && rises)
        else {
          throw ParquetError(
            .corrupt,
            "The column index is \(boundaryOrder.name), but the bounds of page \(page) are not.")
        }
      }
      previous = (minimum, maximum)
    }
  }
}

extension ColumnIndex {
  /// Whether a bound of some page is NaN, so that nothing is known of that page's values.
  func hasNaN(_ descriptor: ColumnDescriptor) -> Bool {
    isNullPage.indices.contains { !isNullPage[$0] && hasNaN($0, descriptor) }
  }

  private func hasNaN(_ page: Int, _ descriptor: ColumnDescriptor) -> Bool {
    descriptor.isNaN(plain: minima[page]) || descriptor.isNaN(plain: maxima[page])
  }
}

// MARK: Thrift

extension ColumnIndex {
  /// Decodes an index's Thrift bytes; `base` is their offset in the file.
  static func decode(_ bytes: RawSpan, base: Int) throws(ParquetError) -> ColumnIndex {
    var reader = CompactReader(bytes, base: base)
    var isNullPage: [Bool]?
    var minima: [[UInt8]]?
    var maxima: [[UInt8]]?
    var order: BoundaryOrder?
    var index = ColumnIndex(
      isNullPage: [], minima: [], maxima: [], boundaryOrder: .unordered, nullCounts: nil)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1:
        var flags: [Bool] = []
        for _ in 0..<(try reader.beginList(field, of: .booleanTrue)) {
          flags.append(try reader.readBoolElement())
        }
        isNullPage = flags
      case 2: minima = try reader.readBinaryList(field)
      case 3: maxima = try reader.readBinaryList(field)
      case 4:
        let number = try reader.readInt32(field)
        guard let known = BoundaryOrder(rawValue: number) else {
          throw reader.failure("\(number) is not a boundary order of the format.")
        }
        order = known
      case 5: index.nullCounts = try reader.readInt64List(field)
      case 6: index.repetitionLevelHistograms = try reader.readInt64List(field)
      case 7: index.definitionLevelHistograms = try reader.readInt64List(field)
      default: try reader.skip(field)
      }
    }
    guard let isNullPage, let minima, let maxima, let order else {
      throw reader.failure("A column index lacks its null pages, bounds or boundary order.")
    }
    index.isNullPage = isNullPage
    index.minima = minima
    index.maxima = maxima
    index.boundaryOrder = order
    return index
  }

  /// The index's Thrift bytes.
  func encode() -> [UInt8] {
    var writer = CompactWriter()
    writer.writeStruct { writer in
      writer.field(1, list: isNullPage, of: .booleanTrue) { $0.writeBoolElement($1) }
      writer.field(2, list: minima, of: .binary) { $0.writeBinaryElement($1) }
      writer.field(3, list: maxima, of: .binary) { $0.writeBinaryElement($1) }
      writer.field(4, boundaryOrder.rawValue)
      writer.field(5, list: nullCounts, of: .int64) { $0.writeInt64Element($1) }
      writer.field(6, list: repetitionLevelHistograms, of: .int64) { $0.writeInt64Element($1) }
      writer.field(7, list: definitionLevelHistograms, of: .int64) { $0.writeInt64Element($1) }
    }
    return writer.bytes
  }
}
