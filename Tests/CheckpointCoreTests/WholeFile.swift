import EventLogModel
import ParquetKit

@testable import CheckpointCore

/// A checkpoint's bytes as a batch, and back, as most tests need them.
struct WholeFile {
  let batch: EventBatch
  let mark: CheckpointFile.Mark?
  let missingColumns: [String]
  let parquet: ParquetFile
}

extension CheckpointFile {
  /// Reads a file whole.
  static func decode(_ bytes: [UInt8], schema: EventSchema) async throws -> WholeFile {
    let file = try await CheckpointFile(BytesSource(bytes), schema: schema)
    return WholeFile(
      batch: try await file.read(), mark: file.mark, missingColumns: file.missingColumns,
      parquet: file.parquet)
  }

  /// Writes a file whole.
  static func encode(
    _ batch: EventBatch, mark: Mark?, compression: Compression,
    layout: RowGroupLayout = RowGroupLayout()
  ) async throws -> [UInt8] {
    var writer = try CheckpointWriter(batch.schema, compression: compression, layout: layout)
    try await writer.append(batch, isLast: true)
    let groups = try BatchMerge.merge(existing: batch, new: EventBatch(schema: batch.schema)).groups
    let pieces = try await writer.finish(
      mark: mark, groups: groups.map { .init(values: $0.values, rows: $0.rows) },
      ancestors: [])
    return pieces.flatMap(\.newBytes)
  }
}

extension ObjectPiece {
  /// The bytes, if they are new.
  var newBytes: [UInt8] {
    if case .bytes(let bytes) = self { return bytes }
    return []
  }
}
