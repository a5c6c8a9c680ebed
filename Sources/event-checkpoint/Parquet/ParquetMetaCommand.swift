import ArgumentParser
import FoundationEssentials
import ParquetKit

/// `event-checkpoint parquet meta`: the footer.
struct ParquetMetaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "meta", abstract: "Show the footer: row groups, sizes, encodings, statistics.")

  @OptionGroup var parquet: ParquetFileArguments

  @Flag(name: .long, help: "The whole footer as one JSON object.")
  var json = false

  func run() async throws {
    try await parquet.with { parquet in try print(parquet) }
  }

  private func print(_ parquet: ParquetFile) throws {
    var output = StandardOutput()
    if json {
      try output.writeJSON(FooterReport(parquet))
    } else {
      output.write(text(parquet))
    }
    output.flush()
  }

  private func text(_ parquet: ParquetFile) -> String {
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
      var table = TextTable([
        "column", "codec", "encodings", "values", "nulls", "compressed", "uncompressed", "min",
        "max",
      ])
      for (chunk, column) in zip(group.columns, parquet.schema.columns) {
        let bounds = chunk.statistics.map { BoundsReport($0, column) }
        table.append([
          column.name, chunk.codec.name, chunk.encodings.map(\.name).joined(separator: " "),
          String(chunk.valueCount), chunk.statistics?.nullCount.map { String($0) } ?? "",
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

/// The footer as `meta --json` shows it.
private struct FooterReport: Encodable {
  let version: Int32
  let createdBy: String?
  let numRows: Int
  let size: Int
  let footerSize: Int
  let columns: [ColumnReport]
  let keyValueMetadata: [Pair]
  let rowGroups: [RowGroupReport]

  struct Pair: Encodable {
    let key: String
    let value: String?
  }

  init(_ file: ParquetFile) {
    version = file.metadata.version
    createdBy = file.metadata.createdBy
    numRows = file.rowCount
    size = file.size
    footerSize = file.size - file.footerOffset - 8
    columns = file.schema.columns.map(ColumnReport.init)
    keyValueMetadata = file.metadata.keyValueMetadata.map { Pair(key: $0.key, value: $0.value) }
    rowGroups = file.metadata.rowGroups.map { RowGroupReport($0, file.schema) }
  }

  enum CodingKeys: String, CodingKey {
    case version
    case createdBy = "created_by"
    case numRows = "rows"
    case size
    case footerSize = "footer_size"
    case columns
    case keyValueMetadata = "key_value_metadata"
    case rowGroups = "row_groups"
  }
}

private struct RowGroupReport: Encodable {
  let numRows: Int
  let totalByteSize: Int
  let totalCompressedSize: Int?
  let fileOffset: Int?
  let ordinal: Int16?
  let sortingColumns: [Sorting]
  let columns: [ChunkReport]

  struct Sorting: Encodable {
    let columnIndex: Int
    let descending: Bool
    let nullsFirst: Bool

    enum CodingKeys: String, CodingKey {
      case columnIndex = "column_index"
      case descending
      case nullsFirst = "nulls_first"
    }
  }

  init(_ group: RowGroupMetadata, _ schema: ParquetSchema) {
    numRows = group.rowCount
    totalByteSize = group.totalByteSize
    totalCompressedSize = group.totalCompressedSize
    fileOffset = group.fileOffset
    ordinal = group.ordinal
    sortingColumns = group.sortingColumns.map {
      Sorting(
        columnIndex: $0.column, descending: $0.isDescending, nullsFirst: $0.nullsFirst)
    }
    columns = zip(group.columns, schema.columns).map { ChunkReport($0, $1) }
  }

  enum CodingKeys: String, CodingKey {
    case numRows = "rows"
    case totalByteSize = "total_byte_size"
    case totalCompressedSize = "total_compressed_size"
    case fileOffset = "file_offset"
    case ordinal
    case sortingColumns = "sorting_columns"
    case columns
  }
}

private struct ChunkReport: Encodable {
  let path: String
  let type: String
  let codec: String
  let encodings: [String]
  let pages: [Pages]?
  let numValues: Int
  let totalCompressedSize: Int
  let totalUncompressedSize: Int
  let dataPageOffset: Int
  let dictionaryPageOffset: Int?
  let columnIndexOffset: Int?
  let offsetIndexOffset: Int?
  let bloomFilterOffset: Int?
  let statistics: BoundsReport?

  struct Pages: Encodable {
    let type: String
    let encoding: String
    let count: Int32
  }

  init(_ chunk: ColumnChunkMetadata, _ column: ColumnDescriptor) {
    path = chunk.path.joined(separator: ".")
    type = chunk.type.name
    codec = chunk.codec.name
    encodings = chunk.encodings.map(\.name)
    pages = chunk.pageCounts?.map {
      Pages(type: $0.pageType.name, encoding: $0.encoding.name, count: $0.count)
    }
    numValues = chunk.valueCount
    totalCompressedSize = chunk.totalCompressedSize
    totalUncompressedSize = chunk.totalUncompressedSize
    dataPageOffset = chunk.dataPageOffset
    dictionaryPageOffset = chunk.dictionaryPageOffset
    columnIndexOffset = chunk.columnIndex?.offset
    offsetIndexOffset = chunk.offsetIndex?.offset
    bloomFilterOffset = chunk.bloomFilterOffset
    statistics = chunk.statistics.map { BoundsReport($0, column) }
  }

  enum CodingKeys: String, CodingKey {
    case path, type, codec, encodings, pages
    case numValues = "num_values"
    case totalCompressedSize = "total_compressed_size"
    case totalUncompressedSize = "total_uncompressed_size"
    case dataPageOffset = "data_page_offset"
    case dictionaryPageOffset = "dictionary_page_offset"
    case columnIndexOffset = "column_index_offset"
    case offsetIndexOffset = "offset_index_offset"
    case bloomFilterOffset = "bloom_filter_offset"
    case statistics
  }
}

/// Statistics with the bounds as `cat` shows values.
private struct BoundsReport: Encodable {
  let min: String?
  let max: String?
  let isMinExact: Bool?
  let isMaxExact: Bool?
  let nullCount: Int64?
  let distinctCount: Int64?

  init(_ statistics: Statistics, _ column: ColumnDescriptor) {
    func text(_ bound: [UInt8]?) -> String? {
      bound.flatMap { RowFormatter.text(bound: $0, column) }
    }
    min = text(statistics.minimum ?? statistics.deprecatedMinimum)
    max = text(statistics.maximum ?? statistics.deprecatedMaximum)
    isMinExact = statistics.isMinimumExact
    isMaxExact = statistics.isMaximumExact
    nullCount = statistics.nullCount
    distinctCount = statistics.distinctCount
  }

  enum CodingKeys: String, CodingKey {
    case min, max
    case isMinExact = "is_min_exact"
    case isMaxExact = "is_max_exact"
    case nullCount = "null_count"
    case distinctCount = "distinct_count"
  }
}
