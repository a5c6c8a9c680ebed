/// How a column's values are stored (Parquet format, "Types").
public enum PhysicalType: Int32, Sendable, Hashable, CaseIterable {
  /// One bit a value.
  case boolean = 0
  /// 32-bit little-endian two's complement.
  case int32 = 1
  /// 64-bit little-endian two's complement.
  case int64 = 2
  /// 12 bytes, the deprecated timestamp of Impala and old Spark: read, never written.
  case int96 = 3
  /// IEEE 754 single precision.
  case float = 4
  /// IEEE 754 double precision.
  case double = 5
  /// A length and that many bytes.
  case byteArray = 6
  /// As many bytes as the schema says.
  case fixedLengthByteArray = 7

  /// The name in the format's specification, such as `BYTE_ARRAY`.
  public var name: String {
    switch self {
    case .boolean: "BOOLEAN"
    case .int32: "INT32"
    case .int64: "INT64"
    case .int96: "INT96"
    case .float: "FLOAT"
    case .double: "DOUBLE"
    case .byteArray: "BYTE_ARRAY"
    case .fixedLengthByteArray: "FIXED_LEN_BYTE_ARRAY"
    }
  }

  static func read(
    _ field: CompactReader.Field, from reader: inout CompactReader
  ) throws(ParquetError) -> PhysicalType {
    let number = try reader.readInt32(field)
    guard let type = PhysicalType(rawValue: number) else {
      throw reader.failure("\(number) is not a physical type of the format.")
    }
    return type
  }
}
