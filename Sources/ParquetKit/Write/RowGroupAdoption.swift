/// Row groups of a file that a writer takes over without decoding them, checked before a byte is
/// copied.
///
/// Page headers and pages hold no offsets, so they can lie anywhere. Only the footer and the page
/// indexes say where they do.
struct RowGroupAdoption {
  /// A row group as the old file has it, and its page indexes.
  fileprivate struct Group {
    var metadata: RowGroupMetadata
    var pageIndexes: [PageIndex]
    /// For each column the run in which its chunk lies.
    var runs: [Int]
  }

  /// Bytes of the old file that are taken over in one piece.
  struct Run {
    var range: Range<Int>
    /// Where they begin in the new file.
    var newStart = 0
  }

  private var groups: [Group]
  /// What is copied, in the order in which it will lie in the new file.
  private(set) var runs: [Run] = []
  /// What is not taken over, and why: page indexes that contradict themselves, bounds that cannot be
  /// believed.
  let leftOut: [ParquetError]

  /// - Parameters:
  ///   - rowGroups: indices of row groups in the order in which they will stand in the new file;
  ///     those without rows are passed over.
  ///   - schema: that of the new file.
  /// - Throws: `invalidArgument` for a row group that does not exist or is named twice, or a schema
  ///   that differs; `unsupported` for encrypted chunks and those in other files; `corrupt` for chunks
  ///   that overlap or do not lie before the footer; and what the source throws.
  init(of rowGroups: [Int], from file: ParquetFile, schema: ParquetSchema) async throws {
    try schema.check(agreesWith: file.schema)
    if file.metadata.omitsDictionaryHeader {
      throw ParquetError(
        .unsupported,
        "Row groups of \(file.metadata.createdBy ?? "this writer") cannot be taken over unread, since "
          + "it states wrong sizes: read them and write them anew.")
    }
    let adopted = try rowGroups.filter { try file.rowGroup($0).rowCount > 0 }
    guard Set(adopted).count == adopted.count else {
      throw ParquetError(.invalidArgument, "A row group is to be taken over twice.")
    }
    try Self.checkDisjoint(adopted, of: file)
    let columns = Array(schema.columns.indices)
    var leftOut: [ParquetError] = []
    var indexes: [PageIndex] = []
    for batch in Self.batches(adopted, of: file) {
      indexes += try await file.pageIndexes(
        batch.flatMap { group in columns.map { .init(rowGroup: group, column: $0) } }
      ) {
        leftOut.append($0)
      }
    }
    groups = []
    for (position, number) in adopted.enumerated() {
      var group = Group(
        metadata: try file.rowGroup(number),
        pageIndexes: Array(indexes[position * columns.count..<(position + 1) * columns.count]),
        runs: try Self.append(rowGroup: number, of: file, to: &runs))
      for column in columns {
        guard group.metadata.columns[column].valueCount == group.metadata.rowCount else {
          throw ParquetError(
            .corrupt,
            "The column chunk states \(group.metadata.columns[column].valueCount) values for "
              + "\(group.metadata.rowCount) rows.",
            at: .init(rowGroup: number, column: schema.columns[column].name))
        }
        do {
          try group.pageIndexes[column].offsetIndex?.checkContiguity(
            in: group.metadata.columns[column])
        } catch {
          group.pageIndexes[column] = PageIndex()
          leftOut.append(
            error.within(.init(rowGroup: number, column: schema.columns[column].name)))
        }
        let range = try file.ranges(rowGroup: number, columns: [column])[0]
        if group.dropBounds(
          of: schema.columns[column], column, unless: range,
          isTrusted: file.metadata.hasTrustworthyBounds(column, schema.columns[column]))
        {
          leftOut.append(
            ParquetError(
              .unsupported, "The order of the bounds is not one that can be relied upon.",
              at: .init(rowGroup: number, column: schema.columns[column].name)))
        }
      }
      group.metadata.sortingColumns.removeAll { !columns.contains($0.column) }
      groups.append(group)
    }
    self.leftOut = leftOut
  }

  /// Row groups whose page indexes are read together: as many as the limit allows, so that of a large
  /// file they take few requests; at least one.
  private static func batches(_ rowGroups: [Int], of file: ParquetFile) -> [[Int]] {
    var batches: [[Int]] = []
    var left = 0
    for rowGroup in rowGroups {
      // Lengths have 32 bits, and a footer that is bounded has a bounded number of chunks.
      let size = file.metadata.rowGroups[rowGroup].columns.reduce(0) {
        $0 + ($1.columnIndex?.length ?? 0) + ($1.offsetIndex?.length ?? 0)
      }
      if !batches.isEmpty && size <= left {
        batches[batches.count - 1].append(rowGroup)
        left -= size
      } else {
        batches.append([rowGroup])
        left = file.options.maximumPageIndexSize - size
      }
    }
    return batches
  }

  /// Appends the bytes of a row group's chunks, those that touch as one run, and gives the run of each
  /// chunk. Bytes between them stay behind, lest they pile up from one file to the next.
  private static func append(
    rowGroup: Int, of file: ParquetFile, to runs: inout [Run]
  ) throws -> [Int] {
    var chunks: [(column: Int, range: Range<Int>)] = []
    for (column, descriptor) in file.schema.columns.enumerated() {
      guard let range = try file.chunkRange(rowGroup: rowGroup, column: column) else { continue }
      let start = try file.rowGroup(rowGroup).columns[column].dataPageOffset
      guard range.contains(start) else {
        throw ParquetError(
          .corrupt, "The first data page, at \(start), is not within the column chunk, \(range).",
          at: .init(rowGroup: rowGroup, column: descriptor.name))
      }
      chunks.append((column, range))
    }
    var numbers = file.schema.columns.map { _ in 0 }
    for chunk in chunks.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      if let last = runs.last?.range, chunk.range.lowerBound == last.upperBound {
        runs[runs.count - 1].range = last.lowerBound..<chunk.range.upperBound
      } else {
        runs.append(Run(range: chunk.range))
      }
      numbers[chunk.column] = runs.count - 1
    }
    return numbers
  }

  private static func checkDisjoint(_ rowGroups: [Int], of file: ParquetFile) throws {
    var chunks: [(range: Range<Int>, place: ParquetError.Location)] = []
    for rowGroup in rowGroups {
      for (column, descriptor) in file.schema.columns.enumerated() {
        guard let range = try file.chunkRange(rowGroup: rowGroup, column: column) else { continue }
        chunks.append((range, .init(rowGroup: rowGroup, column: descriptor.name)))
      }
    }
    chunks.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (chunk, next) in zip(chunks, chunks.dropFirst())
    where next.range.lowerBound < chunk.range.upperBound {
      throw ParquetError(
        .corrupt, "The column chunk overlaps with that of \(chunk.place).", at: next.place)
    }
  }

  /// Says where a run begins in the new file.
  mutating func place(run: Int, at start: Int) {
    runs[run].newStart = start
  }

  /// Says that the new file begins with the old file's first bytes, all runs among them.
  mutating func place(prefix size: Int) {
    runs = [Run(range: 0..<size)]
    for group in groups.indices {
      groups[group].runs = groups[group].runs.map { _ in 0 }
    }
  }

  /// Rows of all row groups that are taken over.
  ///
  /// - Throws: `corrupt` when there are more than a number can hold.
  func rowCount() throws(ParquetError) -> Int {
    var total = 0
    for group in groups {
      let (sum, overflow) = total.addingReportingOverflow(group.metadata.rowCount)
      if overflow {
        throw ParquetError(.corrupt, "The row groups state an impossible number of rows.")
      }
      total = sum
    }
    return total
  }

  /// The row groups as they are in the new file, once the runs have their places there.
  ///
  /// - Parameter firstOrdinal: the number of row groups before them.
  func placed(firstOrdinal: Int) -> [(metadata: RowGroupMetadata, pageIndexes: [EncodedPageIndex])]
  {
    groups.enumerated().map { number, group in
      var metadata = group.metadata
      var encoded: [EncodedPageIndex] = []
      var start: Int?
      var compressedSize = 0
      for column in metadata.columns.indices {
        let run = runs[group.runs[column]]
        let shift = run.newStart - run.range.lowerBound
        metadata.columns[column].move(by: shift, within: run.range)
        var index = group.pageIndexes[column]
        for page in index.offsetIndex?.pages.indices ?? 0..<0 {
          index.offsetIndex?.pages[page].offset += shift
        }
        encoded.append(EncodedPageIndex(index))
        let chunkStart = metadata.columns[column].byteRange()?.lowerBound ?? 0
        start = min(start ?? chunkStart, chunkStart)
        compressedSize += metadata.columns[column].totalCompressedSize
      }
      metadata.fileOffset = start
      metadata.totalCompressedSize = compressedSize
      metadata.ordinal = Int16(exactly: firstOrdinal + number)
      return (metadata, encoded)
    }
  }
}

extension RowGroupAdoption.Group {
  /// The new file's writer is trusted, so bounds must not come along that nobody could believe in the
  /// old one. Says whether there were any.
  ///
  /// - Parameter range: the bounds that can be believed.
  fileprivate mutating func dropBounds(
    of descriptor: ColumnDescriptor, _ column: Int, unless range: ColumnRange, isTrusted: Bool
  ) -> Bool {
    var isDropped = false
    if var statistics = metadata.columns[column].statistics {
      if (statistics.minimum != nil && range.minimum == nil)
        || (statistics.maximum != nil && range.maximum == nil)
      {
        isDropped = true
        statistics.minimum = nil
        statistics.maximum = nil
        statistics.isMinimumExact = nil
        statistics.isMaximumExact = nil
      }
      let rows = 0...Int64(clamping: metadata.rowCount)
      if let nulls = statistics.nullCount, !rows.contains(nulls) { statistics.nullCount = nil }
      if let distinct = statistics.distinctCount, !rows.contains(distinct) {
        statistics.distinctCount = nil
      }
      metadata.columns[column].statistics = statistics
    }
    if let index = pageIndexes[column].columnIndex, !isTrusted || index.hasNaN(descriptor) {
      isDropped = true
      pageIndexes[column].columnIndex = nil
    }
    return isDropped
  }
}

extension ColumnChunkMetadata {
  /// Moves the chunk, which lies within `run`, together with the run. What does not lie within is
  /// forgotten.
  fileprivate mutating func move(by shift: Int, within run: Range<Int>) {
    let range = byteRange() ?? 0..<0
    // An offset of 0 stands for "none".
    dictionaryPageOffset = dictionaryPageOffset.flatMap {
      range.contains($0) ? $0 + shift : nil
    }
    dataPageOffset += shift
    columnIndex = nil
    offsetIndex = nil
    if let offset = bloomFilterOffset, let length = bloomFilterLength, offset >= run.lowerBound,
      offset <= run.upperBound, length <= run.upperBound - offset
    {
      bloomFilterOffset = offset + shift
    } else {
      bloomFilterOffset = nil
      bloomFilterLength = nil
    }
  }
}

extension ParquetSchema {
  /// Makes sure that the columns of a file can stand in one with this schema.
  ///
  /// - Throws: `invalidArgument` that names the first column that differs.
  func check(agreesWith other: ParquetSchema) throws(ParquetError) {
    guard columns.count == other.columns.count else {
      throw ParquetError(
        .invalidArgument,
        "The file whose row groups are to be taken over has \(other.columns.count) columns, this one "
          + "has \(columns.count).")
    }
    for (ours, theirs) in zip(columns, other.columns) where !ours.isStoredLike(theirs) {
      throw ParquetError(
        .invalidArgument,
        "The file whose row groups are to be taken over has \(theirs.summary) here, this one has "
          + "\(ours.summary).",
        at: .init(column: ours.name))
    }
  }
}

extension ColumnDescriptor {
  /// Whether chunks of one column can stand in the other: name, type, meaning and repetition are the
  /// same. Ids, which only the schema states, are not compared.
  fileprivate func isStoredLike(_ other: ColumnDescriptor) -> Bool {
    path == other.path && physicalType == other.physicalType && typeLength == other.typeLength
      && repetition == other.repetition && maximumDefinitionLevel == other.maximumDefinitionLevel
      && maximumRepetitionLevel == other.maximumRepetitionLevel
      && meaning == other.meaning
  }

  /// The logical type, without one that only repeats the physical type.
  private var meaning: LogicalType? {
    switch (physicalType, logicalType) {
    case (.int32, .integer(32, isSigned: true)?), (.int64, .integer(64, isSigned: true)?): nil
    default: logicalType
    }
  }

  /// The column in words, for messages.
  fileprivate var summary: String {
    let kind =
      switch repetition {
      case .required: "required"
      case .optional: "optional"
      case .repeated: "repeated"
      }
    let length = physicalType == .fixedLengthByteArray ? "(\(typeLength ?? 0))" : ""
    let annotation = logicalType.map { " \($0.name)" } ?? ""
    return "\"\(name)\", \(kind) \(physicalType.name)\(length)\(annotation),"
  }
}
