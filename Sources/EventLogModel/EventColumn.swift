/// The values of a column, one entry a row; the slot of a null row holds 0.
public enum EventColumnValues: Sendable {
  /// Codes into a dictionary of strings.
  case string(codes: [UInt32], dictionary: StringDictionary)
  /// 32-bit signed integers.
  case int32([Int32])
  /// Microseconds since 1970-01-01T00:00:00Z.
  case timestamp([Int64])
}

/// One column of an ``EventBatch``.
public struct EventColumn: Sendable {
  /// What the values are.
  public let type: EventField.ValueType
  /// One flag a row, false for null; nil where the column holds no null.
  public var validity: [Bool]?

  // The parts lie side by side, not in an enumeration, so that a value is appended in place. Only
  // those of the column's type are used.

  /// The code of each row's string; empty for other types.
  public internal(set) var codes: [UInt32] = []
  /// The strings that the codes stand for; empty for other types.
  public internal(set) var dictionary = StringDictionary()
  /// Each row's integer; empty for other types.
  public internal(set) var int32s: [Int32] = []
  /// Each row's microseconds since 1970-01-01T00:00:00Z; empty for other types.
  public internal(set) var timestamps: [Int64] = []

  /// An empty column.
  public init(type: EventField.ValueType) {
    self.type = type
  }

  /// A column of values.
  ///
  /// - Parameters:
  ///   - values: One entry a row.
  ///   - validity: One flag a row, false for null; nil where no row is null.
  public init(values: EventColumnValues, validity: [Bool]? = nil) {
    self.validity = validity
    switch values {
    case .string(let codes, let dictionary):
      type = .string
      self.codes = codes
      self.dictionary = dictionary
    case .int32(let values):
      type = .int32
      int32s = values
    case .timestamp(let values):
      type = .timestamp
      timestamps = values
    }
  }

  /// The values as one of three kinds; the arrays are shared, not copied.
  public var values: EventColumnValues {
    switch type {
    case .string: .string(codes: codes, dictionary: dictionary)
    case .int32: .int32(int32s)
    case .timestamp: .timestamp(timestamps)
    }
  }

  /// The number of rows.
  public var count: Int {
    switch type {
    case .string: codes.count
    case .int32: int32s.count
    case .timestamp: timestamps.count
    }
  }

  /// Whether a row is null.
  @inline(__always)
  public func isNull(at row: Int) -> Bool {
    guard let validity else { return false }
    return !validity[row]
  }

  /// The string of a row, nil for null and for columns of another type.
  public func string(at row: Int) -> String? {
    guard type == .string, !isNull(at: row) else { return nil }
    return dictionary[codes[row]]
  }

  /// The integer of a row, nil for null and for columns of another type.
  public func int32(at row: Int) -> Int32? {
    guard type == .int32, !isNull(at: row) else { return nil }
    return int32s[row]
  }

  /// The instant of a row, nil for null and for columns of another type.
  public func timestamp(at row: Int) -> Timestamp? {
    guard type == .timestamp, !isNull(at: row) else { return nil }
    return Timestamp(microsecondsSinceEpoch: timestamps[row])
  }

  /// Reserves room for a number of rows in all.
  mutating func reserveCapacity(_ rows: Int) {
    switch type {
    case .string: codes.reserveCapacity(rows)
    case .int32: int32s.reserveCapacity(rows)
    case .timestamp: timestamps.reserveCapacity(rows)
    }
  }

  /// Appends a null row.
  @inline(__always)
  mutating func appendNull() {
    if validity == nil { validity = [Bool](repeating: true, count: count) }
    validity?.append(false)
    switch type {
    case .string: codes.append(0)
    case .int32: int32s.append(0)
    case .timestamp: timestamps.append(0)
    }
  }

  /// Appends a string.
  @inline(__always)
  mutating func append(string: RawSpan) throws(StringDictionaryError) {
    codes.append(try dictionary.intern(string))
    if validity != nil { validity?.append(true) }
  }

  /// Appends an integer.
  @inline(__always)
  mutating func append(int32 value: Int32) {
    int32s.append(value)
    if validity != nil { validity?.append(true) }
  }

  /// Appends an instant.
  @inline(__always)
  mutating func append(timestamp value: Int64) {
    timestamps.append(value)
    if validity != nil { validity?.append(true) }
  }
}
