@testable import ParquetKit

/// A file of one column whose pages are made by hand, for what our own writer never writes.
struct CraftedFile {
  var column: ColumnDescriptor
  var rowCount: Int
  var dictionary: [UInt8] = []
  var pages: [[UInt8]] = []

  /// A file of pages that are appended afterwards.
  init(_ column: ColumnDescriptor, rowCount: Int) {
    self.column = column
    self.rowCount = rowCount
  }

  /// A dictionary of values in PLAIN encoding.
  mutating func setDictionary(_ body: [UInt8], count: Int) {
    let header = PageHeader(
      kind: .dictionary(valueCount: count, encoding: .plain), uncompressedSize: body.count,
      compressedSize: body.count)
    dictionary = header.encode() + body
  }

  /// A data page of version 1, uncompressed.
  mutating func append(_ body: [UInt8], count: Int, _ encoding: Encoding) {
    let header = PageHeader(
      kind: .data(valueCount: count, encoding: encoding, definitionEncoding: .rle),
      uncompressedSize: body.count, compressedSize: body.count)
    pages.append(header.encode() + body)
  }

  /// The file's bytes.
  func bytes() throws -> [UInt8] {
    let pages = pages.flatMap { $0 }
    let size = dictionary.count + pages.count
    let chunk = ColumnChunkMetadata(
      type: column.physicalType, encodings: [.plain], path: column.path, codec: .uncompressed,
      valueCount: rowCount, totalUncompressedSize: size, totalCompressedSize: size,
      dataPageOffset: 4 + dictionary.count,
      dictionaryPageOffset: dictionary.isEmpty ? nil : 4)
    let group = RowGroupMetadata(
      columns: [chunk], rowCount: rowCount, totalByteSize: size, totalCompressedSize: size,
      fileOffset: 4, sortingColumns: [], ordinal: 0)
    let footer = FileMetadata(
      version: 2, schema: try ParquetSchema([column]).elements, rowCount: rowCount,
      rowGroups: [group], keyValueMetadata: []
    ).encode()
    let length = (0..<4).map { UInt8(truncatingIfNeeded: footer.count >> (8 * $0)) }
    let magic = Array("PAR1".utf8)
    return magic + dictionary + pages + footer + length + magic
  }

  /// The column as it is read.
  func read(_ options: ReadOptions = ReadOptions()) async throws -> Column {
    let file = try await ParquetFile.open(BytesSource(try bytes()), options: options)
    return try await file.readRowGroup(0)[0]
  }
}

/// A number in base 128, as the encodings have it.
func varint(_ value: UInt64) -> [UInt8] {
  value < 128 ? [UInt8(value)] : [UInt8(value % 128 + 128)] + varint(value / 128)
}
