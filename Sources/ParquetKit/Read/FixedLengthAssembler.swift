/// Assembles FIXED_LEN_BYTE_ARRAY and INT96: the same number of bytes for every value.
struct FixedLengthAssembler: ValueAssembler {
  var budget: ExpansionBudget
  private let width: Int
  private let physicalType: PhysicalType
  private var bytes: [UInt8] = []
  private var dictionary: [UInt8]?

  /// - Precondition: `width` is at least 1.
  init(width: Int, physicalType: PhysicalType, capacity: Int, budget: ExpansionBudget) {
    self.budget = budget
    self.width = width
    self.physicalType = physicalType
    bytes.reserveCapacity(capacity * width)
  }

  mutating func setDictionary(_ source: RawSpan, count: Int) throws(ParquetError) {
    var entries: [UInt8] = []
    try append(source, count: count, to: &entries)
    dictionary = entries
  }

  mutating func append(
    _ source: RawSpan, encoding: Encoding, count: Int
  ) throws(ParquetError) {
    switch encoding {
    case .plain: try append(source, count: count, to: &bytes)
    case .plainDictionary, .rleDictionary:
      guard let dictionary else { throw Self.missingDictionary() }
      var indices = try DictionaryIndices(
        source, count: count, dictionaryCount: dictionary.count / width)
      bytes.reserveCapacity(bytes.count + count * width)
      var part: [UInt32] = []
      while try indices.next(into: &part) {
        for index in part {
          let start = Int(index) * width
          bytes.append(contentsOf: dictionary[start..<start + width])
        }
      }
    case .byteStreamSplit:
      try check(source, count: count)
      for index in 0..<count {
        for stream in 0..<width {
          bytes.append(source.unsafeLoad(fromByteOffset: stream * count + index, as: UInt8.self))
        }
      }
    case .deltaByteArray:
      let width = width
      try DeltaByteArray.decode(source, count: count, budget: &budget, into: &bytes) {
        (length: Int) throws(ParquetError) in
        guard length == width else {
          throw ParquetError(
            .corrupt, "A value of \(length) bytes in a column of \(width) bytes a value.")
        }
      }
    default: throw Self.unsupported(encoding, physicalType)
    }
  }

  private func check(_ source: RawSpan, count: Int) throws(ParquetError) {
    guard count <= source.byteCount / width else {
      throw ParquetError(
        .corrupt,
        "A page states \(count) values of \(width) bytes, but holds \(source.byteCount) bytes.")
    }
  }

  private func append(
    _ source: RawSpan, count: Int, to target: inout [UInt8]
  ) throws(ParquetError) {
    try check(source, count: count)
    source.extracting(0..<count * width).withUnsafeBytes { target.append(contentsOf: $0) }
  }

  mutating func spread(present: Int, over validity: ArraySlice<Bool>) {
    var source = bytes.count - width
    bytes.append(contentsOf: repeatElement(0, count: (validity.count - present) * width))
    var target = bytes.count - width
    for isValid in validity.reversed() {
      for offset in 0..<width { bytes[target + offset] = isValid ? bytes[source + offset] : 0 }
      if isValid { source -= width }
      target -= width
    }
  }

  consuming func finish() -> ColumnValues {
    .fixedLengthByteArray(width: width, bytes: bytes)
  }
}
