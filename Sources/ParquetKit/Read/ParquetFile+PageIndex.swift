extension ParquetFile {
  /// The page indexes of columns of one row group, in the order of `columns`. A column index without
  /// an offset index is left out: it could not be said which rows it is about.
  ///
  /// They are read on demand, those that lie near to each other in one request, and not at all when
  /// the tail that was read with the footer holds them.
  ///
  /// - Parameters:
  ///   - rowGroup: the row group's index.
  ///   - columns: indices in the schema; nil for all.
  /// - Throws: `invalidArgument` for an index that does not exist, `corrupt` for a page index that
  ///   contradicts itself, its column chunk or the file, `limitExceeded` when they are larger than
  ///   `ReadOptions.maximumPageIndexSize`; and what the source throws.
  public func pageIndex(rowGroup: Int, columns: [Int]? = nil) async throws -> [PageIndex] {
    let places = (columns ?? Array(schema.columns.indices)).map {
      ChunkPlace(rowGroup: rowGroup, column: $0)
    }
    return try await pageIndexes(places) { throw $0 }
  }

  /// The offset indexes alone.
  func offsetIndexes(rowGroup: Int, columns: [Int]) async throws -> [OffsetIndex?] {
    let places = columns.map { ChunkPlace(rowGroup: rowGroup, column: $0) }
    return try await pageIndexes(places, offsetIndexOnly: true) { throw $0 }.map(\.offsetIndex)
  }

  /// A column chunk by its row group and column.
  struct ChunkPlace {
    var rowGroup: Int
    var column: Int
  }

  /// One of the two indexes of a chunk, before it has been read.
  private struct Part {
    /// The chunk's position in the list of places.
    var chunk: Int
    var isOffsetIndex: Bool
    var range: Range<Int>
  }

  /// The page indexes of column chunks, in their order.
  ///
  /// - Parameter refuse: is told of an index that contradicts itself, its chunk or the file, or that
  ///   exceeds the limit; if it does not throw, that index is left out.
  func pageIndexes(
    _ places: [ChunkPlace], offsetIndexOnly: Bool = false,
    refuse: (ParquetError) throws -> Void
  ) async throws -> [PageIndex] {
    var parts: [Part] = []
    var total = 0
    for (position, place) in places.enumerated() {
      let descriptor = try column(place.column)
      let chunk = try rowGroup(place.rowGroup).columns[place.column]
      for (range, isOffsetIndex) in [
        (chunk.offsetIndex, true), (offsetIndexOnly ? nil : chunk.columnIndex, false),
      ] {
        guard let range else { continue }
        let location = ParquetError.Location(
          rowGroup: place.rowGroup, column: descriptor.name, offset: range.offset)
        let (end, overflow) = range.offset.addingReportingOverflow(range.length)
        guard !overflow, range.offset >= Self.magic.count, end <= footerOffset else {
          try refuse(
            ParquetError(
              .corrupt,
              "The \(isOffsetIndex ? "offset" : "column") index of \(range.length) bytes does not "
                + "lie before the footer at \(footerOffset).",
              at: location))
          continue
        }
        guard range.length <= options.maximumPageIndexSize - total else {
          try refuse(
            ParquetError(
              .limitExceeded,
              "The page indexes have more than the limit of \(options.maximumPageIndexSize) bytes.",
              at: location))
          continue
        }
        parts.append(
          Part(chunk: position, isOffsetIndex: isOffsetIndex, range: range.offset..<end))
        total += range.length
      }
    }
    var indexes = places.map { _ in PageIndex() }
    for request in parts.coalesced(gap: options.coalescedGap, by: \.range) {
      let bytes = try await read(request.range)
      for part in request.elements {
        let start = part.range.lowerBound - request.range.lowerBound
        let span = bytes.span.bytes.extracting(start..<start + part.range.count)
        do {
          if part.isOffsetIndex {
            indexes[part.chunk].offsetIndex = try OffsetIndex.decode(
              span, base: part.range.lowerBound)
          } else {
            indexes[part.chunk].columnIndex = try ColumnIndex.decode(
              span, base: part.range.lowerBound)
          }
        } catch {
          try refuse(error.within(location(places[part.chunk])))
        }
      }
    }
    for (position, place) in places.enumerated() {
      try check(&indexes[position], place, refuse: refuse)
    }
    return indexes
  }

  private func location(_ place: ChunkPlace) -> ParquetError.Location {
    .init(rowGroup: place.rowGroup, column: schema.columns[place.column].name)
  }

  private func check(
    _ index: inout PageIndex, _ place: ChunkPlace, refuse: (ParquetError) throws -> Void
  ) throws {
    let group = metadata.rowGroups[place.rowGroup]
    guard let offsetIndex = index.offsetIndex else {
      index.columnIndex = nil
      return
    }
    do {
      try offsetIndex.check(against: group.columns[place.column], rowCount: group.rowCount)
    } catch {
      index = PageIndex()
      try refuse(error.within(location(place)))
      return
    }
    guard let columnIndex = index.columnIndex else { return }
    let pageRows = offsetIndex.pages.indices.map {
      offsetIndex.rows(ofPage: $0, rowCount: group.rowCount).count
    }
    do {
      try columnIndex.check(
        pageRows: pageRows, descriptor: schema.columns[place.column],
        hasTypeDefinedOrder: metadata.hasTypeDefinedOrder(place.column))
    } catch {
      index.columnIndex = nil
      try refuse(error.within(location(place)))
    }
  }
}
