import EventLogModel
import ParquetKit

/// Puts a checkpoint together: from rows, and from row groups of the version that it replaces.
struct CheckpointWriter {
  private let schema: EventSchema
  let layout: RowGroupLayout
  private var writer: ParquetWriter<PieceSink>

  /// - Parameters:
  ///   - schema: The event type of the file.
  ///   - base: The version whose row groups may be adopted.
  init(
    _ schema: EventSchema, compression: Compression, layout: RowGroupLayout,
    base: ObjectByteSource? = nil
  ) throws {
    self.schema = schema
    self.layout = layout
    let descriptors = schema.fields.map { field in
      switch field.type {
      case .string:
        ColumnDescriptor(field.name, .byteArray, .string, isNullable: field.isNullable)
      case .int32: ColumnDescriptor(field.name, .int32, isNullable: field.isNullable)
      case .timestamp:
        ColumnDescriptor(
          field.name, .int64, .timestamp(.microseconds, isAdjustedToUTC: true),
          isNullable: field.isNullable)
      }
    }
    writer = try ParquetWriter(
      to: PieceSink(base), schema: ParquetSchema(descriptors),
      options: WriteOptions(
        compression: compression, sortingColumns: CheckpointWriter.sorting(schema)))
  }

  /// How the rows are sorted.
  static func sorting(_ schema: EventSchema) -> [SortingColumn] {
    schema.order.map { SortingColumn(column: $0, nullsFirst: true) }
  }

  /// Appends rows as row groups.
  ///
  /// - Parameters:
  ///   - batch: Rows in the order of the schema, behind all that were appended before.
  ///   - isLast: Whether they end the file.
  mutating func append(_ batch: EventBatch, isLast: Bool) async throws {
    try await append(batch, parts: layout.parts(of: batch, isLast: isLast))
  }

  /// Appends parts of rows as row groups.
  mutating func append(_ batch: EventBatch, parts: [Range<Int>]) async throws {
    let columns = try batch.columns.map { column in
      switch column.values {
      case .string(let codes, let dictionary):
        let strings = try ByteArrays(bytes: dictionary.bytes, offsets: dictionary.offsets)
        return Column(
          .dictionary(indices: codes, dictionary: strings), validity: column.validity)
      case .int32(let values): return Column(.int32(values), validity: column.validity)
      case .timestamp(let values): return Column(.int64(values), validity: column.validity)
      }
    }
    for part in parts {
      try await writer.writeRowGroup(columns, rows: part)
    }
  }

  /// Takes over row groups of the base.
  mutating func adopt(_ rowGroups: Range<Int>, of file: CheckpointFile) async throws {
    try await writer.adopt(Array(rowGroups), of: file.parquet)
  }

  /// Writes the footer.
  ///
  /// - Parameters:
  ///   - mark: Until when the file is complete.
  ///   - groups: The rows of each group.
  ///   - ancestors: The versions whose rows are all in this one.
  ///   - extra: What else the footer says.
  /// - Returns: What the file is made of.
  consuming func finish(
    mark: CheckpointFile.Mark?, groups: [CheckpointState.Checkpoint.Group], ancestors: [ETag],
    extra: [KeyValue] = []
  ) async throws -> [ObjectPiece] {
    try await writer.finish(
      keyValueMetadata: try CheckpointFooter.keyValues(
        schema: schema, mark: mark, groups: groups, ancestors: ancestors) + extra
    ).pieces
  }
}

/// Collects what a file is made of: new bytes, and ranges of the version that it replaces.
struct PieceSink: ByteSink {
  private(set) var pieces: [ObjectPiece] = []
  private let base: ObjectByteSource?

  init(_ base: ObjectByteSource?) {
    self.base = base
  }

  mutating func write(_ bytes: [UInt8]) async throws {
    if case .bytes(var last)? = pieces.last {
      // The array must have one owner, or every append copies it.
      pieces.removeLast()
      last.append(contentsOf: bytes)
      pieces.append(.bytes(last))
    } else {
      pieces.append(.bytes(bytes))
    }
  }

  mutating func copy(_ range: Range<Int>, of source: any ByteRangeSource) async throws {
    guard let base, (source as? ObjectByteSource) === base else {
      return try await write(try await source.read(range))
    }
    if let held = base.held(range) { return try await write(held) }
    if case .range(let last)? = pieces.last, last.upperBound == range.lowerBound {
      pieces[pieces.count - 1] = .range(last.lowerBound..<range.upperBound)
    } else {
      pieces.append(.range(range))
    }
  }
}

/// One version of an object, of which the end is in memory and the rest is read when it is needed.
final class ObjectByteSource: ByteRangeSource {
  let eTag: ETag
  let size: Int
  private let store: any ObjectStore
  private let key: String
  private let tail: [UInt8]

  /// Reads the end of an object.
  ///
  /// - Throws: ``ObjectStoreError``.
  init(_ store: any ObjectStore, _ key: String, tail: Int) async throws {
    let stored = try await store.get(key, last: tail)
    self.store = store
    self.key = key
    self.tail = stored.bytes
    eTag = stored.eTag
    size = stored.metadata.size
    guard stored.bytes.count <= size else { throw ObjectStoreError.noSuchRange(key, 0..<tail) }
  }

  /// Bytes that are in memory; nil where a part of them is not.
  func held(_ range: Range<Int>) -> [UInt8]? {
    let start = size - tail.count
    guard range.lowerBound >= start, range.upperBound <= size else { return nil }
    return Array(tail[range.lowerBound - start..<range.upperBound - start])
  }

  /// Reads a range of this very version.
  ///
  /// - Throws: ``ObjectStoreError`` with `.preconditionFailed` when the object is another version by
  ///   now.
  func read(_ range: Range<Int>) async throws -> [UInt8] {
    if let held = held(range) { return held }
    return try await store.get(key, range: range, ifMatch: eTag, limit: .max).bytes
  }
}
