/// Decodes the pages of one flat column's chunk (Parquet format, "Column chunks", "Data pages").
struct ColumnChunkDecoder {
  let descriptor: ColumnDescriptor
  let metadata: ColumnChunkMetadata
  /// Rows of the row group.
  let rowCount: Int
  /// Where the chunk begins in the file, for messages.
  let base: Int
  let options: ReadOptions

  /// What is reserved before the first page has proved that there are so many rows.
  private static let trustedRows = 1 << 20

  /// Decodes all pages.
  func decode(_ bytes: RawSpan) throws(ParquetError) -> Column {
    guard descriptor.isFlat else {
      throw ParquetError(
        .unsupported, "Nested and repeated columns are not read; choose flat columns.")
    }
    guard metadata.valueCount == rowCount else {
      throw ParquetError(
        .corrupt, "The column chunk states \(metadata.valueCount) values for \(rowCount) rows.")
    }
    let (total, overflow) = rowCount.multipliedReportingOverflow(by: bytesPerRow)
    guard !overflow, total <= options.maximumColumnChunkSize else {
      throw ParquetError(
        .limitExceeded,
        "\(rowCount) rows would take more than the limit of \(options.maximumColumnChunkSize) bytes "
          + "for a column chunk.")
    }
    let capacity = min(rowCount, Self.trustedRows)
    switch descriptor.physicalType {
    case .boolean: return try decode(bytes, into: BooleanAssembler(capacity: capacity))
    case .int32: return try decode(bytes, into: FixedWidthAssembler<Int32>(capacity: capacity))
    case .int64: return try decode(bytes, into: FixedWidthAssembler<Int64>(capacity: capacity))
    case .float: return try decode(bytes, into: FixedWidthAssembler<Float>(capacity: capacity))
    case .double: return try decode(bytes, into: FixedWidthAssembler<Double>(capacity: capacity))
    case .byteArray: return try decode(bytes, into: ByteArrayAssembler())
    case .int96, .fixedLengthByteArray:
      guard let width = descriptor.typeLength, width > 0 else {
        throw ParquetError(.unsupported, "Values of 0 bytes are not read.")
      }
      return try decode(
        bytes,
        into: FixedLengthAssembler(
          width: width, physicalType: descriptor.physicalType, capacity: min(rowCount, 1024)))
    }
  }

  /// Bytes of memory for each row, whether it is null or not; strings are bounded by the pages.
  private var bytesPerRow: Int {
    switch descriptor.physicalType {
    case .boolean: 1
    case .int32, .float, .byteArray: 4
    case .int64, .double: 8
    case .int96, .fixedLengthByteArray: max(1, descriptor.typeLength ?? 1)
    }
  }

  private func decode(
    _ bytes: RawSpan, into assembler: consuming some ValueAssembler
  ) throws(ParquetError) -> Column {
    var assembler = assembler
    var validity = ValidityBuilder()
    var budget = options.maximumColumnChunkSize
    var position = 0
    var page = 0
    while validity.rowCount < rowCount {
      let start = position
      do {
        position = try decodePage(
          bytes, at: position, isFirst: page == 0, into: &assembler, validity: &validity,
          budget: &budget)
      } catch {
        throw error.within(.init(page: page, offset: base &+ start))
      }
      page += 1
    }
    return Column(assembler.finish(), validity: validity.validity)
  }

  /// Decodes the page at `position` and returns where the next one begins.
  ///
  /// - Parameter budget: the bytes that the chunk's pages may still expand to.
  private func decodePage(
    _ bytes: RawSpan, at position: Int, isFirst: Bool, into assembler: inout some ValueAssembler,
    validity: inout ValidityBuilder, budget: inout Int
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
    budget -= header.uncompressedSize  // both are far from the limits of Int
    guard budget >= 0 else {
      throw ParquetError(
        .limitExceeded,
        "The column chunk's pages expand to more than the limit of "
          + "\(options.maximumColumnChunkSize) bytes.")
    }
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
      try checkCount(valueCount, after: validity.rowCount)
      let page = try decompress(content, to: header.uncompressedSize)
      try decodeData(
        page.span.bytes, valueCount: valueCount, encoding: encoding,
        definitionEncoding: definitionEncoding, into: &assembler, validity: &validity)
    case .dataV2(
      let valueCount, let nullCount, let rows, let encoding, let definitionLength,
      let repetitionLength, let isCompressed):
      try checkCount(valueCount, after: validity.rowCount)
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
      guard valueCount - present == nullCount else {
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

  private func checkCount(_ valueCount: Int, after rows: Int) throws(ParquetError) {
    guard valueCount <= rowCount - rows else {
      throw ParquetError(
        .corrupt,
        "The page states \(valueCount) values, the column chunk has \(rowCount - rows) left.")
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
    try metadata.codec.decompress(bytes, uncompressedSize: size, limit: options.maximumPageSize)
  }

  private func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
