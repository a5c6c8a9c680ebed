/// What a column's values mean (Parquet format, "Logical Types").
public enum LogicalType: Sendable, Hashable {
  /// The resolution of a time or timestamp.
  public enum TimeUnit: Sendable, Hashable {
    /// Thousandths of a second.
    case milliseconds
    /// Millionths of a second.
    case microseconds
    /// Thousand-millionths of a second.
    case nanoseconds

    /// Units in one second: 1,000, 1,000,000 or 1,000,000,000.
    public var perSecond: Int64 {
      switch self {
      case .milliseconds: 1_000
      case .microseconds: 1_000_000
      case .nanoseconds: 1_000_000_000
      }
    }
  }

  /// UTF-8 text.
  case string
  /// A group of keys and values.
  case map
  /// A group of repeated elements.
  case list
  /// UTF-8 text of an enumeration.
  case enumeration
  /// An integer divided by 10 to the power of `scale`, of at most `precision` digits.
  case decimal(precision: Int32, scale: Int32)
  /// Days since 1970-01-01.
  case date
  /// Time of day.
  case time(TimeUnit, isAdjustedToUTC: Bool)
  /// An instant (adjusted to UTC) or a local date and time (not adjusted).
  case timestamp(TimeUnit, isAdjustedToUTC: Bool)
  /// An integer of 8, 16, 32 or 64 bits.
  case integer(bitWidth: Int8, isSigned: Bool)
  /// Only nulls.
  case null
  /// UTF-8 text of a JSON document.
  case json
  /// A BSON document.
  case bson
  /// 16 bytes, most significant first.
  case uuid
  /// IEEE 754 half precision in 2 bytes.
  case float16
  /// Months, days and milliseconds in 12 bytes (a converted type only).
  case interval
  /// A type of the format that this library does not interpret, by its number in the Thrift union;
  /// its values are read as the physical type.
  case other(Int16)

  /// A readable form such as `TIMESTAMP(MICROS, UTC)`.
  public var name: String {
    switch self {
    case .string: "STRING"
    case .map: "MAP"
    case .list: "LIST"
    case .enumeration: "ENUM"
    case .decimal(let precision, let scale): "DECIMAL(\(precision), \(scale))"
    case .date: "DATE"
    case .time(let unit, let utc): "TIME(\(unit.name)\(utc ? ", UTC" : ""))"
    case .timestamp(let unit, let utc): "TIMESTAMP(\(unit.name)\(utc ? ", UTC" : ""))"
    case .integer(let width, let signed): "\(signed ? "INT" : "UINT")(\(width))"
    case .null: "NULL"
    case .json: "JSON"
    case .bson: "BSON"
    case .uuid: "UUID"
    case .float16: "FLOAT16"
    case .interval: "INTERVAL"
    case .other(let number): "LOGICAL_TYPE_\(number)"
    }
  }
}

extension LogicalType.TimeUnit {
  /// The name in the format's specification.
  var name: String {
    switch self {
    case .milliseconds: "MILLIS"
    case .microseconds: "MICROS"
    case .nanoseconds: "NANOS"
    }
  }
}

// MARK: Thrift

extension LogicalType {
  /// The union `LogicalType` of `parquet.thrift`.
  static func read(from reader: inout CompactReader) throws(ParquetError) -> LogicalType? {
    var result: LogicalType?
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: result = .string
      case 2: result = .map
      case 3: result = .list
      case 4: result = .enumeration
      case 5:
        result = try readDecimal(field, from: &reader)
        continue
      case 6: result = .date
      case 7, 8:
        result = try readTime(field, from: &reader)
        continue
      case 10:
        result = try readInteger(field, from: &reader)
        continue
      case 11: result = .null
      case 12: result = .json
      case 13: result = .bson
      case 14: result = .uuid
      case 15: result = .float16
      default: result = .other(field.id)
      }
      try reader.skip(field)
    }
    return result
  }

  private static func readDecimal(
    _ outer: CompactReader.Field, from reader: inout CompactReader
  ) throws(ParquetError) -> LogicalType {
    try reader.expectStruct(outer)
    var scale: Int32 = 0
    var precision: Int32 = 0
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: scale = try reader.readInt32(field)
      case 2: precision = try reader.readInt32(field)
      default: try reader.skip(field)
      }
    }
    return .decimal(precision: precision, scale: scale)
  }

  private static func readTime(
    _ outer: CompactReader.Field, from reader: inout CompactReader
  ) throws(ParquetError) -> LogicalType {
    try reader.expectStruct(outer)
    var isAdjustedToUTC = false
    var unit: TimeUnit?
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: isAdjustedToUTC = try reader.readBool(field)
      case 2:
        try reader.expectStruct(field)
        var lastUnit = try reader.beginStruct()
        while let choice = try reader.nextField(after: &lastUnit) {
          switch choice.id {
          case 1: unit = .milliseconds
          case 2: unit = .microseconds
          case 3: unit = .nanoseconds
          default: break
          }
          try reader.skip(choice)
        }
      default: try reader.skip(field)
      }
    }
    guard let unit else { return .other(outer.id) }
    return outer.id == 7
      ? .time(unit, isAdjustedToUTC: isAdjustedToUTC)
      : .timestamp(unit, isAdjustedToUTC: isAdjustedToUTC)
  }

  private static func readInteger(
    _ outer: CompactReader.Field, from reader: inout CompactReader
  ) throws(ParquetError) -> LogicalType {
    try reader.expectStruct(outer)
    var bitWidth: Int8 = 0
    var isSigned = false
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: bitWidth = try reader.readInt8(field)
      case 2: isSigned = try reader.readBool(field)
      default: try reader.skip(field)
      }
    }
    return .integer(bitWidth: bitWidth, isSigned: isSigned)
  }

  /// Writes the union as field `id`; `interval` and unknown types have no member and write nothing.
  func write(to writer: inout CompactWriter, field id: Int16) {
    func empty(_ member: Int16) {
      writer.field(id) { $0.field(member) { _ in } }
    }
    switch self {
    case .string: empty(1)
    case .map: empty(2)
    case .list: empty(3)
    case .enumeration: empty(4)
    case .decimal(let precision, let scale):
      writer.field(id) {
        $0.field(5) {
          $0.field(1, scale)
          $0.field(2, precision)
        }
      }
    case .date: empty(6)
    case .time(let unit, let utc): Self.writeTime(to: &writer, id, 7, unit, utc)
    case .timestamp(let unit, let utc): Self.writeTime(to: &writer, id, 8, unit, utc)
    case .integer(let bitWidth, let isSigned):
      writer.field(id) {
        $0.field(10) {
          $0.field(1, bitWidth)
          $0.field(2, isSigned)
        }
      }
    case .null: empty(11)
    case .json: empty(12)
    case .bson: empty(13)
    case .uuid: empty(14)
    case .float16: empty(15)
    case .interval, .other: break
    }
  }

  private static func writeTime(
    to writer: inout CompactWriter, _ id: Int16, _ member: Int16, _ unit: TimeUnit, _ utc: Bool
  ) {
    let choice: Int16 =
      switch unit {
      case .milliseconds: 1
      case .microseconds: 2
      case .nanoseconds: 3
      }
    writer.field(id) {
      $0.field(member) {
        $0.field(1, utc)
        $0.field(2) { $0.field(choice) { _ in } }
      }
    }
  }
}

// MARK: Converted types

extension LogicalType {
  /// The older annotation `ConvertedType`, as files before format 2.4 carry it alone.
  init?(convertedType: Int32, precision: Int32, scale: Int32) {
    switch convertedType {
    case 0: self = .string
    case 1, 2: self = .map
    case 3: self = .list
    case 4: self = .enumeration
    case 5: self = .decimal(precision: precision, scale: scale)
    case 6: self = .date
    case 7: self = .time(.milliseconds, isAdjustedToUTC: true)
    case 8: self = .time(.microseconds, isAdjustedToUTC: true)
    case 9: self = .timestamp(.milliseconds, isAdjustedToUTC: true)
    case 10: self = .timestamp(.microseconds, isAdjustedToUTC: true)
    case 11: self = .integer(bitWidth: 8, isSigned: false)
    case 12: self = .integer(bitWidth: 16, isSigned: false)
    case 13: self = .integer(bitWidth: 32, isSigned: false)
    case 14: self = .integer(bitWidth: 64, isSigned: false)
    case 15: self = .integer(bitWidth: 8, isSigned: true)
    case 16: self = .integer(bitWidth: 16, isSigned: true)
    case 17: self = .integer(bitWidth: 32, isSigned: true)
    case 18: self = .integer(bitWidth: 64, isSigned: true)
    case 19: self = .json
    case 20: self = .bson
    case 21: self = .interval
    default: return nil
    }
  }

  /// The older annotation that says the same to readers who know no `LogicalType`, if there is one.
  var convertedType: Int32? {
    switch self {
    case .string: 0
    case .map: 1
    case .list: 3
    case .enumeration: 4
    case .decimal: 5
    case .date: 6
    case .time(.milliseconds, isAdjustedToUTC: true): 7
    case .time(.microseconds, isAdjustedToUTC: true): 8
    case .timestamp(.milliseconds, isAdjustedToUTC: true): 9
    case .timestamp(.microseconds, isAdjustedToUTC: true): 10
    case .integer(8, isSigned: false): 11
    case .integer(16, isSigned: false): 12
    case .integer(32, isSigned: false): 13
    case .integer(64, isSigned: false): 14
    case .integer(8, isSigned: true): 15
    case .integer(16, isSigned: true): 16
    case .integer(32, isSigned: true): 17
    case .integer(64, isSigned: true): 18
    case .json: 19
    case .bson: 20
    case .interval: 21
    default: nil
    }
  }
}
