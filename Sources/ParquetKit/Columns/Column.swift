/// The values of one flat column for some rows: a column chunk in memory.
public struct Column: Sendable, Hashable {
  /// One entry a row; the entry of a null row is zero, false or empty.
  public var values: ColumnValues
  /// One entry a row, false where it is null; nil when no row is.
  public var validity: [Bool]?

  /// A column of values; the shapes are checked when it is written.
  public init(_ values: ColumnValues, validity: [Bool]? = nil) {
    self.values = values
    self.validity = validity
  }

  /// The number of rows.
  public var count: Int { values.count }

  /// The number of rows without a value.
  public var nullCount: Int {
    validity?.reduce(0) { $0 + ($1 ? 0 : 1) } ?? 0
  }

  /// Whether the row has no value.
  ///
  /// - Precondition: `row` is at least 0 and less than `count`.
  public func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return !validity[row]
  }

  /// The same column with only some of its rows; a dictionary stays whole.
  ///
  /// - Precondition: the rows lie within `0..<count`.
  public func rows(_ rows: Range<Int>) -> Column {
    if rows == 0..<count { return self }
    var validity = validity.map { Array($0[rows]) }
    if validity?.allSatisfy({ $0 }) ?? false { validity = nil }
    return Column(values.rows(rows), validity: validity)
  }
}

/// Values of one physical type, one entry a row.
public enum ColumnValues: Sendable, Hashable {
  /// BOOLEAN.
  case boolean([Bool])
  /// INT32.
  case int32([Int32])
  /// INT64.
  case int64([Int64])
  /// FLOAT.
  case float([Float])
  /// DOUBLE.
  case double([Double])
  /// BYTE_ARRAY.
  case byteArray(ByteArrays)
  /// FIXED_LEN_BYTE_ARRAY and, with a width of 12, INT96: `width` bytes a row, back to back.
  case fixedLengthByteArray(width: Int, bytes: [UInt8])
  /// BYTE_ARRAY as the file's dictionary has it: for each row an index into `dictionary`. The
  /// dictionary may hold entries that no row uses and, when pages without a dictionary follow
  /// pages with one, the same entry twice. The index of a null row is 0.
  case dictionary(indices: [UInt32], dictionary: ByteArrays)

  /// The number of rows.
  public var count: Int {
    switch self {
    case .boolean(let values): values.count
    case .int32(let values): values.count
    case .int64(let values): values.count
    case .float(let values): values.count
    case .double(let values): values.count
    case .byteArray(let values): values.count
    case .fixedLengthByteArray(let width, let bytes): width > 0 ? bytes.count / width : 0
    case .dictionary(let indices, _): indices.count
    }
  }
  fileprivate func rows(_ rows: Range<Int>) -> ColumnValues {
    switch self {
    case .boolean(let values): .boolean(Array(values[rows]))
    case .int32(let values): .int32(Array(values[rows]))
    case .int64(let values): .int64(Array(values[rows]))
    case .float(let values): .float(Array(values[rows]))
    case .double(let values): .double(Array(values[rows]))
    case .byteArray(let values): .byteArray(values.strings(rows))
    case .fixedLengthByteArray(let width, let bytes):
      .fixedLengthByteArray(
        width: width, bytes: Array(bytes[rows.lowerBound * width..<rows.upperBound * width]))
    case .dictionary(let indices, let dictionary):
      .dictionary(indices: Array(indices[rows]), dictionary: dictionary)
    }
  }
}
