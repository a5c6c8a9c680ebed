/// Decodes the pages of one flat column's chunk (Parquet format, "Column chunks", "Data pages").
struct ColumnChunkDecoder {
  let descriptor: ColumnDescriptor
  let metadata: ColumnChunkMetadata
  /// Rows of the row group.
  let rowCount: Int
  let options: ReadOptions

  /// What is reserved before the first page has proved that there are so many rows.
  private static let trustedRows = 1 << 20

  /// Decodes all pages.
  ///
  /// - Parameter base: where `bytes` begin in the file, for messages.
  func decode(_ bytes: RawSpan, at base: Int) throws(ParquetError) -> Column {
    try decode(bytes, base: base, rowCount: rowCount, selection: nil, dictionary: RawSpan())
  }

  /// Decodes the rows of a selection.
  ///
  /// - Parameters:
  ///   - bytes: the selected pages, with what lies between them.
  ///   - dictionary: what lies before the first data page.
  func decode(
    _ bytes: RawSpan, selection: PageSelection, dictionary: RawSpan
  ) throws(ParquetError) -> Column {
    let column = try decode(
      bytes, base: selection.byteRange.lowerBound, rowCount: selection.pageRows.count,
      selection: selection, dictionary: dictionary)
    let first = selection.pageRows.lowerBound
    return column.rows(selection.rows.lowerBound - first..<selection.rows.upperBound - first)
  }

  /// The column without any rows.
  func decodeNothing() throws(ParquetError) -> Column {
    try decode(RawSpan(), base: 0, rowCount: 0, selection: nil, dictionary: RawSpan())
  }

  private func decode(
    _ bytes: RawSpan, base: Int, rowCount: Int, selection: PageSelection?, dictionary: RawSpan
  ) throws(ParquetError) -> Column {
    guard descriptor.isFlat else {
      throw ParquetError(
        .unsupported, "Nested and repeated columns are not read; choose flat columns.")
    }
    guard metadata.valueCount == self.rowCount else {
      throw ParquetError(
        .corrupt,
        "The column chunk states \(metadata.valueCount) values for \(self.rowCount) rows.")
    }
    let (total, overflow) = rowCount.multipliedReportingOverflow(by: bytesPerRow)
    guard !overflow, total <= options.maximumColumnChunkSize else {
      throw ParquetError(
        .limitExceeded,
        "\(rowCount) rows would take more than the limit of \(options.maximumColumnChunkSize) bytes "
          + "for a column chunk.")
    }
    func decode(_ assembler: consuming some ValueAssembler) throws(ParquetError) -> Column {
      var assembler = assembler
      var progress = Progress(rowCount: rowCount)
      if let selection {
        try decodeDictionary(dictionary, selection, into: &assembler, &progress)
        try decodePages(bytes, selection, into: &assembler, &progress)
      } else {
        var position = 0
        while progress.validity.rowCount < rowCount {
          position = try decodePage(bytes, at: position, base: base, into: &assembler, &progress)
        }
      }
      return Column(assembler.finish(), validity: progress.validity.validity)
    }
    let capacity = min(rowCount, Self.trustedRows)
    let budget = ExpansionBudget(options)
    switch descriptor.physicalType {
    case .boolean: return try decode(BooleanAssembler(capacity: capacity, budget: budget))
    case .int32: return try decode(FixedWidthAssembler<Int32>(capacity: capacity, budget: budget))
    case .int64: return try decode(FixedWidthAssembler<Int64>(capacity: capacity, budget: budget))
    case .float: return try decode(FixedWidthAssembler<Float>(capacity: capacity, budget: budget))
    case .double: return try decode(FixedWidthAssembler<Double>(capacity: capacity, budget: budget))
    case .byteArray: return try decode(ByteArrayAssembler(budget: budget))
    case .int96, .fixedLengthByteArray:
      guard let width = descriptor.typeLength, width > 0 else {
        throw ParquetError(.unsupported, "Values of 0 bytes are not read.")
      }
      return try decode(
        FixedLengthAssembler(
          width: width, physicalType: descriptor.physicalType, capacity: min(rowCount, 1024),
          budget: budget))
    }
  }

  /// Bytes of memory for each row, whether it is null or not; strings are bounded by the pages.
  private var bytesPerRow: Int {
    let value =
      switch descriptor.physicalType {
      case .boolean: 1
      case .int32, .float: 4
      case .int64, .double: 8
      // An offset, and beside it an index of the dictionary or the length of a shared prefix.
      case .byteArray: 8
      case .int96, .fixedLengthByteArray: max(1, descriptor.typeLength ?? 1)
      }
    return value + (descriptor.maximumDefinitionLevel > 0 ? 1 : 0)
  }

  // MARK: Pages

  /// How far the decoding has come.
  private struct Progress {
    /// The rows that there will be.
    let rowCount: Int
    var validity = ValidityBuilder()
    /// The next page, for messages.
    var page = 0
    /// Whether a page has been decoded.
    var hasBegun = false
  }

  private func decodeDictionary(
    _ bytes: RawSpan, _ selection: PageSelection, into assembler: inout some ValueAssembler,
    _ progress: inout Progress
  ) throws(ParquetError) {
    guard let place = selection.dictionary else { return }
    var position = 0
    while position < bytes.byteCount {
      position = try decodePage(
        bytes, at: position, base: place.lowerBound, into: &assembler, &progress)
    }
    guard progress.validity.rowCount == 0 else {
      throw ParquetError(
        .corrupt, "A data page comes before those that the offset index names.",
        at: .init(offset: place.lowerBound))
    }
  }

  private func decodePages(
    _ bytes: RawSpan, _ selection: PageSelection, into assembler: inout some ValueAssembler,
    _ progress: inout Progress
  ) throws(ParquetError) {
    let base = selection.byteRange.lowerBound
    progress.page += selection.pages.lowerBound
    for page in selection.pages {
      let location = selection.locations[page]
      let next =
        page + 1 < selection.pages.upperBound
        ? selection.locations[page + 1].firstRow : selection.pageRows.upperBound
      let start = location.offset - base
      let number = progress.page
      _ = try decodePage(
        bytes.extracting(start..<selection.ends[page - selection.pages.lowerBound] - base), at: 0,
        base: location.offset, into: &assembler, &progress)
      let rows = progress.validity.rowCount + selection.pageRows.lowerBound - location.firstRow
      guard rows == next - location.firstRow else {
        throw ParquetError(
          .corrupt,
          "The page has \(rows) rows, the offset index says \(next - location.firstRow).",
          at: .init(page: number, offset: location.offset))
      }
    }
  }

  /// Decodes the page at `position` and returns where the next one begins.
  ///
  /// - Parameter base: where `bytes` begin in the file.
  private func decodePage(
    _ bytes: RawSpan, at position: Int, base: Int, into assembler: inout some ValueAssembler,
    _ progress: inout Progress
  ) throws(ParquetError) -> Int {
    do {
      let end = try decodePage(
        bytes, at: position, base: base, isFirst: !progress.hasBegun, into: &assembler,
        validity: &progress.validity, rowCount: progress.rowCount)
      progress.page += 1
      progress.hasBegun = true
      return end
    } catch {
      throw error.within(.init(page: progress.page, offset: base &+ position))
    }
  }

  private func decodePage(
    _ bytes: RawSpan, at position: Int, base: Int, isFirst: Bool,
    into assembler: inout some ValueAssembler, validity: inout ValidityBuilder, rowCount: Int
  ) throws(ParquetError) -> Int {
    guard position < bytes.byteCount else {
      throw ParquetError(
        .truncated,
        "The column chunk ends after \(validity.rowCount) of \(rowCount) values.")
    }
    var reader = CompactReader(
      bytes.extracting(position..<bytes.byteCount), base: base &+ position)
    let header = try PageHeader.read(from: &reader)
    let body = position + reader.position
    guard header.compressedSize <= bytes.byteCount - body else {
      throw ParquetError(
        .truncated,
        "The page has \(header.compressedSize) bytes, the column chunk ends after "
          + "\(bytes.byteCount - body).")
    }
    try assembler.budget.charge(header.uncompressedSize)
    let content = bytes.extracting(body..<body + header.compressedSize)
    if options.verifiesChecksums, let stated = header.checksum {
      let actual = CRC32.checksum(of: content)
      guard actual == stated else {
        throw ParquetError(
          .checksumMismatch,
          "The page's CRC-32 is \(hexadecimal(actual)), its header says \(hexadecimal(stated)): "
            + "the bytes have changed since they were written.")
      }
    }
    switch header.kind {
    case .dictionary(let valueCount, let encoding):
      guard isFirst else {
        throw ParquetError(.corrupt, "A dictionary page follows another page of its column chunk.")
      }
      guard encoding == .plain || encoding == .plainDictionary else {
        throw ParquetError(.unsupported, "A dictionary page is in \(encoding.name) encoding.")
      }
      let values = try decompress(content, to: header.uncompressedSize)
      try assembler.setDictionary(values.span.bytes, count: valueCount)
    case .data(let valueCount, let encoding, let definitionEncoding):
      try checkCount(valueCount, left: rowCount - validity.rowCount)
      let page = try decompress(content, to: header.uncompressedSize)
      try decodeData(
        page.span.bytes, valueCount: valueCount, encoding: encoding,
        definitionEncoding: definitionEncoding, into: &assembler, validity: &validity)
    case .dataV2(
      let valueCount, let nullCount, let rows, let encoding, let definitionLength,
      let repetitionLength, let isCompressed):
      try checkCount(valueCount, left: rowCount - validity.rowCount)
      guard rows == valueCount else {
        throw ParquetError(
          .corrupt, "The page of a flat column states \(valueCount) values in \(rows) rows.")
      }
      let levels = try checkLevels(
        definitionLength, repetitionLength, header: header)
      var present = valueCount
      if descriptor.maximumDefinitionLevel > 0 {
        present = try validity.append(
          content.extracting(repetitionLength..<levels), count: valueCount)
      } else {
        validity.append(true, count: valueCount)
      }
      if let nullCount, valueCount - present != nullCount {
        throw ParquetError(
          .corrupt,
          "The page states \(nullCount) nulls, its levels have \(valueCount - present).")
      }
      let rest = content.extracting(levels..<content.byteCount)
      let size = header.uncompressedSize - levels
      // A page of nulls has nothing to compress, and some writers leave the compressed part empty.
      if !isCompressed || rest.byteCount == 0 {
        try appendValues(
          rest, encoding: encoding, present: present, valueCount, to: &assembler, validity)
      } else {
        let values = try decompress(rest, to: size)
        try appendValues(
          values.span.bytes, encoding: encoding, present: present, valueCount, to: &assembler,
          validity)
      }
    case .other: break
    }
    return body + header.compressedSize
  }

  private func decodeData(
    _ page: RawSpan, valueCount: Int, encoding: Encoding, definitionEncoding: Encoding,
    into assembler: inout some ValueAssembler, validity: inout ValidityBuilder
  ) throws(ParquetError) {
    var start = 0
    var present = valueCount
    if descriptor.maximumDefinitionLevel > 0 {
      guard definitionEncoding == .rle else {
        throw ParquetError(
          .unsupported,
          "Definition levels in \(definitionEncoding.name) encoding are not supported."
        )
      }
      let levels = try LevelBytes.withLengthPrefix(page, from: 0)
      present = try validity.append(page.extracting(levels), count: valueCount)
      start = levels.upperBound
    } else {
      validity.append(true, count: valueCount)
    }
    try appendValues(
      page.extracting(start..<page.byteCount), encoding: encoding, present: present, valueCount,
      to: &assembler, validity)
  }

  private func appendValues(
    _ bytes: RawSpan, encoding: Encoding, present: Int, _ valueCount: Int,
    to assembler: inout some ValueAssembler, _ validity: ValidityBuilder
  ) throws(ParquetError) {
    if present > 0 { try assembler.append(bytes, encoding: encoding, count: present) }
    if present < valueCount, let rows = validity.last(valueCount) {
      assembler.spread(present: present, over: rows)
    }
  }

  // MARK: Checks

  private func checkCount(_ valueCount: Int, left: Int) throws(ParquetError) {
    guard valueCount <= left else {
      throw ParquetError(
        .corrupt, "The page states \(valueCount) values, the column chunk has \(left) left.")
    }
  }

  /// The bytes of levels in front of a version 2 page, which are never compressed.
  private func checkLevels(
    _ definitionLength: Int, _ repetitionLength: Int, header: PageHeader
  ) throws(ParquetError) -> Int {
    // Both are at most Int32.max, so the sum cannot overflow.
    let levels = definitionLength + repetitionLength
    guard levels <= header.compressedSize, levels <= header.uncompressedSize else {
      throw ParquetError(
        .corrupt,
        "The page states \(levels) bytes of levels in \(header.compressedSize) bytes.")
    }
    return levels
  }

  private func decompress(_ bytes: RawSpan, to size: Int) throws(ParquetError) -> [UInt8] {
    // Nothing is what some writers make of nothing, whatever the codec would.
    if size == 0, bytes.byteCount == 0 { return [] }
    return try metadata.codec.decompress(
      bytes, uncompressedSize: size, limit: options.maximumPageSize)
  }

  private func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
