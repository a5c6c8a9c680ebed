/// Writes a Parquet file, one row group after the other.
///
/// ```swift
/// var writer = try ParquetWriter(to: FileSink(path: "numbers.parquet"), schema: schema)
/// try await writer.writeRowGroup([Column(.int64([1, 2, 3]))])
/// try await writer.finish()
/// ```
///
/// A column chunk is encoded in memory and handed to the sink before the next one. After an error
/// from the sink the file is unfinished and the writer refuses to go on.
public struct ParquetWriter<Sink: ByteSink> {
  /// The columns.
  public let schema: ParquetSchema
  /// How the file is written.
  public let options: WriteOptions
  private var sink: Sink
  private var offset = 0
  private var rowGroups: [RowGroupMetadata] = []
  /// For each row group the indexes of its columns, which are written before the footer.
  private var pageIndexes: [[EncodedPageIndex]] = []
  private var rowCount = 0
  private var isBroken = false

  /// A writer to a sink that is still empty.
  ///
  /// - Throws: `invalidArgument` for nested columns and for sorting columns or sizes that make no
  ///   sense.
  public init(
    to sink: Sink, schema: ParquetSchema, options: WriteOptions = WriteOptions()
  ) throws(ParquetError) {
    for column in schema.columns {
      guard column.isFlat else {
        throw ParquetError(
          .unsupported, "Nested and repeated columns are not written.",
          at: .init(column: column.name))
      }
      try column.validate()
    }
    for sorting in options.sortingColumns {
      guard schema.columns.indices.contains(sorting.column) else {
        throw ParquetError(.invalidArgument, "There is no column \(sorting.column) to sort by.")
      }
    }
    guard options.pageSize > 0, options.pageRowCount > 0, options.maximumStatisticsSize > 0 else {
      throw ParquetError(.invalidArgument, "Pages and statistics need sizes above 0.")
    }
    self.sink = sink
    self.schema = schema
    self.options = options
  }

  /// Appends a row group.
  ///
  /// - Parameters:
  ///   - columns: one for each column of the schema, all of the same length.
  ///   - rows: the rows of `columns` to write; nil for all. A large table is written as several row
  ///     groups without copying it.
  /// - Throws: `invalidArgument` when shapes or types differ from the schema or a required column is
  ///   null somewhere, before anything is written; and what the sink throws.
  public mutating func writeRowGroup(_ columns: [Column], rows: Range<Int>? = nil) async throws {
    try checkUsable()
    guard columns.count == schema.columns.count else {
      throw ParquetError(
        .invalidArgument,
        "A row group needs \(schema.columns.count) columns, \(columns.count) are given.")
    }
    let count = columns.first?.count ?? 0
    if let odd = columns.firstIndex(where: { $0.count != count }) {
      throw ParquetError(
        .invalidArgument,
        "The columns of a row group have the same length: \"\(schema.columns[odd].name)\" has "
          + "\(columns[odd].count) rows, \"\(schema.columns[0].name)\" has \(count).")
    }
    let rows = rows ?? 0..<count
    guard rows.count <= Int(Int32.max), rows.lowerBound >= 0 else {
      throw ParquetError(
        .invalidArgument, "A row group has at most 2^31 - 1 rows, not \(rows.count).")
    }
    var encoders: [ColumnChunkEncoder] = []
    for (column, descriptor) in zip(columns, schema.columns) {
      encoders.append(
        try ColumnChunkEncoder(column, rows: rows, descriptor: descriptor, options: options))
    }
    isBroken = true
    try await writeMagic()
    var group = RowGroupMetadata(
      columns: [], rowCount: rows.count, totalByteSize: 0, totalCompressedSize: 0,
      fileOffset: offset, sortingColumns: options.sortingColumns,
      ordinal: Int16(exactly: rowGroups.count))
    var compressedSize = 0
    var indexes: [EncodedPageIndex] = []
    for encoder in encoders {
      let chunk = try encoder.encode(at: offset)
      try await write(chunk.bytes)
      group.totalByteSize += chunk.metadata.totalUncompressedSize
      compressedSize += chunk.metadata.totalCompressedSize
      group.columns.append(chunk.metadata)
      indexes.append(EncodedPageIndex(chunk.pageIndex))
    }
    group.totalCompressedSize = compressedSize
    rowGroups.append(group)
    pageIndexes.append(indexes)
    rowCount += rows.count
    isBroken = false
  }

  /// Takes row groups of another file over as they are: their bytes are copied, not decoded, and they
  /// keep their statistics and page indexes.
  ///
  /// Row groups without rows are passed over, and Bloom filters stay behind. So do bounds whose order
  /// cannot be relied upon (``ColumnRange``) and page indexes that contradict themselves or their
  /// chunk, since readers would believe this writer.
  ///
  /// - Parameters:
  ///   - rowGroups: indices in the other file, in the order in which they are appended.
  ///   - file: has the same columns: names, types, meanings and whether they may be null.
  /// - Returns: what stayed behind, each with its place in the other file.
  /// - Throws: before anything is written, `invalidArgument` for a row group that does not exist or is
  ///   named twice and for other columns, `unsupported` for chunks that are encrypted or in other
  ///   files, `corrupt` for chunks that overlap or lie outside the file; and what source and sink
  ///   throw.
  @discardableResult
  public mutating func adopt(
    _ rowGroups: [Int], of file: ParquetFile
  ) async throws -> [ParquetError] {
    try checkUsable()
    var adoption = try await RowGroupAdoption(of: rowGroups, from: file, schema: schema)
    let adoptedRows = try addedRowCount(adoption)
    isBroken = true
    for index in adoption.runs.indices {
      var range = adoption.runs[index].range
      if offset == 0 && range.lowerBound == Self.magic.count {
        // One copy with the magic number before it: object stores do not copy small parts.
        range = 0..<range.upperBound
      } else {
        try await writeMagic()
      }
      try await sink.copy(range, of: file.source)
      offset += range.count
      adoption.place(run: index, at: offset - adoption.runs[index].range.count)
    }
    append(adoption, rowCount: adoptedRows)
    isBroken = false
    return adoption.leftOut
  }

  /// Takes row groups of another file over of which the destination holds the beginning already, as
  /// after a copy on the server's side: they are only accounted for, and the sink gets what comes
  /// after the first `prefixSize` bytes. Bloom filters within the prefix are kept.
  ///
  /// - Parameters:
  ///   - rowGroups: indices in the other file, in the order in which they are to stand in the footer.
  ///   - file: has the same columns: names, types, meanings and whether they may be null.
  ///   - prefixSize: how many bytes of the other file, from its beginning, are at the beginning of
  ///     this one. The row groups lie wholly within; see ``ParquetFile/end(ofRowGroups:)``.
  /// - Returns: what stayed behind, each with its place in the other file.
  /// - Throws: `invalidArgument` when something has been written already, or a row group does not lie
  ///   within the prefix; and as `adopt(_:of:)` does.
  @discardableResult
  public mutating func adopt(
    _ rowGroups: [Int], of file: ParquetFile, prefixSize: Int
  ) async throws -> [ParquetError] {
    try checkUsable()
    guard offset == 0 else {
      throw ParquetError(
        .invalidArgument,
        "The destination cannot hold the beginning of another file: \(offset) bytes have been "
          + "written already.")
    }
    guard prefixSize >= Self.magic.count, prefixSize <= file.size else {
      throw ParquetError(
        .invalidArgument, "The other file has \(file.size) bytes, of which \(prefixSize) are held.")
    }
    var adoption = try await RowGroupAdoption(of: rowGroups, from: file, schema: schema)
    if let beyond = adoption.runs.first(where: { $0.range.upperBound > prefixSize }) {
      throw ParquetError(
        .invalidArgument,
        "The row groups reach to byte \(beyond.range.upperBound), the destination holds \(prefixSize)."
      )
    }
    let adoptedRows = try addedRowCount(adoption)
    adoption.place(prefix: prefixSize)
    offset = prefixSize
    append(adoption, rowCount: adoptedRows)
    return adoption.leftOut
  }

  private func addedRowCount(_ adoption: RowGroupAdoption) throws(ParquetError) -> Int {
    let (total, overflow) = rowCount.addingReportingOverflow(try adoption.rowCount())
    if overflow {
      throw ParquetError(.corrupt, "The row groups state an impossible number of rows.")
    }
    return total
  }

  private mutating func append(_ adoption: RowGroupAdoption, rowCount: Int) {
    for (metadata, indexes) in adoption.placed(firstOrdinal: rowGroups.count) {
      rowGroups.append(metadata)
      pageIndexes.append(indexes)
    }
    self.rowCount = rowCount
  }

  /// Writes page indexes and footer and gives the sink back.
  ///
  /// - Parameter keyValueMetadata: free-form metadata for the footer.
  /// - Throws: what the sink throws.
  @discardableResult
  public consuming func finish(keyValueMetadata: [KeyValue] = []) async throws -> Sink {
    try checkUsable()
    try await writeMagic()
    try await writePageIndexes()
    let metadata = FileMetadata(
      version: 2, schema: schema.elements, rowCount: rowCount, rowGroups: rowGroups,
      keyValueMetadata: keyValueMetadata, createdBy: options.createdBy,
      hasTypeDefinedOrder: schema.columns.map { _ in true })
    var footer = metadata.encode()
    guard let length = UInt32(exactly: footer.count) else {
      throw ParquetError(.limitExceeded, "The footer exceeds 4 GiB; write larger row groups.")
    }
    withUnsafeBytes(of: length.littleEndian) { footer.append(contentsOf: $0) }
    footer.append(contentsOf: Self.magic)
    try await write(footer)
    return sink
  }

  /// All column indexes, then all offset indexes, each by row group and column (Parquet format, "Page
  /// Index").
  private mutating func writePageIndexes() async throws {
    var bytes: [UInt8] = []
    func append(_ index: [UInt8]?) -> ColumnChunkMetadata.FileRange? {
      guard let index else { return nil }
      defer { bytes.append(contentsOf: index) }
      return ColumnChunkMetadata.FileRange(offset: offset + bytes.count, length: index.count)
    }
    for (group, indexes) in pageIndexes.enumerated() {
      for (column, index) in indexes.enumerated() {
        rowGroups[group].columns[column].columnIndex = append(index.columnIndex)
      }
    }
    for (group, indexes) in pageIndexes.enumerated() {
      for (column, index) in indexes.enumerated() {
        rowGroups[group].columns[column].offsetIndex = append(index.offsetIndex)
      }
    }
    if !bytes.isEmpty { try await write(bytes) }
  }

  private static var magic: [UInt8] { Array("PAR1".utf8) }

  private mutating func writeMagic() async throws {
    if offset == 0 { try await write(Self.magic) }
  }

  private mutating func write(_ bytes: [UInt8]) async throws {
    try await sink.write(bytes)
    offset += bytes.count
  }

  private func checkUsable() throws(ParquetError) {
    if isBroken {
      throw ParquetError(
        .invalidArgument, "An earlier row group failed halfway: the file cannot be continued.")
    }
  }
}
