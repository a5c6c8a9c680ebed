import ArgumentParser
import ParquetKit

/// `event-checkpoint parquet meta`: the footer.
struct ParquetMetaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "meta",
    abstract: "Show the footer: row groups, sizes, encodings, statistics, page indexes.",
    discussion: """
      Of each row group, the range of the columns by which it is sorted is shown where its bounds can \
      be relied upon. "pages" counts data pages by the page index; "index" says which indexes a column \
      chunk has: both, the offset index alone, or none.
      """)

  @OptionGroup var parquet: ParquetFileArguments

  @Flag(name: .long, help: "The whole footer as one JSON object.")
  var json = false

  func run() async throws {
    try await parquet.with { parquet in try await print(parquet) }
  }

  private func print(_ parquet: ParquetFile) async throws {
    var output = StandardOutput()
    let indexes = try await PageIndexReport.all(of: parquet)
    if json {
      try output.writeJSON(FooterReport(parquet, indexes))
    } else {
      output.write(text(parquet, indexes))
    }
    output.flush()
  }

  private func text(_ parquet: ParquetFile, _ indexes: [[PageIndexReport]]) -> String {
    let metadata = parquet.metadata
    var text = """
      file        \(self.parquet.file)
      size        \(parquet.size) bytes, footer \(parquet.size - parquet.footerOffset - 8)
      version     \(metadata.version)
      created by  \(metadata.createdBy ?? "unknown")
      rows        \(metadata.rowCount) in \(metadata.rowGroups.count) row groups
      columns     \(parquet.schema.columns.count)

      """
    for pair in metadata.keyValueMetadata {
      text += "metadata    \(pair.key) = \(String((pair.value ?? "").prefix(200)))\n"
    }
    for (index, group) in metadata.rowGroups.enumerated() {
      text += "\nrow group \(index): \(group.rowCount) rows, \(group.totalByteSize) bytes"
      if !group.sortingColumns.isEmpty {
        let names = group.sortingColumns.map { sorting in
          let columns = parquet.schema.columns
          let name =
            columns.indices.contains(sorting.column)
            ? columns[sorting.column].name : "column \(sorting.column)"
          return name + (sorting.isDescending ? " descending" : "")
        }
        text += ", sorted by \(names.joined(separator: ", "))"
      }
      text += "\n"
      for key in KeyRangeReport.all(rowGroup: index, of: parquet) {
        text += "  \(key.column) from \(key.min ?? "unknown") to \(key.max ?? "unknown")\n"
      }
      var table = TextTable([
        "column", "codec", "encodings", "values", "nulls", "pages", "index", "compressed",
        "uncompressed", "min", "max",
      ])
      for (position, (chunk, column)) in zip(group.columns, parquet.schema.columns).enumerated() {
        let bounds = chunk.statistics.map { BoundsReport($0, column) }
        let pageIndex = indexes[index][position]
        table.append([
          column.name, chunk.codec.name, chunk.encodings.map(\.name).joined(separator: " "),
          String(chunk.valueCount), chunk.statistics?.nullCount.map { String($0) } ?? "",
          pageIndex.dataPages.map { String($0) } ?? "", pageIndex.summary,
          String(chunk.totalCompressedSize), String(chunk.totalUncompressedSize),
          shortened(bounds?.min), shortened(bounds?.max),
        ])
      }
      text += table.description
    }
    return text
  }

  private func shortened(_ bound: String?) -> String {
    guard let bound else { return "" }
    return bound.count > 30 ? String(bound.prefix(29)) + "…" : bound
  }
}
