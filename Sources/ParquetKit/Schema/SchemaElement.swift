/// One node of a file's schema tree as the footer lists it, depth first (struct `SchemaElement`).
public struct SchemaElement: Sendable, Hashable {
  /// How often a value occurs within its parent.
  public enum Repetition: Int32, Sendable, Hashable {
    /// Exactly once: never null.
    case required = 0
    /// At most once: null when absent.
    case optional = 1
    /// Any number of times.
    case repeated = 2
  }

  /// The physical type of a leaf; nil for a group.
  public var type: PhysicalType?
  /// Bytes a value of a FIXED_LEN_BYTE_ARRAY.
  public var typeLength: Int32?
  /// nil only for the root.
  public var repetition: Repetition?
  /// The name within its parent.
  public var name: String
  /// The number of children; 0 for a leaf.
  public var childCount: Int
  /// The meaning of the values, from the logical type or else from the converted type.
  public var logicalType: LogicalType?
  /// The id that table formats give a field.
  public var fieldID: Int32?

  static func read(from reader: inout CompactReader) throws(ParquetError) -> SchemaElement {
    var type: PhysicalType?
    var typeLength: Int32?
    var repetition: Repetition?
    var name: String?
    var childCount = 0
    var convertedType: Int32?
    var scale: Int32 = 0
    var precision: Int32 = 0
    var fieldID: Int32?
    var logicalType: LogicalType?
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: type = try PhysicalType.read(field, from: &reader)
      case 2: typeLength = try reader.readInt32(field)
      case 3:
        let number = try reader.readInt32(field)
        guard let known = Repetition(rawValue: number) else {
          throw reader.failure("\(number) is not a repetition type of the format.")
        }
        repetition = known
      case 4: name = try reader.readString(field)
      case 5: childCount = try reader.readCount32(field, "A schema element's number of children")
      case 6: convertedType = try reader.readInt32(field)
      case 7: scale = try reader.readInt32(field)
      case 8: precision = try reader.readInt32(field)
      case 9: fieldID = try reader.readInt32(field)
      case 10:
        try reader.expectStruct(field)
        logicalType = try LogicalType.read(from: &reader)
      default: try reader.skip(field)
      }
    }
    guard let name else { throw reader.failure("A schema element has no name.") }
    if logicalType == nil, let convertedType {
      logicalType = LogicalType(convertedType: convertedType, precision: precision, scale: scale)
    }
    return SchemaElement(
      type: type, typeLength: typeLength, repetition: repetition, name: name,
      childCount: childCount, logicalType: logicalType, fieldID: fieldID)
  }

  func write(to writer: inout CompactWriter) {
    writer.field(1, type?.rawValue)
    writer.field(2, typeLength)
    writer.field(3, repetition?.rawValue)
    writer.field(4, name)
    writer.field(5, childCount > 0 ? Int32(clamping: childCount) : nil)
    writer.field(6, logicalType?.convertedType)
    if case .decimal(let precision, let scale) = logicalType {
      writer.field(7, scale)
      writer.field(8, precision)
    }
    writer.field(9, fieldID)
    logicalType?.write(to: &writer, field: 10)
  }
}
