/// The kind of a page.
public struct PageType: RawRepresentable, Sendable, Hashable {
  /// The number in `parquet.thrift`.
  public let rawValue: Int32

  /// A page type by its number.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// Values with their levels, compressed together.
  public static let data = PageType(rawValue: 0)
  /// Reserved by the format, never written.
  public static let index = PageType(rawValue: 1)
  /// The chunk's dictionary.
  public static let dictionary = PageType(rawValue: 2)
  /// Values, with the levels before them and uncompressed.
  public static let dataV2 = PageType(rawValue: 3)

  /// The name in the format's specification, such as `DATA_PAGE_V2`.
  public var name: String {
    switch self {
    case .data: "DATA_PAGE"
    case .index: "INDEX_PAGE"
    case .dictionary: "DICTIONARY_PAGE"
    case .dataV2: "DATA_PAGE_V2"
    default: "PAGE_TYPE_\(rawValue)"
    }
  }
}

/// What stands before each page (struct `PageHeader`).
struct PageHeader {
  enum Kind {
    case data(valueCount: Int, encoding: Encoding, definitionEncoding: Encoding)
    case dataV2(
      valueCount: Int, nullCount: Int?, rowCount: Int, encoding: Encoding, definitionLength: Int,
      repetitionLength: Int, isCompressed: Bool)
    case dictionary(valueCount: Int, encoding: Encoding)
    /// An index page or a type of tomorrow, to be passed over.
    case other
  }

  var kind: Kind
  /// Bytes after decompression; for `dataV2` the levels included.
  var uncompressedSize: Int
  /// Bytes in the file, without the header.
  var compressedSize: Int
  /// CRC-32 of the bytes in the file.
  var checksum: UInt32?

  static func read(from reader: inout CompactReader) throws(ParquetError) -> PageHeader {
    var type: PageType?
    var uncompressed: Int?
    var compressed: Int?
    var checksum: UInt32?
    var data: Kind?
    var dictionary: Kind?
    var dataV2: Kind?
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: type = PageType(rawValue: try reader.readInt32(field))
      case 2: uncompressed = try reader.readCount32(field, "A page's uncompressed size")
      case 3: compressed = try reader.readCount32(field, "A page's compressed size")
      case 4: checksum = UInt32(bitPattern: try reader.readInt32(field))
      case 5:
        try reader.expectStruct(field)
        data = try readData(from: &reader)
      case 7:
        try reader.expectStruct(field)
        dictionary = try readDictionary(from: &reader)
      case 8:
        try reader.expectStruct(field)
        dataV2 = try readDataV2(from: &reader)
      default: try reader.skip(field)
      }
    }
    guard let type, let uncompressed, let compressed else {
      throw reader.failure("A page header lacks its type or sizes.")
    }
    let kind: Kind? =
      switch type {
      case .data: data
      case .dictionary: dictionary
      case .dataV2: dataV2
      default: .other
      }
    guard let kind else {
      throw reader.failure("The header of a \(type.name) lacks that page type's own part.")
    }
    return PageHeader(
      kind: kind, uncompressedSize: uncompressed, compressedSize: compressed, checksum: checksum)
  }

  private static func readData(from reader: inout CompactReader) throws(ParquetError) -> Kind {
    var valueCount: Int?
    var encoding: Encoding?
    var definitionEncoding = Encoding.rle
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: valueCount = try reader.readCount32(field, "A page's number of values")
      case 2: encoding = Encoding(rawValue: try reader.readInt32(field))
      case 3: definitionEncoding = Encoding(rawValue: try reader.readInt32(field))
      default: try reader.skip(field)
      }
    }
    guard let valueCount, let encoding else {
      throw reader.failure("A data page header lacks its number of values or encoding.")
    }
    return .data(
      valueCount: valueCount, encoding: encoding, definitionEncoding: definitionEncoding)
  }

  private static func readDictionary(
    from reader: inout CompactReader
  ) throws(ParquetError) -> Kind {
    var valueCount: Int?
    var encoding: Encoding?
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: valueCount = try reader.readCount32(field, "A dictionary's number of values")
      case 2: encoding = Encoding(rawValue: try reader.readInt32(field))
      default: try reader.skip(field)
      }
    }
    guard let valueCount, let encoding else {
      throw reader.failure("A dictionary page header lacks its number of values or encoding.")
    }
    return .dictionary(valueCount: valueCount, encoding: encoding)
  }

  private static func readDataV2(from reader: inout CompactReader) throws(ParquetError) -> Kind {
    var valueCount: Int?
    var nullCount: Int?
    var rowCount: Int?
    var encoding: Encoding?
    var definitionLength: Int?
    var repetitionLength: Int?
    var isCompressed = true
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: valueCount = try reader.readCount32(field, "A page's number of values")
      case 2:
        // Writers without statistics have put -1 here; the levels tell all the same.
        let count = try reader.readInt32(field)
        nullCount = count < 0 ? nil : Int(count)
      case 3: rowCount = try reader.readCount32(field, "A page's number of rows")
      case 4: encoding = Encoding(rawValue: try reader.readInt32(field))
      case 5: definitionLength = try reader.readCount32(field, "A length of definition levels")
      case 6: repetitionLength = try reader.readCount32(field, "A length of repetition levels")
      case 7: isCompressed = try reader.readBool(field)
      default: try reader.skip(field)
      }
    }
    guard let valueCount, let rowCount, let encoding, let definitionLength, let repetitionLength
    else { throw reader.failure("The header of a DATA_PAGE_V2 lacks one of its counts.") }
    return .dataV2(
      valueCount: valueCount, nullCount: nullCount, rowCount: rowCount, encoding: encoding,
      definitionLength: definitionLength, repetitionLength: repetitionLength,
      isCompressed: isCompressed)
  }

  func encode() -> [UInt8] {
    var writer = CompactWriter()
    writer.writeStruct { writer in
      let type: PageType =
        switch kind {
        case .data: .data
        case .dataV2: .dataV2
        case .dictionary: .dictionary
        case .other: .index
        }
      writer.field(1, type.rawValue)
      writer.field(2, Int32(clamping: uncompressedSize))
      writer.field(3, Int32(clamping: compressedSize))
      writer.field(4, checksum.map { Int32(bitPattern: $0) })
      switch kind {
      case .data(let valueCount, let encoding, let definitionEncoding):
        writer.field(5) {
          $0.field(1, Int32(clamping: valueCount))
          $0.field(2, encoding.rawValue)
          $0.field(3, definitionEncoding.rawValue)
          $0.field(4, Encoding.rle.rawValue)
        }
      case .dictionary(let valueCount, let encoding):
        writer.field(7) {
          $0.field(1, Int32(clamping: valueCount))
          $0.field(2, encoding.rawValue)
        }
      case .dataV2(
        let valueCount, let nullCount, let rowCount, let encoding, let definitionLength,
        let repetitionLength, let isCompressed):
        writer.field(8) {
          $0.field(1, Int32(clamping: valueCount))
          $0.field(2, nullCount.map { Int32(clamping: $0) } ?? -1)
          $0.field(3, Int32(clamping: rowCount))
          $0.field(4, encoding.rawValue)
          $0.field(5, Int32(clamping: definitionLength))
          $0.field(6, Int32(clamping: repetitionLength))
          $0.field(7, isCompressed)
        }
      case .other: break
      }
    }
    return writer.bytes
  }
}
