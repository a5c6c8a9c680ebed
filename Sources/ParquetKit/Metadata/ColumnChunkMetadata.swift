/// Where a column's values of one row group lie, and how they are stored (structs `ColumnChunk` and
/// `ColumnMetaData`).
public struct ColumnChunkMetadata: Sendable, Hashable {
  /// How many pages of one type and encoding the chunk holds (struct `PageEncodingStats`).
  public struct PageCount: Sendable, Hashable {
    /// The pages' type.
    public var pageType: PageType
    /// The encoding of their values.
    public var encoding: Encoding
    /// The number of such pages.
    public var count: Int32
  }

  /// The physical type, which must be the schema's.
  public var type: PhysicalType
  /// All encodings in the chunk, those of the levels included.
  public var encodings: [Encoding]
  /// The column's path, part by part.
  public var path: [String]
  /// The compression of the chunk's pages.
  public var codec: CompressionCodec
  /// Values and nulls; for a flat column the row group's rows.
  public var valueCount: Int
  /// Bytes of all pages, headers included, before compression.
  public var totalUncompressedSize: Int
  /// Bytes of all pages, headers included, as they lie in the file.
  public var totalCompressedSize: Int
  /// Offset of the first data page's header.
  public var dataPageOffset: Int
  /// Offset of the dictionary page's header, if there is one and the writer says where.
  public var dictionaryPageOffset: Int?
  /// Bounds and counts of the chunk's values.
  public var statistics: Statistics?
  /// Pages by type and encoding.
  public var pageCounts: [PageCount]?
  /// Free-form metadata of the chunk.
  public var keyValueMetadata: [KeyValue] = []
  /// Another file that holds the pages; such files are not read.
  public var filePath: String?
  /// Where the offset index lies.
  public var offsetIndex: FileRange?
  /// Where the column index lies.
  public var columnIndex: FileRange?
  /// Where the Bloom filter lies; its length is absent in older files.
  public var bloomFilterOffset: Int?
  /// The length of the Bloom filter in bytes.
  public var bloomFilterLength: Int?
  /// Whether the chunk is encrypted; such chunks are not read.
  public var isEncrypted = false

  /// A part of the file.
  public struct FileRange: Sendable, Hashable {
    /// The first byte.
    public var offset: Int
    /// The number of bytes.
    public var length: Int
  }

  /// The bytes of the chunk in the file: dictionary page and data pages.
  ///
  /// A dictionary offset of 0 stands for "none": some writers set it so.
  func byteRange() -> Range<Int>? {
    var start = dataPageOffset
    if let dictionaryPageOffset, dictionaryPageOffset > 0 {
      start = min(start, dictionaryPageOffset)
    }
    let (end, overflow) = start.addingReportingOverflow(totalCompressedSize)
    return overflow ? nil : start..<end
  }
}

// MARK: Thrift

extension ColumnChunkMetadata {
  static func read(from reader: inout CompactReader) throws(ParquetError) -> ColumnChunkMetadata {
    var chunk: ColumnChunkMetadata?
    var filePath: String?
    var offsets: (index: Int?, column: Int?) = (nil, nil)
    var lengths: (index: Int?, column: Int?) = (nil, nil)
    var isEncrypted = false
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: filePath = try reader.readString(field)
      case 3:
        try reader.expectStruct(field)
        chunk = try readMetadata(from: &reader)
      case 4: offsets.index = try reader.readCount(field, "An offset index's offset")
      case 5: lengths.index = try reader.readCount32(field, "An offset index's length")
      case 6: offsets.column = try reader.readCount(field, "A column index's offset")
      case 7: lengths.column = try reader.readCount32(field, "A column index's length")
      case 8:
        isEncrypted = true
        try reader.skip(field)
      default: try reader.skip(field)
      }
    }
    guard var chunk else {
      if isEncrypted {
        throw ParquetError(.unsupported, "A column's metadata is encrypted.")
      }
      throw reader.failure("A column chunk has no metadata.")
    }
    chunk.filePath = filePath
    chunk.isEncrypted = isEncrypted
    if let offset = offsets.index, let length = lengths.index {
      chunk.offsetIndex = FileRange(offset: offset, length: length)
    }
    if let offset = offsets.column, let length = lengths.column {
      chunk.columnIndex = FileRange(offset: offset, length: length)
    }
    return chunk
  }

  private static func readMetadata(
    from reader: inout CompactReader
  ) throws(ParquetError) -> ColumnChunkMetadata {
    var type: PhysicalType?
    var codec: CompressionCodec?
    var valueCount: Int?
    var uncompressed: Int?
    var compressed: Int?
    var dataPageOffset: Int?
    var chunk = ColumnChunkMetadata(
      type: .boolean, encodings: [], path: [], codec: .uncompressed, valueCount: 0,
      totalUncompressedSize: 0, totalCompressedSize: 0, dataPageOffset: 0)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: type = try PhysicalType.read(field, from: &reader)
      case 2:
        for _ in 0..<(try reader.beginList(field, of: .int32)) {
          chunk.encodings.append(Encoding(rawValue: try reader.readInt32Element()))
        }
      case 3:
        for _ in 0..<(try reader.beginList(field, of: .binary)) {
          chunk.path.append(String(decoding: try reader.readBinaryElement(), as: UTF8.self))
        }
      case 4:
        let number = try reader.readInt32(field)
        guard let known = CompressionCodec(rawValue: number) else {
          throw ParquetError(
            .unsupported,
            "A column chunk is compressed with codec \(number), which is none of the format's "
              + "known here.")
        }
        codec = known
      case 5: valueCount = try reader.readCount(field, "A column chunk's number of values")
      case 6: uncompressed = try reader.readCount(field, "A column chunk's uncompressed size")
      case 7: compressed = try reader.readCount(field, "A column chunk's compressed size")
      case 8: chunk.keyValueMetadata = try KeyValue.readList(field, from: &reader)
      case 9: dataPageOffset = try reader.readCount(field, "A data page's offset")
      case 11: chunk.dictionaryPageOffset = try reader.readCount(field, "A dictionary's offset")
      case 12:
        try reader.expectStruct(field)
        chunk.statistics = try Statistics.read(from: &reader)
      case 13: chunk.pageCounts = try PageCount.readList(field, from: &reader)
      case 14: chunk.bloomFilterOffset = try reader.readCount(field, "A Bloom filter's offset")
      // Early drafts of the format had a list here, which some files still carry.
      case 15 where field.type == .int32:
        chunk.bloomFilterLength = try reader.readCount32(field, "A Bloom filter's length")
      default: try reader.skip(field)
      }
    }
    guard let type, let codec, let valueCount, let uncompressed, let compressed, let dataPageOffset
    else {
      throw reader.failure(
        "A column chunk lacks its type, codec, number of values, sizes or data page offset.")
    }
    chunk.type = type
    chunk.codec = codec
    chunk.valueCount = valueCount
    chunk.totalUncompressedSize = uncompressed
    chunk.totalCompressedSize = compressed
    chunk.dataPageOffset = dataPageOffset
    return chunk
  }

  func write(to writer: inout CompactWriter) {
    writer.field(1, filePath)
    writer.field(2, Int64(0))  // file_offset: deprecated, the format asks for 0
    writer.field(3) { writer in
      writer.field(1, type.rawValue)
      writer.field(2, list: encodings, of: .int32) { $0.writeInt32Element($1.rawValue) }
      writer.field(3, list: path, of: .binary) { $0.writeBinaryElement(Array($1.utf8)) }
      writer.field(4, codec.rawValue)
      writer.field(5, Int64(valueCount))
      writer.field(6, Int64(totalUncompressedSize))
      writer.field(7, Int64(totalCompressedSize))
      KeyValue.writeList(keyValueMetadata, to: &writer, field: 8)
      writer.field(9, Int64(dataPageOffset))
      writer.field(11, dictionaryPageOffset.map(Int64.init))
      if let statistics { writer.field(12) { statistics.write(to: &$0) } }
      writer.field(13, list: pageCounts, of: .structure) { $1.write(to: &$0) }
      writer.field(14, bloomFilterOffset.map(Int64.init))
      writer.field(15, bloomFilterLength.map { Int32(clamping: $0) })
    }
    writer.field(4, offsetIndex.map { Int64($0.offset) })
    writer.field(5, offsetIndex.map { Int32(clamping: $0.length) })
    writer.field(6, columnIndex.map { Int64($0.offset) })
    writer.field(7, columnIndex.map { Int32(clamping: $0.length) })
  }
}

extension ColumnChunkMetadata.PageCount {
  fileprivate static func readList(
    _ field: CompactReader.Field, from reader: inout CompactReader
  ) throws(ParquetError) -> [Self] {
    var counts: [Self] = []
    for _ in 0..<(try reader.beginList(field, of: .structure)) {
      var count = Self(pageType: .data, encoding: .plain, count: 0)
      var last = try reader.beginStruct()
      while let field = try reader.nextField(after: &last) {
        switch field.id {
        case 1: count.pageType = PageType(rawValue: try reader.readInt32(field))
        case 2: count.encoding = Encoding(rawValue: try reader.readInt32(field))
        case 3: count.count = try reader.readInt32(field)
        default: try reader.skip(field)
        }
      }
      counts.append(count)
    }
    return counts
  }

  fileprivate func write(to writer: inout CompactWriter) {
    writer.writeStruct {
      $0.field(1, pageType.rawValue)
      $0.field(2, encoding.rawValue)
      $0.field(3, count)
    }
  }
}
