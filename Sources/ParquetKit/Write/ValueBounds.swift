/// The least and the greatest of some values of a column, in PLAIN encoding and not shortened.
struct ValueBounds {
  var least: [UInt8]
  var greatest: [UInt8]
  /// Whether `least` is one of the values.
  var isLeastExact = true
  /// Whether `greatest` is one of the values.
  var isGreatestExact = true

  /// Widens the bounds so that they enclose those of other values of the same column too.
  mutating func formUnion(_ other: ValueBounds, of descriptor: ColumnDescriptor) {
    func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
      guard let left = BoundValue(plain: left, of: descriptor),
        let right = BoundValue(plain: right, of: descriptor)
      else { return false }
      return left.precedes(right)
    }
    if precedes(other.least, least) {
      least = other.least
      isLeastExact = other.isLeastExact
    }
    if precedes(greatest, other.greatest) {
      greatest = other.greatest
      isGreatestExact = other.isGreatestExact
    }
  }

  /// Bounds as they are written: byte arrays of at most `maximumSize` bytes, the upper bound
  /// lengthened at its last byte or character that can grow, or nil where none can.
  func shortened(
    to maximumSize: Int, of descriptor: ColumnDescriptor
  ) -> (minimum: [UInt8], isMinimumExact: Bool, maximum: [UInt8]?, isMaximumExact: Bool) {
    let isDecimal = if case .decimal = descriptor.logicalType { true } else { false }
    guard descriptor.physicalType == .byteArray, !isDecimal else {
      return (least, isLeastExact, greatest, isGreatestExact)
    }
    let isText = descriptor.holdsText
    let minimum = Array(least.prefix(StatisticsBound.prefix(of: least[...], maximumSize, isText)))
    let isShort = greatest.count <= maximumSize
    let maximum = isShort ? greatest : StatisticsBound.above(greatest[...], maximumSize, isText)
    return (minimum, isLeastExact && minimum.count == least.count, maximum, isShort)
  }
}

/// Finds the bounds of one run of values after the other, in the order of the column's type (Parquet
/// format, `ColumnOrder`: TYPE_ORDER).
struct BoundsScanner {
  private let values: ColumnValues
  private let descriptor: ColumnDescriptor
  /// For each entry of a dictionary the run in which it was last seen.
  private var lastRun: [UInt32] = []
  private var run: UInt32 = 0

  /// - Parameter values: without nulls.
  init(_ values: ColumnValues, descriptor: ColumnDescriptor) {
    self.values = values
    self.descriptor = descriptor
    if case .dictionary(_, let dictionary) = values {
      lastRun = Array(repeating: 0, count: dictionary.count)
    }
  }

  /// The bounds of the values of `range`; nil when there are none, all are NaN, or the type has no
  /// order.
  mutating func bounds(of range: Range<Int>) -> ValueBounds? {
    guard descriptor.hasValueOrder else { return nil }
    let isUnsigned =
      if case .integer(_, isSigned: false) = descriptor.logicalType { true } else { false }
    switch values {
    case .boolean(let all):
      if range.isEmpty { return nil }
      return ValueBounds(
        least: [all[range].contains(false) ? 0 : 1], greatest: [all[range].contains(true) ? 1 : 0])
    case .int32(let all):
      return isUnsigned
        ? Self.bounds(all.span.extracting(range)) { UInt32(bitPattern: $0) }
        : Self.bounds(all.span.extracting(range)) { $0 }
    case .int64(let all):
      return isUnsigned
        ? Self.bounds(all.span.extracting(range)) { UInt64(bitPattern: $0) }
        : Self.bounds(all.span.extracting(range)) { $0 }
    case .float(let all): return Self.bounds(ofFloats: all.span.extracting(range))
    case .double(let all): return Self.bounds(ofFloats: all.span.extracting(range))
    case .byteArray(let all): return bounds(ofBytes: range.lazy.map { all[$0] })
    case .fixedLengthByteArray(let width, let all):
      return bounds(ofBytes: range.lazy.map { all[$0 * width..<($0 + 1) * width] })
    case .dictionary(let indices, let dictionary):
      // Each entry is looked at once a run, however often it occurs.
      run += 1  // a chunk has fewer than 2^31 runs
      var entries: [Int] = []
      for index in indices[range] where lastRun[Int(index)] != run {
        lastRun[Int(index)] = run
        entries.append(Int(index))
      }
      return bounds(ofBytes: entries.lazy.map { dictionary[$0] })
    }
  }

  private static func bounds<Stored: FixedWidthInteger, Ordered: FixedWidthInteger>(
    _ values: Span<Stored>, as ordered: (Stored) -> Ordered
  ) -> ValueBounds? {
    if values.isEmpty { return nil }
    var least = ordered(values[0])
    var greatest = least
    for index in values.indices {
      let value = ordered(values[index])
      if value < least { least = value }
      if value > greatest { greatest = value }
    }
    return ValueBounds(
      least: withUnsafeBytes(of: least.littleEndian) { [UInt8]($0) },
      greatest: withUnsafeBytes(of: greatest.littleEndian) { [UInt8]($0) })
  }

  /// NaN has no place in the order and is left out; a zero bound covers both signs of zero.
  private static func bounds<Number: BinaryFloatingPoint & BitwiseCopyable>(
    ofFloats values: Span<Number>
  ) -> ValueBounds? {
    var least: Number?
    var greatest: Number?
    for index in values.indices {
      let value = values[index]
      if value.isNaN { continue }
      if least.map({ value < $0 }) ?? true { least = value }
      if greatest.map({ value > $0 }) ?? true { greatest = value }
    }
    guard let least, let greatest else { return nil }
    return ValueBounds(
      least: withUnsafeBytes(of: least.isZero ? -Number.zero : least) { [UInt8]($0) },
      greatest: withUnsafeBytes(of: greatest.isZero ? Number.zero : greatest) { [UInt8]($0) },
      isLeastExact: !least.isZero, isGreatestExact: !greatest.isZero)
  }

  private func bounds(ofBytes values: some Sequence<ArraySlice<UInt8>>) -> ValueBounds? {
    let isLess: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Bool =
      if case .decimal = descriptor.logicalType {
        signedBigEndianPrecedes
      } else {
        { $0.lexicographicallyPrecedes($1) }
      }
    var least: ArraySlice<UInt8>?
    var greatest: ArraySlice<UInt8>?
    for value in values {
      if least.map({ isLess(value, $0) }) ?? true { least = value }
      if greatest.map({ isLess($0, value) }) ?? true { greatest = value }
    }
    guard let least, let greatest else { return nil }
    return ValueBounds(least: Array(least), greatest: Array(greatest))
  }
}

extension ColumnDescriptor {
  /// Whether the bytes are UTF-8, so that a shortened bound must be so too.
  fileprivate var holdsText: Bool {
    switch logicalType {
    case .string, .enumeration, .json: true
    default: false
    }
  }
}
