/// What a column chunk or page says about its values (struct `Statistics`).
///
/// Bounds are in PLAIN encoding, byte arrays without their length. They are lower and upper bounds,
/// not necessarily values that occur, unless the `isExact` flags say so.
public struct Statistics: Sendable, Hashable {
  /// Rows without a value.
  public var nullCount: Int64?
  /// Different values, where the writer counted them.
  public var distinctCount: Int64?
  /// No value is less than this, in the order of the column's type.
  public var minimum: [UInt8]?
  /// No value is greater than this, in the order of the column's type.
  public var maximum: [UInt8]?
  /// Whether `minimum` is a value of the column and not a shortened one.
  public var isMinimumExact: Bool?
  /// Whether `maximum` is a value of the column and not a lengthened one.
  public var isMaximumExact: Bool?
  /// `minimum` as writers before format 2.4 ordered it: by signed bytes, so of use for signed
  /// numbers only.
  public var deprecatedMinimum: [UInt8]?
  /// `maximum` as writers before format 2.4 ordered it.
  public var deprecatedMaximum: [UInt8]?

  static func read(from reader: inout CompactReader) throws(ParquetError) -> Statistics {
    var statistics = Statistics()
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: statistics.deprecatedMaximum = try reader.readBinary(field)
      case 2: statistics.deprecatedMinimum = try reader.readBinary(field)
      case 3: statistics.nullCount = try reader.readInt64(field)
      case 4: statistics.distinctCount = try reader.readInt64(field)
      case 5: statistics.maximum = try reader.readBinary(field)
      case 6: statistics.minimum = try reader.readBinary(field)
      case 7: statistics.isMaximumExact = try reader.readBool(field)
      case 8: statistics.isMinimumExact = try reader.readBool(field)
      default: try reader.skip(field)
      }
    }
    return statistics
  }

  func write(to writer: inout CompactWriter) {
    writer.field(3, nullCount)
    writer.field(4, distinctCount)
    writer.field(5, maximum)
    writer.field(6, minimum)
    writer.field(7, isMaximumExact)
    writer.field(8, isMinimumExact)
  }
}
