/// Between which bounds the values of a column lie in a row group or a page, as far as the file can be
/// believed.
///
/// What is nil is not known: the values may then be anything. Bounds that contradict the column's type
/// or one another, that are in an undefined order, or whose writer is known to have got them wrong, are
/// nil.
public struct ColumnRange: Sendable, Hashable {
  /// A lower or an upper bound.
  public struct Bound: Sendable, Hashable {
    /// The bound itself, in the form in which the column is ordered.
    public let value: BoundValue
    /// Whether it is one of the values. False when it was shortened or the writer does not say.
    public let isExact: Bool
  }

  /// No value comes before it; nil: there may be any, or there are only nulls.
  public let minimum: Bound?
  /// No value comes after it; nil: there may be any, or there are only nulls.
  public let maximum: Bound?
  /// Rows without a value.
  public let nullCount: Int?
  /// All rows.
  public let rowCount: Int

  /// Whether it is known that no row has a value.
  public var isAllNull: Bool { nullCount == rowCount }

  /// - Parameters:
  ///   - minimum: in PLAIN encoding, as `maximum` is.
  ///   - isTrusted: whether the bounds are in the order of the column's type.
  init(
    minimum: [UInt8]?, isMinimumExact: Bool?, maximum: [UInt8]?, isMaximumExact: Bool?,
    nullCount: Int64?, rowCount: Int, of descriptor: ColumnDescriptor, isTrusted: Bool
  ) {
    func bound(_ bytes: [UInt8]?, _ isExact: Bool?, zero: Double) -> Bound? {
      guard isTrusted, let bytes, let value = BoundValue(plain: bytes, of: descriptor) else {
        return nil
      }
      // A zero bound of any sign stands for both signs, which some writers do not tell apart.
      if case .floatingPoint(0) = value {
        return Bound(value: .floatingPoint(zero), isExact: false)
      }
      return Bound(value: value, isExact: isExact ?? false)
    }
    self.rowCount = rowCount
    if descriptor.isNullable {
      self.nullCount = nullCount.flatMap { Int(exactly: $0) }.flatMap {
        (0...rowCount).contains($0) ? $0 : nil
      }
    } else {
      self.nullCount = 0
    }
    let least = bound(minimum, isMinimumExact, zero: -0.0)
    let greatest = bound(maximum, isMaximumExact, zero: 0.0)
    // One impossible bound, NaN among them, says that the other was computed wrongly too.
    let isContradiction =
      if let least, let greatest {
        greatest.value.precedes(least.value)
      } else {
        (minimum != nil && least == nil) || (maximum != nil && greatest == nil)
      }
    self.minimum = isContradiction ? nil : least
    self.maximum = isContradiction ? nil : greatest
  }
}

/// The rows of a data page, and between which bounds its values lie.
public struct PageRange: Sendable, Hashable {
  /// Counted from the beginning of the row group.
  public let rows: Range<Int>
  /// The bounds of the page's values.
  public let range: ColumnRange
}

extension ParquetFile {
  /// Between which bounds the values of columns lie in a row group, by its statistics, in the order of
  /// `columns`. Nothing is read: statistics are in the footer.
  ///
  /// - Parameters:
  ///   - rowGroup: the row group's index.
  ///   - columns: indices in the schema.
  /// - Throws: `invalidArgument` for an index that does not exist.
  public func ranges(rowGroup: Int, columns: [Int]) throws(ParquetError) -> [ColumnRange] {
    let group = try self.rowGroup(rowGroup)
    var ranges: [ColumnRange] = []
    for index in columns {
      let descriptor = try column(index)
      let statistics = group.columns[index].statistics
      ranges.append(
        ColumnRange(
          minimum: statistics?.minimum, isMinimumExact: statistics?.isMinimumExact,
          maximum: statistics?.maximum, isMaximumExact: statistics?.isMaximumExact,
          nullCount: statistics?.nullCount, rowCount: group.rowCount, of: descriptor,
          isTrusted: metadata.hasTrustworthyBounds(index, descriptor)))
    }
    return ranges
  }

  /// Between which bounds the values of columns lie in each data page of a row group, by its page
  /// index, in the order of `columns`; nil for a column without an offset index.
  ///
  /// Columns of one row group need not have the same pages.
  ///
  /// - Parameters:
  ///   - rowGroup: the row group's index.
  ///   - columns: indices in the schema.
  /// - Throws: as `pageIndex(rowGroup:columns:)` does.
  public func pageRanges(rowGroup: Int, columns: [Int]) async throws -> [[PageRange]?] {
    let rowCount = try self.rowGroup(rowGroup).rowCount
    let indexes = try await pageIndex(rowGroup: rowGroup, columns: columns)
    return try zip(columns, indexes).map { index, pageIndex in
      guard let offsetIndex = pageIndex.offsetIndex else { return nil }
      let descriptor = try column(index)
      let isTrusted = metadata.hasTrustworthyBounds(index, descriptor)
      return offsetIndex.pages.indices.map { page in
        let rows = offsetIndex.rows(ofPage: page, rowCount: rowCount)
        let columnIndex = pageIndex.columnIndex
        let isNullPage = columnIndex?.isNullPage[page] ?? false
        return PageRange(
          rows: rows,
          range: ColumnRange(
            minimum: isNullPage ? nil : columnIndex?.minima[page], isMinimumExact: nil,
            maximum: isNullPage ? nil : columnIndex?.maxima[page], isMaximumExact: nil,
            nullCount: isNullPage ? Int64(rows.count) : columnIndex?.nullCounts?[page],
            rowCount: rows.count, of: descriptor, isTrusted: isTrusted))
      }
    }
  }
}
