/// The pages of one column chunk, compressed and with their headers, back to back.
struct PageBuffer {
  private let options: WriteOptions
  private(set) var bytes: [UInt8] = []
  /// What the pages would take without compression, headers included.
  private(set) var uncompressedSize = 0

  init(options: WriteOptions) {
    self.options = options
  }

  /// Appends the dictionary page: `count` values in PLAIN encoding.
  mutating func appendDictionary(_ values: [UInt8], count: Int) throws(ParquetError) {
    try append(
      [], compressing: values, kind: .dictionary(valueCount: count, encoding: .plain))
  }

  /// Appends a data page of the version that the options ask for.
  ///
  /// - Parameter levels: definition levels in the RLE hybrid; nil for a required column.
  mutating func appendData(
    levels: [UInt8]?, values: [UInt8], rowCount: Int, nullCount: Int, encoding: Encoding
  ) throws(ParquetError) {
    switch options.dataPageVersion {
    case .v1:
      var content: [UInt8] = []
      if let levels {
        withUnsafeBytes(of: UInt32(clamping: levels.count).littleEndian) {
          content.append(contentsOf: $0)
        }
        content.append(contentsOf: levels)
      }
      content.append(contentsOf: values)
      try append(
        [], compressing: content,
        kind: .data(valueCount: rowCount, encoding: encoding, definitionEncoding: .rle))
    case .v2:
      try append(
        levels ?? [], compressing: values,
        kind: .dataV2(
          valueCount: rowCount, nullCount: nullCount, rowCount: rowCount, encoding: encoding,
          definitionLength: levels?.count ?? 0, repetitionLength: 0, isCompressed: true))
    }
  }

  private mutating func append(
    _ prefix: [UInt8], compressing content: [UInt8], kind: PageHeader.Kind
  ) throws(ParquetError) {
    var page = prefix
    page.append(contentsOf: try options.compression.compress(content.span.bytes))
    let plainSize = prefix.count + content.count
    // The page index counts the header in; none takes 1 KiB.
    guard plainSize <= Int(Int32.max), page.count <= Int(Int32.max) - 1024 else {
      throw ParquetError(.limitExceeded, "A value or page is larger than 2 GiB.")
    }
    let header = PageHeader(
      kind: kind, uncompressedSize: plainSize, compressedSize: page.count,
      checksum: options.writesChecksums ? CRC32.checksum(of: page.span.bytes) : nil
    ).encode()
    bytes.append(contentsOf: header)
    bytes.append(contentsOf: page)
    uncompressedSize += header.count + plainSize
  }
}
