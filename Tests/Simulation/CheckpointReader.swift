import EventLogModel
import ParquetKit

/// What a checkpoint holds, read without the code that wrote it knows of events.
struct CheckpointContent {
  /// In the order of the file.
  var rows: [ModelRow]
  /// Until when the file says that it is complete, in microseconds since 1970.
  var mark: Int64?
  /// What the footer says besides.
  var metadata: [KeyValue] = []

  /// Reads a file.
  ///
  /// - Throws: `ParquetError`, and ``Strange`` for columns that do not belong into a checkpoint.
  static func read(_ bytes: [UInt8]) async throws -> CheckpointContent {
    let file = try await ParquetFile.open(BytesSource(bytes))
    let places = ModelRow.columns.map { file.schema.index(of: $0) }
    guard file.schema.columns.count == places.compactMap({ $0 }).count else {
      throw Strange(description: "It has columns that no event has.")
    }
    var rows: [ModelRow] = []
    for index in file.metadata.rowGroups.indices {
      let columns = try await file.readRowGroup(index)
      for row in 0..<file.metadata.rowGroups[index].rowCount {
        rows.append(
          ModelRow(
            cells: try places.map { place in try place.map { try cell(columns[$0], row) } ?? .null }
          ))
      }
    }
    let mark = file.metadata.value(forKey: "event_checkpoint.complete_until")
      .flatMap { Timestamp(parsing: $0) }
    return CheckpointContent(
      rows: rows, mark: mark?.microsecondsSinceEpoch, metadata: file.metadata.keyValueMetadata)
  }

  /// Where the pages of a file end and its indexes begin; 0 where it cannot be read.
  static func endOfPages(_ bytes: [UInt8]) async -> Int {
    guard let file = try? await ParquetFile.open(BytesSource(bytes)) else { return 0 }
    let chunks = file.metadata.rowGroups.flatMap(\.columns)
    return chunks.map { $0.dataPageOffset + 1 }.max() ?? 0
  }

  private static func cell(_ column: Column, _ row: Int) throws -> Cell {
    if column.isNull(row) { return .null }
    switch column.values {
    case .int32(let values): return .number(Int64(values[row]))
    case .int64(let values): return .number(values[row])
    case .byteArray(let values): return .text(String(decoding: values[row], as: UTF8.self))
    case .dictionary(let indices, let dictionary):
      return .text(String(decoding: dictionary[Int(indices[row])], as: UTF8.self))
    default: throw Strange(description: "It has a column of another type.")
    }
  }

  struct Strange: Error, CustomStringConvertible {
    let description: String
  }

  /// A file as another tool would write it: without our footer, in whatever order.
  ///
  /// - Parameter columns: Those that it has.
  static func foreign(
    _ rows: [ModelRow], columns: [String], metadata: [KeyValue] = []
  ) async throws -> [UInt8] {
    let places = columns.compactMap { ModelRow.columns.firstIndex(of: $0) }
    let descriptors = columns.map { name in
      switch name {
      case "pipeline_adcid": ColumnDescriptor(name, .int64, isNullable: true)
      case "timestamp", "source_modified":
        ColumnDescriptor(
          name, .int64, .timestamp(.microseconds, isAdjustedToUTC: true), isNullable: true)
      default: ColumnDescriptor(name, .byteArray, .string, isNullable: true)
      }
    }
    var writer = try ParquetWriter(
      to: BytesSink(), schema: ParquetSchema(descriptors),
      options: WriteOptions(compression: .uncompressed))
    try await writer.writeRowGroup(
      try zip(descriptors, places).map { descriptor, place in
        let cells = rows.map { $0.cells[place] }
        let validity = cells.map { $0 != .null }
        if descriptor.physicalType == .int64 {
          let values = cells.map { cell -> Int64 in
            if case .number(let number) = cell { return number } else { return 0 }
          }
          return Column(.int64(values), validity: validity)
        }
        let texts = cells.map { cell -> String in
          if case .text(let text) = cell { return text } else { return "" }
        }
        return Column(.byteArray(try ByteArrays(texts)), validity: validity)
      })
    return try await writer.finish(keyValueMetadata: metadata).bytes
  }
}
