import EventLogModel
import ParquetKit

/// A value of the first column of the order, as it compares.
enum LeadingKey: Hashable, Comparable {
  /// Null, which comes first.
  case null
  /// An integer, or the microseconds of an instant.
  case number(Int64)
  /// A string, by its UTF-8 bytes.
  case bytes([UInt8])

  static func < (left: LeadingKey, right: LeadingKey) -> Bool {
    switch (left, right) {
    case (.null, .null): false
    case (.null, _): true
    case (.number(let left), .number(let right)): left < right
    case (.bytes(let left), .bytes(let right)): left.lexicographicallyPrecedes(right)
    // Of one column all values are of one kind.
    case (.number, .bytes): true
    default: false
    }
  }

  /// The value of a row.
  init(_ column: EventColumn, at row: Int) {
    guard !column.isNull(at: row) else {
      self = .null
      return
    }
    switch column.type {
    case .string:
      let (codes, dictionary) = (column.codes, column.dictionary)
      let code = Int(codes[row])
      self = .bytes(
        Array(dictionary.bytes[Int(dictionary.offsets[code])..<Int(dictionary.offsets[code + 1])]))
    case .int32: self = .number(Int64(column.int32s[row]))
    case .timestamp: self = .number(column.timestamps[row])
    }
  }
}

/// Between which values of the first column of the order the rows of a row group lie.
struct KeyRange: Hashable {
  let lowest: LeadingKey
  let highest: LeadingKey

  init(lowest: LeadingKey, highest: LeadingKey) {
    self.lowest = lowest
    self.highest = highest
  }

  /// What the statistics of a row group say; nil where they do not say enough.
  init?(_ range: ColumnRange) {
    if range.isAllNull {
      self.init(lowest: .null, highest: .null)
      return
    }
    guard let nulls = range.nullCount, let minimum = range.minimum, let maximum = range.maximum,
      let least = KeyRange.key(minimum.value), let greatest = KeyRange.key(maximum.value)
    else { return nil }
    self.init(lowest: nulls > 0 ? .null : least, highest: greatest)
  }

  private static func key(_ value: BoundValue) -> LeadingKey? {
    switch value {
    case .signed(let number): .number(number)
    case .bytes(let bytes): .bytes(bytes)
    default: nil
    }
  }
}
