/// Where the data pages of one column chunk lie and which rows each of them holds (struct
/// `OffsetIndex`).
///
/// Parquet format, "Page Index".
public struct OffsetIndex: Sendable, Hashable {
  /// A data page (struct `PageLocation`).
  public struct PageLocation: Sendable, Hashable {
    /// Offset of the page's header in the file.
    public var offset: Int
    /// Bytes of the page in the file, its header included.
    public var compressedSize: Int
    /// The page's first row, counted from the beginning of the row group.
    public var firstRow: Int

    /// A page's place.
    public init(offset: Int, compressedSize: Int, firstRow: Int) {
      self.offset = offset
      self.compressedSize = compressedSize
      self.firstRow = firstRow
    }

    /// The page's bytes in the file.
    ///
    /// - Precondition: the index has been checked, so that the end cannot overflow.
    var byteRange: Range<Int> { offset..<offset + compressedSize }
  }

  /// The data pages in the chunk's order; a dictionary page is not among them.
  public var pages: [PageLocation]
  /// For BYTE_ARRAY the bytes of each page's values without their lengths, where the writer counted
  /// them.
  public var unencodedByteArrayBytes: [Int64]?

  /// An index of these pages.
  public init(pages: [PageLocation]) {
    self.pages = pages
  }

  /// The rows of a page.
  ///
  /// - Parameter rowCount: the rows of the row group.
  /// - Precondition: the index has been checked, and has the page.
  public func rows(ofPage page: Int, rowCount: Int) -> Range<Int> {
    pages[page].firstRow..<(page + 1 < pages.count ? pages[page + 1].firstRow : rowCount)
  }

  /// The pages that hold one of `rows`, which lie within the row group.
  ///
  /// - Parameter rowCount: the rows of the row group.
  /// - Precondition: the index has been checked.
  public func pages(meeting rows: Range<Int>, rowCount: Int) -> Range<Int> {
    if rows.isEmpty { return 0..<0 }
    let end = pages.partitioningIndex { $0.firstRow >= rows.upperBound }
    let after = pages.partitioningIndex { $0.firstRow > rows.lowerBound }
    return max(0, after - 1)..<max(end, after)
  }
}

extension Array {
  /// The first index whose element fulfils `predicate`, which none does before the first one and all
  /// do after it; `count` if none does. Logarithmic.
  fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

// MARK: Consistency

extension OffsetIndex {
  /// Holds the index against its chunk: rows from 0 on, never falling and within the row group;
  /// pages one behind the other, within the chunk's bytes.
  ///
  /// - Throws: `corrupt`.
  func check(against chunk: ColumnChunkMetadata, rowCount: Int) throws(ParquetError) {
    guard let range = chunk.byteRange() else {
      throw ParquetError(.corrupt, "The column chunk's place overflows.")
    }
    guard let first = pages.first else {
      if rowCount == 0 { return }
      throw ParquetError(.corrupt, "The offset index has no pages for \(rowCount) rows.")
    }
    guard first.firstRow == 0 else {
      throw ParquetError(
        .corrupt, "The offset index begins with row \(first.firstRow), the row group with row 0.")
    }
    var row = 0
    var end = max(range.lowerBound, chunk.dataPageOffset)
    for (number, page) in pages.enumerated() {
      guard page.firstRow >= row, page.firstRow < rowCount || (rowCount == 0 && page.firstRow == 0)
      else {
        throw ParquetError(
          .corrupt,
          "The offset index has page \(number) begin with row \(page.firstRow), after row \(row) "
            + "and within \(rowCount) rows is due.")
      }
      let (pageEnd, overflow) = page.offset.addingReportingOverflow(page.compressedSize)
      guard !overflow, page.compressedSize > 0, page.offset >= end, pageEnd <= range.upperBound
      else {
        throw ParquetError(
          .corrupt,
          "The offset index has page \(number) at \(page.offset) with \(page.compressedSize) bytes, "
            + "which is not within \(end)..<\(range.upperBound).")
      }
      row = page.firstRow
      end = pageEnd
    }
    if let unencodedByteArrayBytes, unencodedByteArrayBytes.count != pages.count {
      throw ParquetError(
        .corrupt,
        "The offset index has \(unencodedByteArrayBytes.count) sizes for \(pages.count) pages.")
    }
  }
}

extension OffsetIndex {
  /// Makes sure that the pages touch one another and the last one the chunk's end, as pages do. An
  /// index with gaps has wrong sizes, such as those of writers that leave the headers out, and readers
  /// that believe them read too little.
  ///
  /// - Throws: `corrupt`.
  /// - Precondition: the index has been checked.
  func checkContiguity(in chunk: ColumnChunkMetadata) throws(ParquetError) {
    for (number, page) in pages.enumerated() {
      let next = number + 1 < pages.count ? pages[number + 1].offset : chunk.byteRange()?.upperBound
      guard page.byteRange.upperBound == next else {
        throw ParquetError(
          .corrupt,
          "The offset index has page \(number) end at \(page.byteRange.upperBound), not where the "
            + "next one begins or the column chunk ends.")
      }
    }
  }
}

// MARK: Thrift

extension OffsetIndex {
  /// Decodes an index's Thrift bytes; `base` is their offset in the file.
  static func decode(_ bytes: RawSpan, base: Int) throws(ParquetError) -> OffsetIndex {
    var reader = CompactReader(bytes, base: base)
    var pages: [PageLocation]?
    var index = OffsetIndex(pages: [])
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1:
        var locations: [PageLocation] = []
        for _ in 0..<(try reader.beginList(field, of: .structure)) {
          locations.append(try PageLocation.read(from: &reader))
        }
        pages = locations
      case 2: index.unencodedByteArrayBytes = try reader.readInt64List(field)
      default: try reader.skip(field)
      }
    }
    guard let pages else { throw reader.failure("An offset index has no page locations.") }
    index.pages = pages
    return index
  }

  /// The index's Thrift bytes.
  func encode() -> [UInt8] {
    var writer = CompactWriter()
    writer.writeStruct { writer in
      writer.field(1, list: pages, of: .structure) { writer, page in
        writer.writeStruct {
          $0.field(1, Int64(page.offset))
          $0.field(2, Int32(clamping: page.compressedSize))
          $0.field(3, Int64(page.firstRow))
        }
      }
      writer.field(2, list: unencodedByteArrayBytes, of: .int64) { $0.writeInt64Element($1) }
    }
    return writer.bytes
  }
}

extension OffsetIndex.PageLocation {
  fileprivate static func read(
    from reader: inout CompactReader
  ) throws(ParquetError) -> OffsetIndex.PageLocation {
    var offset: Int?
    var size: Int?
    var firstRow: Int?
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: offset = try reader.readCount(field, "A page's offset")
      case 2: size = try reader.readCount32(field, "A page's size")
      case 3: firstRow = try reader.readCount(field, "A page's first row")
      default: try reader.skip(field)
      }
    }
    guard let offset, let size, let firstRow else {
      throw reader.failure("A page location lacks its offset, size or first row.")
    }
    return OffsetIndex.PageLocation(offset: offset, compressedSize: size, firstRow: firstRow)
  }
}
