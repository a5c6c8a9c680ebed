extension ParquetFile {
  /// More than any dictionary page's header.
  private static let omittedHeaderSize = 100

  // MARK: Plans

  /// The bytes that `readRowGroup` will read for whole columns.
  ///
  /// - Parameters:
  ///   - rowGroup: the row group's index.
  ///   - columns: indices in the schema; nil for all.
  /// - Throws: `invalidArgument` for an index that does not exist, `corrupt` for a chunk that does
  ///   not lie between the magic number and the footer, `unsupported` for one in another file.
  public func plan(rowGroup: Int, columns: [Int]? = nil) throws(ParquetError) -> ReadPlan {
    var chunks: [ReadPlan.Chunk] = []
    for column in columns ?? Array(schema.columns.indices) {
      guard let range = try chunkRange(rowGroup: rowGroup, column: column) else { continue }
      chunks.append(ReadPlan.Chunk(column: column, range: range))
    }
    return ReadPlan(rowGroup: rowGroup, chunks: chunks, coalescedGap: options.coalescedGap)
  }

  /// The bytes that `readRowGroup` will read for some rows: of columns with an offset index only the
  /// dictionary and the pages that hold one of the rows.
  ///
  /// - Parameters:
  ///   - rowGroup: the row group's index.
  ///   - columns: indices in the schema; nil for all.
  ///   - rows: counted from the beginning of the row group.
  /// - Throws: `invalidArgument` for an index or rows that do not exist, `corrupt` for a chunk or an
  ///   offset index that contradicts the file, `unsupported` for a chunk in another file; and what
  ///   the source throws, since offset indexes are read.
  public func plan(
    rowGroup: Int, columns: [Int]? = nil, rows: Range<Int>
  ) async throws -> ReadPlan {
    let columns = columns ?? Array(schema.columns.indices)
    return try plan(
      rowGroup: rowGroup, rows: rows,
      selections: try await selections(rowGroup: rowGroup, columns: columns, rows: rows))
  }

  private func plan(
    rowGroup: Int, rows: Range<Int>, selections: [Int: PageSelection?]
  ) throws(ParquetError) -> ReadPlan {
    var chunks: [ReadPlan.Chunk] = []
    for (column, selection) in selections {
      guard let range = try chunkRange(rowGroup: rowGroup, column: column), !rows.isEmpty else {
        continue
      }
      guard let selection else {
        chunks.append(ReadPlan.Chunk(column: column, range: range))
        continue
      }
      if let dictionary = selection.dictionary {
        chunks.append(ReadPlan.Chunk(column: column, range: dictionary, pages: 0..<0))
      }
      chunks.append(
        ReadPlan.Chunk(column: column, range: selection.byteRange, pages: selection.pages))
    }
    return ReadPlan(rowGroup: rowGroup, chunks: chunks, coalescedGap: options.coalescedGap)
  }

  /// Which pages of each column hold one of the rows; nil for a column without an offset index.
  private func selections(
    rowGroup: Int, columns: [Int], rows: Range<Int>
  ) async throws -> [Int: PageSelection?] {
    let group = try self.rowGroup(rowGroup)
    guard rows.lowerBound >= 0, rows.upperBound <= group.rowCount else {
      throw ParquetError(
        .invalidArgument, "There are no rows \(rows): the row group has \(group.rowCount).",
        at: .init(rowGroup: rowGroup))
    }
    let indexes = try await offsetIndexes(rowGroup: rowGroup, columns: columns)
    var selections: [Int: PageSelection?] = [:]
    for (column, index) in zip(columns, indexes) {
      guard let index, let range = try chunkRange(rowGroup: rowGroup, column: column) else {
        selections[column] = .some(nil)
        continue
      }
      selections[column] = PageSelection(
        of: index, chunk: range, rows: rows, rowCount: group.rowCount)
    }
    return selections
  }

  /// The row group's metadata.
  func rowGroup(_ rowGroup: Int) throws(ParquetError) -> RowGroupMetadata {
    guard metadata.rowGroups.indices.contains(rowGroup) else {
      throw ParquetError(
        .invalidArgument,
        "There is no row group \(rowGroup): the file has \(metadata.rowGroups.count).")
    }
    return metadata.rowGroups[rowGroup]
  }

  /// The descriptor of a column by its index in the schema.
  func column(_ column: Int) throws(ParquetError) -> ColumnDescriptor {
    guard schema.columns.indices.contains(column) else {
      throw ParquetError(
        .invalidArgument, "There is no column \(column): the file has \(schema.columns.count).")
    }
    return schema.columns[column]
  }

  /// Where a column chunk lies; nil in a row group without rows.
  func chunkRange(rowGroup: Int, column: Int) throws(ParquetError) -> Range<Int>? {
    let group = try self.rowGroup(rowGroup)
    let place = ParquetError.Location(rowGroup: rowGroup, column: try self.column(column).name)
    let chunk = group.columns[column]
    if chunk.isEncrypted {
      throw ParquetError(.unsupported, "The column chunk is encrypted.", at: place)
    }
    if let path = chunk.filePath {
      throw ParquetError(
        .unsupported, "The column chunk lies in another file, \"\(path)\".", at: place)
    }
    // Without rows there is nothing to read, whatever the offsets say.
    if group.rowCount == 0 { return nil }
    guard let range = chunk.byteRange(), range.upperBound <= footerOffset,
      range.lowerBound >= Self.magic.count
    else {
      throw ParquetError(
        .corrupt,
        "The column chunk's \(chunk.totalCompressedSize) bytes from \(chunk.dataPageOffset) on do "
          + "not lie before the footer at \(footerOffset).",
        at: place)
    }
    let omitted = metadata.omitsDictionaryHeader ? Self.omittedHeaderSize : 0
    return range.lowerBound..<min(range.upperBound + omitted, footerOffset)
  }

  /// Where the last page of row groups ends: so many bytes of the file, from its beginning, hold them
  /// whole.
  ///
  /// - Parameter rowGroups: indices of row groups.
  /// - Returns: at least 4, the size of the magic number.
  /// - Throws: `invalidArgument` for an index that does not exist, `corrupt` for a chunk that does not
  ///   lie between the magic number and the footer, `unsupported` for one in another file.
  public func end(ofRowGroups rowGroups: some Sequence<Int>) throws(ParquetError) -> Int {
    var end = Self.magic.count
    for rowGroup in rowGroups {
      for column in schema.columns.indices {
        guard let range = try chunkRange(rowGroup: rowGroup, column: column) else { continue }
        end = max(end, range.upperBound)
      }
    }
    return end
  }

  // MARK: Reading

  /// Reads and decodes columns of one row group, in the order of `columns`.
  ///
  /// - Parameters:
  ///   - rowGroup: the row group's index.
  ///   - columns: indices in the schema; nil for all. Each must be flat: a child of the root and not
  ///     repeated.
  /// - Throws: `ParquetError` with row group, column, page and offset; and what the source throws.
  public func readRowGroup(_ rowGroup: Int, columns: [Int]? = nil) async throws -> [Column] {
    let plan = try plan(rowGroup: rowGroup, columns: columns)
    let wanted = columns ?? Array(schema.columns.indices)
    var decoded: [Int: Column] = [:]
    for request in plan.requests {
      let bytes = try await read(request.range)
      for chunk in request.chunks where decoded[chunk.column] == nil {
        let span = bytes.span.bytes.extracting(chunk.range.within(request.range))
        decoded[chunk.column] = try decoding(rowGroup, chunk.column) {
          (decoder: ColumnChunkDecoder) throws(ParquetError) in
          try decoder.decode(span, at: chunk.range.lowerBound)
        }
      }
    }
    return try wanted.map { column in
      // What the plan does not name has no rows, and so no pages.
      try decoded[column]
        ?? decoding(rowGroup, column) { (decoder: ColumnChunkDecoder) throws(ParquetError) in
          try decoder.decode(RawSpan(), at: 0)
        }
    }
  }

  /// Reads and decodes some rows of columns of one row group, in the order of `columns`.
  ///
  /// Of a column with an offset index only the dictionary and the pages that hold one of the rows are
  /// read and decoded. Of others the whole chunk is, as without `rows`.
  ///
  /// - Parameters:
  ///   - rowGroup: the row group's index.
  ///   - columns: indices in the schema; nil for all. Each must be flat: a child of the root and not
  ///     repeated.
  ///   - rows: counted from the beginning of the row group.
  /// - Returns: for each column as many rows as `rows` has. A dictionary is the chunk's whole one.
  /// - Throws: `ParquetError` with row group, column, page and offset, `invalidArgument` for rows that
  ///   do not exist; and what the source throws.
  public func readRowGroup(
    _ rowGroup: Int, columns: [Int]? = nil, rows: Range<Int>
  ) async throws -> [Column] {
    if rows == 0..<(try self.rowGroup(rowGroup).rowCount) {
      return try await readRowGroup(rowGroup, columns: columns)
    }
    let wanted = columns ?? Array(schema.columns.indices)
    let selections = try await selections(rowGroup: rowGroup, columns: wanted, rows: rows)
    let plan = try plan(rowGroup: rowGroup, rows: rows, selections: selections)
    // A dictionary comes before its column's pages, perhaps in an earlier request.
    var dictionaries: [Int: [UInt8]] = [:]
    var decoded: [Int: Column] = [:]
    for request in plan.requests {
      let bytes = try await read(request.range)
      for chunk in request.chunks {
        let place = chunk.range.within(request.range)
        if chunk.pages?.isEmpty ?? false {
          dictionaries[chunk.column] = Array(bytes[place])
          continue
        }
        let span = bytes.span.bytes.extracting(place)
        let dictionary = dictionaries.removeValue(forKey: chunk.column) ?? []
        decoded[chunk.column] = try decoding(rowGroup, chunk.column) {
          (decoder: ColumnChunkDecoder) throws(ParquetError) in
          if let selection = selections[chunk.column] ?? nil {
            try decoder.decode(span, selection: selection, dictionary: dictionary.span.bytes)
          } else {
            try decoder.decode(span, at: chunk.range.lowerBound).rows(rows)
          }
        }
      }
    }
    return try wanted.map { column in
      try decoded[column]
        ?? decoding(rowGroup, column) { (decoder: ColumnChunkDecoder) throws(ParquetError) in
          try decoder.decodeNothing()
        }
    }
  }

  private func decoding(
    _ rowGroup: Int, _ column: Int,
    _ body: (ColumnChunkDecoder) throws(ParquetError) -> Column
  ) throws(ParquetError) -> Column {
    let group = try self.rowGroup(rowGroup)
    let descriptor = try self.column(column)
    let decoder = ColumnChunkDecoder(
      descriptor: descriptor, metadata: group.columns[column], rowCount: group.rowCount,
      options: options)
    do {
      return try body(decoder)
    } catch {
      throw error.within(.init(rowGroup: rowGroup, column: descriptor.name))
    }
  }
}

extension Range<Int> {
  /// The same range counted from the beginning of one that encloses it.
  fileprivate func within(_ outer: Range<Int>) -> Range<Int> {
    lowerBound - outer.lowerBound..<upperBound - outer.lowerBound
  }
}
