/// The values of a column's rows without the nulls, in the order of the rows.
struct PresentValues {
  /// A column as entries and, for each value, the entry's index.
  struct Dictionary {
    /// Each different value once, in the order of its first occurrence.
    var entries: PresentValues
    var indices: [UInt32]

    /// The values as dictionary-encoded byte arrays, whose bounds are found faster than those of the
    /// values one by one; nil for other types.
    var strings: ColumnValues? {
      guard case .byteArray(let strings) = entries.values else { return nil }
      return .dictionary(indices: indices, dictionary: strings)
    }
  }

  /// Never `.dictionary` of unused entries: those have been dropped.
  fileprivate let values: ColumnValues
  /// The number of values.
  let count: Int

  private init(_ values: ColumnValues) {
    self.values = values
    count = values.count
  }

  /// Takes the values of the valid rows among `rows`.
  ///
  /// - Throws: `invalidArgument` when they are not of the column's type, or an index of a dictionary
  ///   does not exist.
  init(
    _ values: ColumnValues, rows: Range<Int>, validity: ArraySlice<Bool>?,
    descriptor: ColumnDescriptor
  ) throws(ParquetError) {
    switch (values, descriptor.physicalType) {
    case (.boolean(let all), .boolean): self.init(.boolean(Self.present(all, rows, validity)))
    case (.int32(let all), .int32): self.init(.int32(Self.present(all, rows, validity)))
    case (.int64(let all), .int64): self.init(.int64(Self.present(all, rows, validity)))
    case (.float(let all), .float): self.init(.float(Self.present(all, rows, validity)))
    case (.double(let all), .double): self.init(.double(Self.present(all, rows, validity)))
    case (.byteArray(let all), .byteArray):
      if rows == 0..<all.count && validity == nil {
        self.init(.byteArray(all))
      } else {
        var present = ByteArrays()
        for row in rows where validity?[row] ?? true { try present.append(all[row]) }
        self.init(.byteArray(present))
      }
    case (.fixedLengthByteArray(let width, let all), .fixedLengthByteArray):
      guard width == descriptor.typeLength, all.count % width == 0 else {
        throw ParquetError(
          .invalidArgument,
          "The column has \(descriptor.typeLength ?? 0) bytes a value, not \(width).")
      }
      var present: [UInt8] = []
      for row in rows where validity?[row] ?? true {
        present.append(contentsOf: all[row * width..<(row + 1) * width])
      }
      self.init(.fixedLengthByteArray(width: width, bytes: present))
    case (.dictionary(let indices, let dictionary), .byteArray):
      self.init(try Self.compacted(Self.present(indices, rows, validity), dictionary))
    default:
      throw ParquetError(
        .invalidArgument,
        "The column is of type \(descriptor.physicalType.name), its values are of another.")
    }
  }

  private static func present<Value>(
    _ values: [Value], _ rows: Range<Int>, _ validity: ArraySlice<Bool>?
  ) -> [Value] {
    guard let validity else { return rows == values.indices ? values : Array(values[rows]) }
    var present: [Value] = []
    present.reserveCapacity(rows.count)
    for row in rows where validity[row] { present.append(values[row]) }
    return present
  }

  /// Drops entries that no value uses and puts the others in the order of their first occurrence,
  /// so that the same values give the same bytes whatever dictionary they come with.
  private static func compacted(
    _ indices: [UInt32], _ dictionary: ByteArrays
  ) throws(ParquetError) -> ColumnValues {
    let unseen = UInt32.max
    var renumbered = [UInt32](repeating: unseen, count: dictionary.count)
    var used = BytesInterner()
    var result: [UInt32] = []
    result.reserveCapacity(indices.count)
    for index in indices {
      guard Int(index) < renumbered.count else {
        throw ParquetError(
          .invalidArgument,
          "Index \(index) is not in the dictionary of \(dictionary.count) entries.")
      }
      var number = renumbered[Int(index)]
      if number == unseen {
        number = try used.intern(dictionary[Int(index)])
        renumbered[Int(index)] = number
      }
      result.append(number)
    }
    return .dictionary(indices: result, dictionary: used.strings)
  }

  // MARK: PLAIN

  /// The bytes that a value takes in PLAIN encoding, its length included.
  func plainSize(_ index: Int) -> Int {
    switch values {
    case .boolean: 1
    case .int32, .float: 4
    case .int64, .double: 8
    case .byteArray(let all): 4 + all.range(index).count
    case .fixedLengthByteArray(let width, _): width
    case .dictionary(let indices, let dictionary):
      4 + dictionary.range(Int(indices[index])).count
    }
  }

  /// The values in PLAIN encoding (Parquet format, "Encodings": PLAIN).
  func plain(_ range: Range<Int>? = nil) -> [UInt8] {
    let range = range ?? 0..<count
    switch values {
    case .boolean(let all):
      var bytes = [UInt8](repeating: 0, count: (range.count + 7) / 8)
      for (position, index) in range.enumerated() where all[index] {
        bytes[position >> 3] |= 1 << UInt8(position & 7)
      }
      return bytes
    case .int32(let all): return Self.raw(all[range])
    case .int64(let all): return Self.raw(all[range])
    case .float(let all): return Self.raw(all[range])
    case .double(let all): return Self.raw(all[range])
    case .byteArray(let all):
      var bytes: [UInt8] = []
      bytes.reserveCapacity(range.reduce(0) { $0 + plainSize($1) })
      for index in range { Self.append(all[index], to: &bytes) }
      return bytes
    case .fixedLengthByteArray(let width, let all):
      return Array(all[range.lowerBound * width..<range.upperBound * width])
    case .dictionary(let indices, let dictionary):
      var bytes: [UInt8] = []
      for index in range { Self.append(dictionary[Int(indices[index])], to: &bytes) }
      return bytes
    }
  }

  private static func append(_ string: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
    // A byte array lies within 4 GiB, so its length fits.
    withUnsafeBytes(of: UInt32(string.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: string)
  }

  /// Numbers as they lie in memory; every platform that Swift runs on is little-endian.
  private static func raw<Value: FixedWidthValue>(_ values: ArraySlice<Value>) -> [UInt8] {
    values.withUnsafeBytes { [UInt8]($0) }
  }

  // MARK: Dictionary

  /// The values as a dictionary, if its page is within `maximumSize` bytes and dictionary and
  /// indices together are smaller than the values in PLAIN encoding.
  func dictionary(maximumSize: Int) throws(ParquetError) -> Dictionary? {
    let candidate: Dictionary?
    switch values {
    case .boolean: return nil
    case .int32(let all): candidate = Self.interned(all)
    case .int64(let all): candidate = Self.interned(all)
    case .float(let all): candidate = Self.interned(all)
    case .double(let all): candidate = Self.interned(all)
    case .byteArray(let all):
      candidate = try Self.interned(count) {
        all[$0]
      } entries: {
        .byteArray($0)
      }
    case .fixedLengthByteArray(let width, let all):
      candidate = try Self.interned(count) {
        all[$0 * width..<($0 + 1) * width]
      } entries: {
        .fixedLengthByteArray(width: width, bytes: $0.bytes)
      }
    case .dictionary(let indices, let dictionary):
      candidate = Dictionary(entries: PresentValues(.byteArray(dictionary)), indices: indices)
    }
    guard let candidate else { return nil }
    let size = candidate.entries.totalPlainSize
    let bits = BitPacking.bitWidth(forMaximum: candidate.entries.count - 1)
    guard count > 0, size <= maximumSize, size + count * bits / 8 < totalPlainSize else {
      return nil
    }
    return candidate
  }

  private var totalPlainSize: Int {
    switch values {
    case .boolean, .int32, .float, .int64, .double, .fixedLengthByteArray:
      count > 0 ? count * plainSize(0) : 0
    case .byteArray(let all): 4 * count + all.bytes.count
    case .dictionary: (0..<count).reduce(0) { $0 + plainSize($1) }
    }
  }

  /// Once this many values have been seen, a column that is mostly different values is given up.
  private static let sampleSize = 2048

  private static func isWorthwhile(entries: Int, after values: Int) -> Bool {
    values % sampleSize != 0 || entries * 2 < values
  }

  private static func interned<Value: FixedWidthValue>(_ values: [Value]) -> Dictionary? {
    var interner = BitsInterner()
    var indices: [UInt32] = []
    indices.reserveCapacity(values.count)
    for value in values {
      indices.append(interner.intern(value.bits))
      if !isWorthwhile(entries: interner.values.count, after: indices.count) { return nil }
    }
    return Dictionary(
      entries: PresentValues(Value.columnValues(interner.values.map { Value(bits: $0) })),
      indices: indices)
  }

  private static func interned(
    _ count: Int, _ value: (Int) -> ArraySlice<UInt8>, entries: (ByteArrays) -> ColumnValues
  ) throws(ParquetError) -> Dictionary? {
    var interner = BytesInterner()
    var indices: [UInt32] = []
    indices.reserveCapacity(count)
    for index in 0..<count {
      indices.append(try interner.intern(value(index)))
      if !isWorthwhile(entries: interner.strings.count, after: indices.count) { return nil }
    }
    return Dictionary(entries: PresentValues(entries(interner.strings)), indices: indices)
  }

  // MARK: Bounds

  /// The values, for those who look for the least and the greatest.
  var columnValues: ColumnValues { values }
}
