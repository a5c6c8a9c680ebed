import ArgumentParser
import ParquetKit

/// `event-checkpoint parquet cat`: all rows, for other programs.
struct ParquetCatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Print all rows: tab-separated, or one JSON object a line.",
    discussion: """
      Integers and finite numbers are JSON numbers; NaN and infinities, text, dates, times, decimals \
      and UUIDs are strings; other binary is base64.
      """)

  @OptionGroup var selection: RowSelection

  func run() async throws {
    try await selection.parquet.with { parquet in try await print(parquet) }
  }

  private func print(_ parquet: ParquetFile) async throws {
    let indices = try selection.indices(in: parquet)
    let descriptors = indices.map { parquet.schema.columns[$0] }
    let formatter = RowFormatter(descriptors)
    var output = StandardOutput()
    if !selection.json { output.write(descriptors.map(\.name).joined(separator: "\t") + "\n") }
    try await selection.forEachRowGroup(of: parquet, columns: indices, default: nil) {
      columns, count in
      for row in 0..<count {
        if selection.json {
          formatter.appendJSON(row: row, of: columns, to: &output.buffer)
        } else {
          let cells = zip(columns, descriptors).map { column, descriptor in
            escaped(RowFormatter.text(row: row, of: column, descriptor) ?? "")
          }
          output.buffer.append(contentsOf: cells.joined(separator: "\t").utf8)
        }
        output.buffer.append(UInt8(ascii: "\n"))
        output.flushIfLarge()
      }
    }
    output.flush()
  }

  /// A cell that keeps to its line and column.
  private func escaped(_ text: String) -> String {
    if !text.utf8.contains(where: { $0 == 9 || $0 == 10 || $0 == 13 || $0 == 92 }) { return text }
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "\t": result += "\\t"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\\": result += "\\\\"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
