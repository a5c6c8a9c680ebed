/// A horizontal slice of the file: the same rows of every column (struct `RowGroup`).
public struct RowGroupMetadata: Sendable, Hashable {
  /// One chunk a column, in the schema's order.
  public var columns: [ColumnChunkMetadata]
  /// The number of rows.
  public var rowCount: Int
  /// Bytes of all pages before compression.
  public var totalByteSize: Int
  /// Bytes of all pages as they lie in the file, if the writer says so.
  public var totalCompressedSize: Int?
  /// Offset of the first page, if the writer says so.
  public var fileOffset: Int?
  /// The columns by which the rows are sorted, the first one first.
  public var sortingColumns: [SortingColumn]
  /// The row group's index as the writer counted it.
  public var ordinal: Int16?

  static func read(from reader: inout CompactReader) throws(ParquetError) -> RowGroupMetadata {
    var columns: [ColumnChunkMetadata] = []
    var rowCount: Int?
    var group = RowGroupMetadata(columns: [], rowCount: 0, totalByteSize: 0, sortingColumns: [])
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1:
        for _ in 0..<(try reader.beginList(field, of: .structure)) {
          columns.append(try ColumnChunkMetadata.read(from: &reader))
        }
      case 2: group.totalByteSize = try reader.readCount(field, "A row group's size")
      case 3: rowCount = try reader.readCount(field, "A row group's number of rows")
      case 4:
        for _ in 0..<(try reader.beginList(field, of: .structure)) {
          group.sortingColumns.append(try SortingColumn.read(from: &reader))
        }
      case 5: group.fileOffset = try reader.readCount(field, "A row group's offset")
      case 6: group.totalCompressedSize = try reader.readCount(field, "A row group's size")
      case 7: group.ordinal = try reader.readInt16(field)
      default: try reader.skip(field)
      }
    }
    guard let rowCount else { throw reader.failure("A row group has no number of rows.") }
    group.columns = columns
    group.rowCount = rowCount
    return group
  }

  func write(to writer: inout CompactWriter) {
    writer.writeStruct { writer in
      writer.field(1, list: columns, of: .structure) { writer, chunk in
        writer.writeStruct { chunk.write(to: &$0) }
      }
      writer.field(2, Int64(totalByteSize))
      writer.field(3, Int64(rowCount))
      writer.field(4, list: sortingColumns.isEmpty ? nil : sortingColumns, of: .structure) {
        $1.write(to: &$0)
      }
      writer.field(5, fileOffset.map(Int64.init))
      writer.field(6, totalCompressedSize.map(Int64.init))
      writer.field(7, ordinal)
    }
  }
}

/// A column by which the rows of a row group are sorted (struct `SortingColumn`).
public struct SortingColumn: Sendable, Hashable {
  /// The column's index in the schema.
  public var column: Int
  /// Whether the greatest value comes first.
  public var isDescending: Bool
  /// Whether nulls come before all values.
  public var nullsFirst: Bool

  /// A sorting column, ascending with nulls first unless said otherwise.
  public init(column: Int, isDescending: Bool = false, nullsFirst: Bool = true) {
    self.column = column
    self.isDescending = isDescending
    self.nullsFirst = nullsFirst
  }

  fileprivate static func read(
    from reader: inout CompactReader
  ) throws(ParquetError) -> SortingColumn {
    var sorting = SortingColumn(column: 0, nullsFirst: false)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: sorting.column = try reader.readCount32(field, "A sorting column's index")
      case 2: sorting.isDescending = try reader.readBool(field)
      case 3: sorting.nullsFirst = try reader.readBool(field)
      default: try reader.skip(field)
      }
    }
    return sorting
  }

  fileprivate func write(to writer: inout CompactWriter) {
    writer.writeStruct {
      $0.field(1, Int32(clamping: column))
      $0.field(2, isDescending)
      $0.field(3, nullsFirst)
    }
  }
}
