import EventLogModel
import ParquetKit

/// A checkpoint as a Parquet file whose footer has been read: events in order, with a footer that
/// says until when they are complete.
struct CheckpointFile: Sendable {
  /// Until when a file is complete, and for what: a mark counts only for the same source, key
  /// template, schema and treatment of unknown fields, which its basis stands for.
  struct Mark: Sendable, Hashable {
    var completeUntil: Timestamp
    var basis: String

    /// The earlier of two marks for the same; nil where they are for different things.
    func earlier(_ other: Mark) -> Mark? {
      guard basis == other.basis else { return nil }
      return completeUntil < other.completeUntil ? self : other
    }
  }

  /// The file.
  let parquet: ParquetFile
  /// The event type.
  let schema: EventSchema
  /// What the footer says; nil where it says nothing, or another tool wrote the file and may have
  /// taken our words along.
  let mark: Mark?
  /// How the file's rows are spread, if this program has written it and everything fits together;
  /// its row groups can then be taken over unread.
  let outline: Outline?
  /// The versions that this one came from by merging alone, the last one first: it holds every row
  /// that they held, or a later version of it.
  let ancestors: [ETag]
  /// For each field its column in the file; nil where it has none yet.
  private let places: [Int?]

  /// What the footer of a file of ours says of its rows.
  struct Outline: Sendable {
    /// The row groups: each one's keys are at or after those of the one before.
    var rowGroups: [MergePlan.RowGroup]
    /// The rows of each group.
    var groups: [CheckpointState.Checkpoint.Group]
  }

  /// The columns of the schema that the file does not have yet.
  var missingColumns: [String] {
    zip(schema.fields, places).compactMap { $1 == nil ? $0.name : nil }
  }

  /// All rows that the row groups state.
  var rows: Int { parquet.rowCount }

  /// The number of row groups.
  var rowGroups: Range<Int> { parquet.metadata.rowGroups.indices }

  /// How much is read from the end at first: the footer, the page indexes and the last pages of
  /// files of millions of rows lie within.
  static let tailSize = 512 << 10

  // MARK: - Reading

  /// Reads the footer.
  ///
  /// - Throws: ``CheckpointFileError`` for a file that is damaged, or whose columns are not those
  ///   of the schema; what the store throws.
  init(
    _ source: any ByteRangeSource, schema: EventSchema, tail: Int = CheckpointFile.tailSize
  ) async throws {
    self.schema = schema
    (parquet, places, mark, outline, ancestors) = try await CheckpointFile.checked {
      var options = ReadOptions()
      options.tailSize = tail
      let file = try await ParquetFile.open(source, options: options)
      let places = try CheckpointFile.columns(of: file.schema, for: schema)
      let footer = CheckpointFooter(file.metadata)
      return (
        file, places, footer?.mark, footer?.outline(of: file, schema: schema, places: places),
        footer?.ancestors ?? []
      )
    }
  }

  /// Whatever is wrong with the bytes is one kind of error; what the store says stays as it is.
  static func checked<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as CheckpointFileError {
      throw error
    } catch let error as ObjectStoreError {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      throw CheckpointFileError(.damaged, "The checkpoint is damaged: \(error)", underlying: error)
    }
  }

  /// Reads the rows of a row group.
  ///
  /// - Throws: As the initializer does.
  func read(rowGroup: Int) async throws -> EventBatch {
    try await CheckpointFile.checked {
      var columns = try await parquet.readRowGroup(rowGroup, columns: places.compactMap { $0 })
        .makeIterator()
      let count = parquet.metadata.rowGroups[rowGroup].rowCount
      var converted: [EventColumn] = []
      for (field, place) in zip(schema.fields, places) {
        if let place, let column = columns.next() {
          converted.append(
            try CheckpointFile.convert(
              column, field: field, descriptor: parquet.schema.columns[place]))
        } else {
          converted.append(CheckpointFile.nullColumn(field.type, count: count))
        }
      }
      return try EventBatch(schema: schema, columns: converted, count: count)
    }
  }

  /// Reads the rows of some row groups, or of all.
  func read(_ rowGroups: Range<Int>? = nil) async throws -> EventBatch {
    var batch = EventBatch(schema: schema)
    for rowGroup in rowGroups ?? self.rowGroups {
      let part = try await read(rowGroup: rowGroup)
      try await CheckpointFile.checked {
        if batch.count == 0 { batch = part } else { try batch.append(contentsOf: part) }
      }
    }
    return batch
  }

  /// Reads all rows, one row group after the other, and counts them by their groups.
  func countGroups() async throws -> [CheckpointState.Checkpoint.Group] {
    var counts: [[String]: Int] = [:]
    for rowGroup in rowGroups {
      let part = try await read(rowGroup: rowGroup)
      let merged = try BatchMerge.merge(existing: part, new: EventBatch(schema: schema))
      for group in merged.groups { counts[group.values, default: 0] += group.rows }
    }
    return counts.map { .init(values: $0.key, rows: $0.value) }
      .sorted { $0.values.lexicographicallyPrecedes($1.values) }
  }
}
