import ParquetKit

/// Writes a small table as a Parquet file, opens it again, and prints its rows.
///
/// Usage: parquet-table [FILE]
@main
struct ParquetTable {
  static func main() async throws {
    let path = CommandLine.arguments.dropFirst().first ?? "stations.parquet"
    try await write(to: path)
    try await printRows(of: path)
  }

  static func write(to path: String) async throws {
    let schema = try ParquetSchema([
      ColumnDescriptor("station", .byteArray, .string),
      ColumnDescriptor("measured", .int64, .timestamp(.microseconds, isAdjustedToUTC: true)),
      ColumnDescriptor("celsius", .double, isNullable: true),
    ])
    var writer = try ParquetWriter(
      to: FileSink(path: path), schema: schema, options: WriteOptions(compression: .zstd))
    try await writer.writeRowGroup([
      Column(.byteArray(try ByteArrays(["harbour", "hill", "harbour"]))),
      Column(.int64([1_767_225_600_000_000, 1_767_225_600_000_000, 1_767_229_200_000_000])),
      Column(.double([4.5, 0, 4.25]), validity: [true, false, true]),
    ])
    try await writer.finish()
  }

  static func printRows(of path: String) async throws {
    let file = try await ParquetFile.open(try FileSource(path: path))
    let formatter = RowFormatter(file.schema.columns)
    for group in file.metadata.rowGroups.indices {
      let columns = try await file.readRowGroup(group)
      for row in 0..<file.metadata.rowGroups[group].rowCount {
        var line: [UInt8] = []
        formatter.appendJSON(row: row, of: columns, to: &line)
        print(String(decoding: line, as: UTF8.self))
      }
    }
  }
}
