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
  /// The end of the file as it was read when the file was opened.
  private let tail: FileTail

  static let magic: [UInt8] = Array("PAR1".utf8)
  private static let encryptedMagic: [UInt8] = Array("PARE".utf8)
  /// Magic number, footer length and magic number.
  private static let minimumSize = 12

  /// Reads the footer: the file's last `ReadOptions.tailSize` bytes, and what is missing of it when it
  /// is larger.
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
    let start = max(0, size - max(8, options.tailSize))
    var tail = FileTail(offset: start, bytes: try await readExactly(start..<size, of: source))
    let footer = try footerRange(tail, size: size, options: options)
    if footer.lowerBound < tail.offset {
      let missing = try await readExactly(footer.lowerBound..<tail.offset, of: source)
      tail = FileTail(offset: footer.lowerBound, bytes: missing + tail.bytes)
    }
    let metadata = try FileMetadata.decode(
      tail.bytes.span.bytes.extracting(
        footer.lowerBound - tail.offset..<footer.upperBound - tail.offset),
      base: footer.lowerBound)
    let schema = try ParquetSchema(elements: metadata.schema)
    try check(metadata, against: schema)
    return ParquetFile(
      source: source, size: size, metadata: metadata, schema: schema, options: options,
      footerOffset: footer.lowerBound, tail: tail)
  }

  /// Where the footer's Thrift bytes lie in the file.
  private static func footerRange(
    _ tail: FileTail, size: Int, options: ReadOptions
  ) throws(ParquetError) -> Range<Int> {
    let ending = Array(tail.bytes.suffix(4))
    if ending == encryptedMagic {
      throw ParquetError(.unsupported, "The file is encrypted; encrypted files are not read.")
    }
    guard ending == magic, tail.offset > 0 || tail.bytes.starts(with: magic) else {
      throw ParquetError(
        .notParquet,
        "The file does not begin and end with \"PAR1\": it is not Parquet, or it is cut off.")
    }
    let length = tail.bytes.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
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

  /// Reads a range, from the tail that is already there or from the source.
  ///
  /// - Parameter range: within the file.
  func read(_ range: Range<Int>) async throws -> [UInt8] {
    if let bytes = tail.bytes(range) { return bytes }
    return try await Self.readExactly(range, of: source)
  }

  /// Rows of all row groups. The footer's own count, `metadata.rowCount`, is not always right.
  public var rowCount: Int {
    metadata.rowGroups.reduce(0) { $0.addingReportingOverflow($1.rowCount).partialValue }
  }
}

/// The end of a file, in memory.
private struct FileTail: Sendable {
  /// Where it begins in the file.
  let offset: Int
  let bytes: [UInt8]

  /// The bytes of a range that lies wholly within.
  func bytes(_ range: Range<Int>) -> [UInt8]? {
    guard range.lowerBound >= offset, range.upperBound - offset <= bytes.count else { return nil }
    return Array(bytes[range.lowerBound - offset..<range.upperBound - offset])
  }
}
