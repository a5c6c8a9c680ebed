import ParquetKit

/// The footer as `meta --json` shows it.
struct FooterReport: Encodable {
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

  init(_ file: ParquetFile, _ indexes: [[PageIndexReport]]) {
    version = file.metadata.version
    createdBy = file.metadata.createdBy
    numRows = file.rowCount
    size = file.size
    footerSize = file.size - file.footerOffset - 8
    columns = file.schema.columns.map(ColumnReport.init)
    keyValueMetadata = file.metadata.keyValueMetadata.map { Pair(key: $0.key, value: $0.value) }
    rowGroups = indexes.enumerated().map { RowGroupReport(file, rowGroup: $0, $1) }
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

struct RowGroupReport: Encodable {
  let numRows: Int
  let totalByteSize: Int
  let totalCompressedSize: Int?
  let fileOffset: Int?
  let ordinal: Int16?
  let sortingColumns: [Sorting]
  let keyRange: [KeyRangeReport]
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

  init(_ file: ParquetFile, rowGroup: Int, _ indexes: [PageIndexReport]) {
    let group = file.metadata.rowGroups[rowGroup]
    numRows = group.rowCount
    totalByteSize = group.totalByteSize
    totalCompressedSize = group.totalCompressedSize
    fileOffset = group.fileOffset
    ordinal = group.ordinal
    sortingColumns = group.sortingColumns.map {
      Sorting(
        columnIndex: $0.column, descending: $0.isDescending, nullsFirst: $0.nullsFirst)
    }
    keyRange = KeyRangeReport.all(rowGroup: rowGroup, of: file)
    columns = zip(zip(group.columns, file.schema.columns), indexes).map {
      ChunkReport($0.0, $0.1, $1)
    }
  }

  enum CodingKeys: String, CodingKey {
    case numRows = "rows"
    case totalByteSize = "total_byte_size"
    case totalCompressedSize = "total_compressed_size"
    case fileOffset = "file_offset"
    case ordinal
    case sortingColumns = "sorting_columns"
    case keyRange = "key_range"
    case columns
  }
}

struct ChunkReport: Encodable {
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
  let pageIndex: PageIndexReport
  let statistics: BoundsReport?

  struct Pages: Encodable {
    let type: String
    let encoding: String
    let count: Int32
  }

  init(_ chunk: ColumnChunkMetadata, _ column: ColumnDescriptor, _ index: PageIndexReport) {
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
    pageIndex = index
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
    case pageIndex = "page_index"
    case statistics
  }
}

/// Statistics with the bounds as `cat` shows values.
struct BoundsReport: Encodable {
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

/// Between which values a row group's rows lie in a column by which they are sorted; nil where that is
/// not known.
struct KeyRangeReport: Encodable {
  let column: String
  let min: String?
  let max: String?

  /// For each column by which the rows are sorted, the first one first.
  static func all(rowGroup: Int, of file: ParquetFile) -> [KeyRangeReport] {
    let group = file.metadata.rowGroups[rowGroup]
    return group.sortingColumns.compactMap { sorting in
      guard file.schema.columns.indices.contains(sorting.column),
        let range = try? file.ranges(rowGroup: rowGroup, columns: [sorting.column]).first
      else { return nil }
      let descriptor = file.schema.columns[sorting.column]
      let statistics = group.columns[sorting.column].statistics
      func text(_ bound: [UInt8]?, _ isKnown: Bool) -> String? {
        isKnown ? bound.flatMap { RowFormatter.text(bound: $0, descriptor) } : nil
      }
      return KeyRangeReport(
        column: descriptor.name, min: text(statistics?.minimum, range.minimum != nil),
        max: text(statistics?.maximum, range.maximum != nil))
    }
  }
}

/// What the page index says of a column chunk's pages.
struct PageIndexReport: Encodable {
  /// The number of data pages; nil without an offset index.
  let dataPages: Int?
  let hasColumnIndex: Bool
  let hasOffsetIndex: Bool
  let boundaryOrder: String?
  /// Why the index cannot be used.
  private(set) var error: String?

  /// For each row group the report of each column.
  static func all(of file: ParquetFile) async throws -> [[PageIndexReport]] {
    var reports: [[PageIndexReport]] = []
    for rowGroup in file.metadata.rowGroups.indices {
      let columns = Array(file.schema.columns.indices)
      do {
        let indexes = try await file.pageIndex(rowGroup: rowGroup, columns: columns)
        reports.append(
          zip(file.metadata.rowGroups[rowGroup].columns, indexes).map { PageIndexReport($0, $1) })
      } catch is ParquetError {
        // One at a time, to see which of them are damaged.
        var row: [PageIndexReport] = []
        for column in columns { row.append(try await one(rowGroup, column, of: file)) }
        reports.append(row)
      }
    }
    return reports
  }

  private static func one(
    _ rowGroup: Int, _ column: Int, of file: ParquetFile
  ) async throws -> PageIndexReport {
    let chunk = file.metadata.rowGroups[rowGroup].columns[column]
    do {
      let index = try await file.pageIndex(rowGroup: rowGroup, columns: [column])[0]
      return PageIndexReport(chunk, index)
    } catch let error as ParquetError where error.code != .inputOutput {
      var report = PageIndexReport(chunk, PageIndex())
      report.error = "\(error)"
      return report
    }
  }

  private init(_ chunk: ColumnChunkMetadata, _ index: PageIndex) {
    dataPages = index.offsetIndex?.pages.count
    hasColumnIndex = chunk.columnIndex != nil
    hasOffsetIndex = chunk.offsetIndex != nil
    boundaryOrder = index.columnIndex?.boundaryOrder.name
  }

  /// Which indexes there are, in a word or two.
  var summary: String {
    if error != nil { return "damaged" }
    return switch (hasColumnIndex, hasOffsetIndex) {
    case (true, true): "both"
    case (false, true): "offset"
    case (true, false): "column"
    case (false, false): "none"
    }
  }

  enum CodingKeys: String, CodingKey {
    case dataPages = "data_pages"
    case hasColumnIndex = "has_column_index"
    case hasOffsetIndex = "has_offset_index"
    case boundaryOrder = "boundary_order"
    case error
  }
}
