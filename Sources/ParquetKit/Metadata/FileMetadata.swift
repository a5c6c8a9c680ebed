/// The footer (struct `FileMetaData`): schema, row groups, and what the writer says of itself.
public struct FileMetadata: Sendable, Hashable {
  /// The format's version as the writer states it: 1 or 2.
  public var version: Int32
  /// The schema tree, depth first, the root included.
  public var schema: [SchemaElement]
  /// Rows of all row groups.
  public var rowCount: Int
  /// The row groups in the file's order.
  public var rowGroups: [RowGroupMetadata]
  /// Free-form metadata in the file's order.
  public var keyValueMetadata: [KeyValue]
  /// The library that wrote the file.
  public var createdBy: String?
  /// Whether bounds are ordered as the column's type is; without it `Statistics.minimum` and
  /// `maximum` of byte arrays say nothing. One entry a column, nil when the file has none.
  public var hasTypeDefinedOrder: [Bool]?

  /// The value of the first pair of key-value metadata with this key.
  public func value(forKey key: String) -> String? {
    keyValueMetadata.first { $0.key == key }?.value
  }

  /// Decodes a footer's Thrift bytes; `base` is their offset in the file.
  static func decode(_ bytes: RawSpan, base: Int) throws(ParquetError) -> FileMetadata {
    var reader = CompactReader(bytes, base: base)
    var version: Int32?
    var schema: [SchemaElement]?
    var rowCount: Int?
    var rowGroups: [RowGroupMetadata]?
    var metadata = FileMetadata(
      version: 0, schema: [], rowCount: 0, rowGroups: [], keyValueMetadata: [])
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: version = try reader.readInt32(field)
      case 2:
        var elements: [SchemaElement] = []
        for _ in 0..<(try reader.beginList(field, of: .structure)) {
          elements.append(try SchemaElement.read(from: &reader))
        }
        schema = elements
      case 3: rowCount = try reader.readCount(field, "The file's number of rows")
      case 4:
        var groups: [RowGroupMetadata] = []
        for _ in 0..<(try reader.beginList(field, of: .structure)) {
          groups.append(try RowGroupMetadata.read(from: &reader))
        }
        rowGroups = groups
      case 5: metadata.keyValueMetadata = try KeyValue.readList(field, from: &reader)
      case 6: metadata.createdBy = try reader.readString(field)
      case 7: metadata.hasTypeDefinedOrder = try readColumnOrders(field, from: &reader)
      case 8:
        throw ParquetError(.unsupported, "The file is encrypted; encrypted files are not read.")
      default: try reader.skip(field)
      }
    }
    guard let version, let schema, let rowCount, let rowGroups else {
      throw reader.failure(
        "The footer lacks its version, schema, number of rows or row groups.")
    }
    metadata.version = version
    metadata.schema = schema
    metadata.rowCount = rowCount
    metadata.rowGroups = rowGroups
    return metadata
  }

  private static func readColumnOrders(
    _ field: CompactReader.Field, from reader: inout CompactReader
  ) throws(ParquetError) -> [Bool] {
    var orders: [Bool] = []
    for _ in 0..<(try reader.beginList(field, of: .structure)) {
      var isTypeDefined = false
      var last = try reader.beginStruct()
      while let member = try reader.nextField(after: &last) {
        if member.id == 1 { isTypeDefined = true }
        try reader.skip(member)
      }
      orders.append(isTypeDefined)
    }
    return orders
  }

  /// The footer's Thrift bytes, without length and magic number.
  func encode() -> [UInt8] {
    var writer = CompactWriter()
    writer.writeStruct { writer in
      writer.field(1, version)
      writer.field(2, list: schema, of: .structure) { writer, element in
        writer.writeStruct { element.write(to: &$0) }
      }
      writer.field(3, Int64(rowCount))
      writer.field(4, list: rowGroups, of: .structure) { $1.write(to: &$0) }
      KeyValue.writeList(keyValueMetadata, to: &writer, field: 5)
      writer.field(6, createdBy)
      writer.field(7, list: hasTypeDefinedOrder, of: .structure) { writer, isTypeDefined in
        writer.writeStruct { if isTypeDefined { $0.field(1) { _ in } } }
      }
    }
    return writer.bytes
  }
}
