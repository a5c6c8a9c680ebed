import ArgumentParser
import ParquetKit

/// `event-checkpoint parquet head`: the first rows, for people.
struct ParquetHeadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "head", abstract: "Show the first rows (10) as a table.")

  @OptionGroup var selection: RowSelection

  func run() async throws {
    try await selection.parquet.with { parquet in try await print(parquet) }
  }

  private func print(_ parquet: ParquetFile) async throws {
    let indices = try selection.indices(in: parquet)
    let descriptors = indices.map { parquet.schema.columns[$0] }
    let formatter = RowFormatter(descriptors)
    var output = StandardOutput()
    var table = TextTable(descriptors.map(\.name))
    try await selection.forEachRowGroup(of: parquet, columns: indices, default: 10) {
      columns, count in
      for row in 0..<count {
        if selection.json {
          formatter.appendJSON(row: row, of: columns, to: &output.buffer)
          output.buffer.append(UInt8(ascii: "\n"))
        } else {
          table.append(
            zip(columns, descriptors).map { RowFormatter.text(row: row, of: $0, $1) ?? "" })
        }
      }
    }
    if !selection.json {
      output.write(table.description)
      output.write("\(parquet.rowCount) rows in all\n")
    }
    output.flush()
  }
}
