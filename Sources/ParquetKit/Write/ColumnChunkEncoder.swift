/// Encodes some rows of one flat column as a column chunk: a dictionary page where it pays, then
/// data pages (Parquet format, "Column chunks", "Data pages").
struct ColumnChunkEncoder {
  /// A chunk's bytes, and what footer and page index say of them.
  struct Chunk {
    var bytes: [UInt8]
    var metadata: ColumnChunkMetadata
    var pageIndex: PageIndex
  }

  private let descriptor: ColumnDescriptor
  private let options: WriteOptions
  private let rowCount: Int
  /// One entry a row; nil when every row has a value.
  private let validity: ArraySlice<Bool>?
  private let values: PresentValues

  /// Checks the column and takes the values of the rows that have one.
  ///
  /// - Throws: `invalidArgument` when shape or type differ from the schema, or a required column is
  ///   null in one of the rows.
  init(
    _ column: Column, rows: Range<Int>, descriptor: ColumnDescriptor, options: WriteOptions
  ) throws(ParquetError) {
    let place = ParquetError.Location(column: descriptor.name)
    guard rows.upperBound <= column.count, column.validity.map({ $0.count == column.count }) ?? true
    else {
      throw ParquetError(
        .invalidArgument,
        "Rows \(rows) are asked for, the column has \(column.count) values and "
          + "\(column.validity?.count ?? column.count) entries of validity.",
        at: place)
    }
    var validity = column.validity?[rows]
    if validity?.allSatisfy({ $0 }) ?? false { validity = nil }
    if !descriptor.isNullable, let null = validity?.firstIndex(of: false) {
      throw ParquetError(
        .invalidArgument, "The column is required, but row \(null) is null.", at: place)
    }
    self.descriptor = descriptor
    self.options = options
    self.rowCount = rows.count
    self.validity = validity
    do {
      values = try PresentValues(
        column.values, rows: rows, validity: validity, descriptor: descriptor)
    } catch {
      throw error.within(place)
    }
  }

  /// All pages, the first of which will lie at `offset` of the file.
  func encode(at offset: Int) throws(ParquetError) -> Chunk {
    do {
      return try encodePages(at: offset)
    } catch {
      throw error.within(.init(column: descriptor.name))
    }
  }

  private func encodePages(at offset: Int) throws(ParquetError) -> Chunk {
    var pages = PageBuffer(options: options)
    var metadata = ColumnChunkMetadata(
      type: descriptor.physicalType, encodings: [], path: descriptor.path,
      codec: options.compression.codec, valueCount: rowCount, totalUncompressedSize: 0,
      totalCompressedSize: 0, dataPageOffset: offset)
    let dictionary =
      options.usesDictionary
      ? try values.dictionary(maximumSize: options.maximumDictionarySize) : nil
    var counts: [ColumnChunkMetadata.PageCount] = []
    if let dictionary {
      metadata.dictionaryPageOffset = offset
      try pages.appendDictionary(dictionary.entries.plain(), count: dictionary.entries.count)
      counts.append(.init(pageType: .dictionary, encoding: .plain, count: 1))
      metadata.dataPageOffset = offset + pages.bytes.count
    }
    let encoding: Encoding = dictionary == nil ? .plain : .rleDictionary
    var index = PageIndexBuilder(
      dictionary?.strings ?? values.columnValues, descriptor: descriptor,
      maximumSize: options.maximumStatisticsSize)
    let pageCount = try appendDataPages(
      to: &pages, at: offset, dictionary: dictionary, encoding: encoding, index: &index)
    counts.append(
      .init(
        pageType: options.dataPageVersion == .v1 ? .data : .dataV2, encoding: encoding,
        count: Int32(clamping: pageCount)))
    metadata.encodings = dictionary == nil ? [.plain, .rle] : [.plain, .rle, .rleDictionary]
    metadata.pageCounts = counts
    metadata.totalUncompressedSize = pages.uncompressedSize
    metadata.totalCompressedSize = pages.bytes.count
    metadata.statistics = index.statistics
    return Chunk(
      bytes: pages.bytes, metadata: metadata,
      pageIndex: options.writesPageIndex
        ? PageIndex(columnIndex: index.columnIndex, offsetIndex: index.offsetIndex) : PageIndex())
  }

  /// Cuts the rows into pages; a chunk without rows gets one empty page, which every reader knows.
  private func appendDataPages(
    to pages: inout PageBuffer, at offset: Int, dictionary: PresentValues.Dictionary?,
    encoding: Encoding, index: inout PageIndexBuilder
  ) throws(ParquetError) -> Int {
    let bitWidth = BitPacking.bitWidth(forMaximum: (dictionary?.entries.count ?? 1) - 1)
    var row = 0
    var value = 0
    var count = 0
    repeat {
      let page = nextPage(row: row, value: value, isIndexed: dictionary != nil)
      var body: [UInt8]
      if let dictionary {
        body = [UInt8(bitWidth)]  // at most 32
        var encoder = HybridEncoder(bitWidth: bitWidth)
        for entry in dictionary.indices[page.values] { encoder.append(entry) }
        body.append(contentsOf: encoder.finish())
      } else {
        body = values.plain(page.values)
      }
      let start = pages.bytes.count
      try pages.appendData(
        levels: levels(page.rows), values: body, rowCount: page.rows.count,
        nullCount: page.rows.count - page.values.count, encoding: encoding)
      index.append(
        offset: offset + start, compressedSize: pages.bytes.count - start,
        rowCount: page.rows.count, values: page.values)
      row = page.rows.upperBound
      value = page.values.upperBound
      count += 1
    } while row < rowCount
    return count
  }

  /// The rows of the page that begins at `row`, and which of the values they have.
  private func nextPage(
    row: Int, value: Int, isIndexed: Bool
  ) -> (rows: Range<Int>, values: Range<Int>) {
    var end = row
    var valueEnd = value
    var size = 0
    while end < rowCount, end - row < options.pageRowCount, size < options.pageSize {
      if validity.map({ $0[$0.startIndex + end] }) ?? true {
        size += isIndexed ? 4 : values.plainSize(valueEnd)
        valueEnd += 1
      }
      end += 1
    }
    return (row..<end, value..<valueEnd)
  }

  /// The definition levels of the rows in the RLE hybrid; nil for a required column.
  private func levels(_ rows: Range<Int>) -> [UInt8]? {
    guard descriptor.isNullable else { return nil }
    var encoder = HybridEncoder(bitWidth: 1)
    if let validity {
      let start = validity.startIndex
      for isValid in validity[start + rows.lowerBound..<start + rows.upperBound] {
        encoder.append(isValid ? 1 : 0)
      }
    } else if !rows.isEmpty {
      encoder.append(1, count: rows.count)
    }
    return encoder.finish()
  }
}
