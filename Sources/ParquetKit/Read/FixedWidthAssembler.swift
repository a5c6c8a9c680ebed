/// A number of 4 or 8 bytes, stored little-endian.
protocol FixedWidthValue: BitwiseCopyable, Sendable {
  /// The physical type that stores it.
  static var physicalType: PhysicalType { get }
  /// The value of an empty slot.
  static var zero: Self { get }
  /// The bit pattern, zero-extended.
  var bits: UInt64 { get }
  /// The value whose bit pattern `bits` is, cut to the type's width.
  init(bits: UInt64)
  /// How a column of such values is named.
  static func columnValues(_ values: [Self]) -> ColumnValues
}

extension Int32: FixedWidthValue {
  static var physicalType: PhysicalType { .int32 }
  var bits: UInt64 { UInt64(UInt32(bitPattern: self)) }
  init(bits: UInt64) { self = Int32(truncatingIfNeeded: bits) }
  static func columnValues(_ values: [Int32]) -> ColumnValues { .int32(values) }
}

extension Int64: FixedWidthValue {
  static var physicalType: PhysicalType { .int64 }
  var bits: UInt64 { UInt64(bitPattern: self) }
  init(bits: UInt64) { self = Int64(bitPattern: bits) }
  static func columnValues(_ values: [Int64]) -> ColumnValues { .int64(values) }
}

extension Float: FixedWidthValue {
  static var physicalType: PhysicalType { .float }
  var bits: UInt64 { UInt64(bitPattern) }
  init(bits: UInt64) { self = Float(bitPattern: UInt32(truncatingIfNeeded: bits)) }
  static func columnValues(_ values: [Float]) -> ColumnValues { .float(values) }
}

extension Double: FixedWidthValue {
  static var physicalType: PhysicalType { .double }
  var bits: UInt64 { bitPattern }
  init(bits: UInt64) { self = Double(bitPattern: bits) }
  static func columnValues(_ values: [Double]) -> ColumnValues { .double(values) }
}

/// Assembles INT32, INT64, FLOAT and DOUBLE.
struct FixedWidthAssembler<Value: FixedWidthValue>: ValueAssembler {
  var budget: ExpansionBudget
  private var values: [Value] = []
  private var dictionary: [Value]?

  init(capacity: Int, budget: ExpansionBudget) {
    self.budget = budget
    values.reserveCapacity(capacity)
  }

  mutating func setDictionary(_ bytes: RawSpan, count: Int) throws(ParquetError) {
    var entries: [Value] = []
    try Self.appendPlain(bytes, count: count, to: &entries)
    dictionary = entries
  }

  mutating func append(
    _ bytes: RawSpan, encoding: Encoding, count: Int
  ) throws(ParquetError) {
    switch encoding {
    case .plain: try Self.appendPlain(bytes, count: count, to: &values)
    case .plainDictionary, .rleDictionary:
      guard let dictionary else { throw Self.missingDictionary() }
      try values.append(addingCapacity: count) {
        (output: inout OutputSpan<Value>) throws(ParquetError) in
        var indices = try DictionaryIndices(bytes, count: count, dictionaryCount: dictionary.count)
        var part: [UInt32] = []
        while try indices.next(into: &part) { Self.gather(dictionary, at: part, into: &output) }
      }
    case .byteStreamSplit: try appendByteStreamSplit(bytes, count: count)
    case .deltaBinaryPacked where Value.physicalType == .int32 || Value.physicalType == .int64:
      try DeltaBinaryPacked.decode(bytes, count: count, into: &values)
    default: throw Self.unsupported(encoding, Value.physicalType)
    }
  }

  /// Appends the entries at `indices`, which have been checked.
  private static func gather(
    _ entries: [Value], at indices: [UInt32], into output: inout OutputSpan<Value>
  ) {
    let entries = entries.span
    let indices = indices.span
    for position in indices.indices { output.append(entries[Int(indices[position])]) }
  }

  private static func appendPlain(
    _ bytes: RawSpan, count: Int, to values: inout [Value]
  ) throws(ParquetError) {
    let size = try checkedSize(bytes, count: count)
    values.append(addingCapacity: count) { output in
      bytes.withUnsafeBytes { source in
        output.withUnsafeMutableBufferPointer { buffer, initialized in
          guard let target = buffer.baseAddress, let origin = source.baseAddress else { return }
          UnsafeMutableRawPointer(target + initialized)
            .copyMemory(from: origin, byteCount: size)
          initialized += count
        }
      }
    }
  }

  /// Byte `k` of every value stands in stream `k` (Parquet format, "Encodings": BYTE_STREAM_SPLIT).
  private mutating func appendByteStreamSplit(
    _ bytes: RawSpan, count: Int
  ) throws(ParquetError) {
    _ = try Self.checkedSize(bytes, count: count)
    values.append(addingCapacity: count) { output in
      for index in 0..<count {
        var bits: UInt64 = 0
        for stream in 0..<MemoryLayout<Value>.size {
          let byte = bytes.unsafeLoad(fromByteOffset: stream * count + index, as: UInt8.self)
          bits |= UInt64(byte) << UInt64(stream * 8)
        }
        output.append(Value(bits: bits))
      }
    }
  }

  /// The bytes of `count` values, which must be there.
  private static func checkedSize(_ bytes: RawSpan, count: Int) throws(ParquetError) -> Int {
    let width = MemoryLayout<Value>.size
    guard count <= bytes.byteCount / width else {
      throw ParquetError(
        .corrupt,
        "A page states \(count) values of \(width) bytes, but holds \(bytes.byteCount) bytes.")
    }
    return count * width
  }

  mutating func spread(present: Int, over validity: ArraySlice<Bool>) {
    values.spread(present: present, over: validity, empty: .zero)
  }

  consuming func finish() -> ColumnValues {
    Value.columnValues(values)
  }
}
