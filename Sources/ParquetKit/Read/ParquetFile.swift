/// A Parquet file whose footer has been read and checked.
///
/// ```swift
/// let file = try await ParquetFile.open(FileSource(path: "events.parquet"))
/// for rowGroup in file.metadata.rowGroups.indices {
///   let columns = try await file.readRowGroup(rowGroup)
/// }
/// ```
public struct ParquetFile: Sendable {
  /// Where the bytes come from.
  public let source: any ByteRangeSource
  /// The bytes of the whole file.
  public let size: Int
  /// The footer.
  public let metadata: FileMetadata
  /// The columns.
  public let schema: ParquetSchema
  /// How the file is read.
  public let options: ReadOptions
  /// Where the footer begins: every page ends before it.
  public let footerOffset: Int

  /// More than any dictionary page's header.
  private static let omittedHeaderSize = 100
  private static let magic: [UInt8] = Array("PAR1".utf8)
  private static let encryptedMagic: [UInt8] = Array("PARE".utf8)
  /// Magic number, footer length and magic number.
  private static let minimumSize = 12
  /// What is read at first from the end; most footers fit, so there is one read.
  private static let tailSize = 64 << 10

  /// Reads the footer: the last 64 KiB, and once more when it is larger.
  ///
  /// Parquet format, "File format".
  ///
  /// - Throws: `ParquetError`: `notParquet` without the magic number, `corrupt` or `truncated` for a
  ///   footer that contradicts itself or the file's size, `unsupported` for an encrypted file; and
  ///   what the source throws.
  public static func open(
    _ source: any ByteRangeSource, options: ReadOptions = ReadOptions()
  ) async throws -> ParquetFile {
    let size = try await source.size
    guard size >= minimumSize else {
      throw ParquetError(
        .notParquet, "A file of \(size) bytes is too short to be Parquet, which has at least 12.")
    }
    let tailStart = max(0, size - tailSize)
    let tail = try await readExactly(tailStart..<size, of: source)
    let footer = try footerRange(tail: tail, tailStart: tailStart, size: size, options: options)
    let metadata: FileMetadata
    if footer.lowerBound >= tailStart {
      let range = footer.lowerBound - tailStart..<footer.upperBound - tailStart
      metadata = try FileMetadata.decode(tail.span.bytes.extracting(range), base: footer.lowerBound)
    } else {
      let bytes = try await readExactly(footer, of: source)
      metadata = try FileMetadata.decode(bytes.span.bytes, base: footer.lowerBound)
    }
    let schema = try ParquetSchema(elements: metadata.schema)
    try check(metadata, against: schema)
    return ParquetFile(
      source: source, size: size, metadata: metadata, schema: schema, options: options,
      footerOffset: footer.lowerBound)
  }

  /// Where the footer's Thrift bytes lie in the file.
  private static func footerRange(
    tail: [UInt8], tailStart: Int, size: Int, options: ReadOptions
  ) throws(ParquetError) -> Range<Int> {
    let ending = Array(tail.suffix(4))
    if ending == encryptedMagic {
      throw ParquetError(.unsupported, "The file is encrypted; encrypted files are not read.")
    }
    guard ending == magic, tailStart > 0 || tail.starts(with: magic) else {
      throw ParquetError(
        .notParquet,
        "The file does not begin and end with \"PAR1\": it is not Parquet, or it is cut off.")
    }
    let length = tail.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= size - minimumSize else {
      throw ParquetError(
        .corrupt, "The footer states \(length) bytes, the file has \(size).",
        at: .init(offset: size - 8))
    }
    guard length <= options.maximumFooterSize else {
      throw ParquetError(
        .limitExceeded,
        "The footer has \(length) bytes; the limit is \(options.maximumFooterSize).",
        at: .init(offset: size - 8))
    }
    return size - 8 - length..<size - 8
  }

  /// Holds the row groups against the schema.
  private static func check(
    _ metadata: FileMetadata, against schema: ParquetSchema
  ) throws(ParquetError) {
    for (index, group) in metadata.rowGroups.enumerated() {
      guard group.columns.count == schema.columns.count else {
        throw ParquetError(
          .corrupt,
          "It has \(group.columns.count) column chunks, the schema has \(schema.columns.count) columns.",
          at: .init(rowGroup: index))
      }
      for (chunk, column) in zip(group.columns, schema.columns) {
        guard chunk.type == column.physicalType else {
          throw ParquetError(
            .corrupt,
            "The column chunk is of type \(chunk.type.name), the schema says \(column.physicalType.name).",
            at: .init(rowGroup: index, column: column.name))
        }
      }
    }
  }

  /// Reads a range and makes sure that the source gave all of it.
  private static func readExactly(
    _ range: Range<Int>, of source: any ByteRangeSource
  ) async throws -> [UInt8] {
    let bytes = try await source.read(range)
    guard bytes.count == range.count else {
      throw ParquetError(
        .truncated, "The source gave \(bytes.count) bytes of \(range.count).",
        at: .init(offset: range.lowerBound))
    }
    return bytes
  }

  /// Rows of all row groups. The footer's own count, `metadata.rowCount`, is not always right.
  public var rowCount: Int {
    metadata.rowGroups.reduce(0) { $0.addingReportingOverflow($1.rowCount).partialValue }
  }

  // MARK: Row groups

  /// The bytes that `readRowGroup` will read.
  ///
  /// - Parameters:
  ///   - rowGroup: the row group's index.
  ///   - columns: indices in the schema; nil for all.
  /// - Throws: `invalidArgument` for an index that does not exist, `corrupt` for a chunk that does
  ///   not lie between the magic number and the footer, `unsupported` for one in another file.
  public func plan(rowGroup: Int, columns: [Int]? = nil) throws(ParquetError) -> ReadPlan {
    guard metadata.rowGroups.indices.contains(rowGroup) else {
      throw ParquetError(
        .invalidArgument,
        "There is no row group \(rowGroup): the file has \(metadata.rowGroups.count).")
    }
    let group = metadata.rowGroups[rowGroup]
    let omitted = metadata.omitsDictionaryHeader ? Self.omittedHeaderSize : 0
    var chunks: [ReadPlan.Chunk] = []
    for index in columns ?? Array(schema.columns.indices) {
      guard schema.columns.indices.contains(index) else {
        throw ParquetError(
          .invalidArgument, "There is no column \(index): the file has \(schema.columns.count).")
      }
      let chunk = group.columns[index]
      let place = ParquetError.Location(rowGroup: rowGroup, column: schema.columns[index].name)
      if chunk.isEncrypted {
        throw ParquetError(.unsupported, "The column chunk is encrypted.", at: place)
      }
      if let path = chunk.filePath {
        throw ParquetError(
          .unsupported, "The column chunk lies in another file, \"\(path)\".", at: place)
      }
      guard let range = chunk.byteRange(), range.upperBound <= footerOffset,
        range.lowerBound >= Self.magic.count || group.rowCount == 0
      else {
        throw ParquetError(
          .corrupt,
          "The column chunk's \(chunk.totalCompressedSize) bytes from \(chunk.dataPageOffset) on do "
            + "not lie before the footer at \(footerOffset).",
          at: place)
      }
      // Without rows there is nothing to read, whatever the offsets say.
      if group.rowCount == 0 { continue }
      let end = min(range.upperBound + omitted, footerOffset)
      chunks.append(ReadPlan.Chunk(column: index, range: range.lowerBound..<end))
    }
    return ReadPlan(rowGroup: rowGroup, chunks: chunks, coalescedGap: options.coalescedGap)
  }

  /// Reads and decodes columns of one row group, in the order of `columns`.
  ///
  /// - Parameters:
  ///   - rowGroup: the row group's index.
  ///   - columns: indices in the schema; nil for all. Each must be flat: a child of the root and not
  ///     repeated.
  /// - Throws: `ParquetError` with row group, column, page and offset; and what the source throws.
  public func readRowGroup(_ rowGroup: Int, columns: [Int]? = nil) async throws -> [Column] {
    let plan = try plan(rowGroup: rowGroup, columns: columns)
    let wanted = columns ?? Array(schema.columns.indices)
    var decoded: [Int: Column] = [:]
    for request in plan.requests {
      let bytes = try await Self.readExactly(request.range, of: source)
      for chunk in request.chunks where decoded[chunk.column] == nil {
        let start = request.range.lowerBound
        let span = bytes.span.bytes.extracting(
          chunk.range.lowerBound - start..<chunk.range.upperBound - start)
        decoded[chunk.column] = try decode(span, chunk, rowGroup: rowGroup)
      }
    }
    return try wanted.map { column in
      // What the plan does not name has no rows, and so no pages.
      try decoded[column]
        ?? decode(RawSpan(), ReadPlan.Chunk(column: column, range: 0..<0), rowGroup: rowGroup)
    }
  }

  private func decode(
    _ bytes: RawSpan, _ chunk: ReadPlan.Chunk, rowGroup: Int
  ) throws(ParquetError) -> Column {
    let descriptor = schema.columns[chunk.column]
    let group = metadata.rowGroups[rowGroup]
    let decoder = ColumnChunkDecoder(
      descriptor: descriptor, metadata: group.columns[chunk.column], rowCount: group.rowCount,
      base: chunk.range.lowerBound, options: options)
    do {
      return try decoder.decode(bytes)
    } catch {
      throw error.within(.init(rowGroup: rowGroup, column: descriptor.name))
    }
  }
}
