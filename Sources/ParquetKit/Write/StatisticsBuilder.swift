extension Statistics {
  /// Null count and bounds of a chunk's values in the order of the column's type (Parquet format,
  /// `ColumnOrder`: TYPE_ORDER). Types without an order get no bounds.
  ///
  /// - Parameters:
  ///   - values: every different value at least once.
  ///   - maximumSize: longer byte arrays are shortened, the upper bound upwards.
  static func of(
    _ values: PresentValues, nullCount: Int, descriptor: ColumnDescriptor, maximumSize: Int
  ) -> Statistics {
    var statistics = Statistics(nullCount: Int64(nullCount))
    let isUnsigned =
      if case .integer(_, isSigned: false) = descriptor.logicalType { true } else { false }
    switch values.columnValues {
    case .boolean(let all):
      statistics.setBounds(all.contains(false) ? 0 : 1, all.contains(true) ? 1 : 0, all.isEmpty)
    case .int32(let all):
      if isUnsigned {
        statistics.setBounds(all.lazy.map { UInt32(bitPattern: $0) })
      } else {
        statistics.setBounds(all)
      }
    case .int64(let all):
      if isUnsigned {
        statistics.setBounds(all.lazy.map { UInt64(bitPattern: $0) })
      } else {
        statistics.setBounds(all)
      }
    case .float(let all): statistics.setFloatBounds(all)
    case .double(let all): statistics.setFloatBounds(all)
    case .byteArray(let all):
      statistics.setByteBounds(
        (0..<all.count).lazy.map { all[$0] }, descriptor, maximumSize: maximumSize)
    case .fixedLengthByteArray(let width, let all):
      statistics.setByteBounds(
        (0..<values.count).lazy.map { all[$0 * width..<($0 + 1) * width] }, descriptor,
        maximumSize: Int.max)
    case .dictionary(_, let dictionary):
      statistics.setByteBounds(
        (0..<dictionary.count).lazy.map { dictionary[$0] }, descriptor, maximumSize: maximumSize)
    }
    return statistics
  }

  private mutating func setBounds(_ least: UInt8, _ greatest: UInt8, _ isEmpty: Bool) {
    if isEmpty { return }
    minimum = [least]
    maximum = [greatest]
    isMinimumExact = true
    isMaximumExact = true
  }

  private mutating func setBounds<Number: FixedWidthInteger>(_ values: some Sequence<Number>) {
    var iterator = values.makeIterator()
    guard let first = iterator.next() else { return }
    var least = first
    var greatest = first
    while let value = iterator.next() {
      if value < least { least = value }
      if value > greatest { greatest = value }
    }
    minimum = withUnsafeBytes(of: least.littleEndian) { [UInt8]($0) }
    maximum = withUnsafeBytes(of: greatest.littleEndian) { [UInt8]($0) }
    isMinimumExact = true
    isMaximumExact = true
  }

  /// NaN has no place in the order and is left out; a zero bound covers both signs of zero.
  private mutating func setFloatBounds<Number: BinaryFloatingPoint>(_ values: [Number]) {
    var least: Number?
    var greatest: Number?
    for value in values where !value.isNaN {
      if least.map({ value < $0 }) ?? true { least = value }
      if greatest.map({ value > $0 }) ?? true { greatest = value }
    }
    guard let least, let greatest else { return }
    minimum = withUnsafeBytes(of: least.isZero ? -Number.zero : least) { [UInt8]($0) }
    maximum = withUnsafeBytes(of: greatest.isZero ? Number.zero : greatest) { [UInt8]($0) }
    isMinimumExact = !least.isZero
    isMaximumExact = !greatest.isZero
  }

  private mutating func setByteBounds(
    _ values: some Sequence<ArraySlice<UInt8>>, _ descriptor: ColumnDescriptor, maximumSize: Int
  ) {
    let isLess: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Bool
    var isDecimal = false
    switch descriptor.logicalType {
    case .interval, .float16, .null, .other: return  // no order that all readers agree upon
    case .decimal:
      isDecimal = true
      isLess = signedBigEndianPrecedes
    default: isLess = { $0.lexicographicallyPrecedes($1) }
    }
    var least: ArraySlice<UInt8>?
    var greatest: ArraySlice<UInt8>?
    for value in values {
      if least.map({ isLess(value, $0) }) ?? true { least = value }
      if greatest.map({ isLess($0, value) }) ?? true { greatest = value }
    }
    guard let least, let greatest else { return }
    if isDecimal || (least.count <= maximumSize && greatest.count <= maximumSize) {
      minimum = Array(least)
      maximum = Array(greatest)
      isMinimumExact = true
      isMaximumExact = true
      return
    }
    let isText = descriptor.holdsText
    minimum = Array(least.prefix(StatisticsBound.prefix(of: least, maximumSize, isText)))
    isMinimumExact = least.count <= maximumSize
    if greatest.count <= maximumSize {
      maximum = Array(greatest)
      isMaximumExact = true
    } else if let bound = StatisticsBound.above(greatest, maximumSize, isText) {
      maximum = bound
      isMaximumExact = false
    }
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

/// Shortened bounds of long byte arrays.
enum StatisticsBound {
  /// The bytes of `value` to keep: at most `size`, and for text none of a character cut in half.
  static func prefix(of value: ArraySlice<UInt8>, _ size: Int, _ isText: Bool) -> Int {
    guard value.count > size else { return value.count }
    var end = size
    if isText {
      // A continuation byte at the cut means that the character before it is incomplete.
      while end > 0 && value[value.startIndex + end] & 0xC0 == 0x80 { end -= 1 }
    }
    return end
  }

  /// A byte array of at most `size` bytes that is greater than everything that begins like
  /// `value`; nil when there is none.
  static func above(_ value: ArraySlice<UInt8>, _ size: Int, _ isText: Bool) -> [UInt8]? {
    var bytes = Array(value.prefix(prefix(of: value, size, isText)))
    if !isText {
      while let last = bytes.popLast() {
        if last < 0xFF {
          bytes.append(last + 1)
          return bytes
        }
      }
      return nil
    }
    // Text stays text: the last character that has a successor of the same length gets it.
    var scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    while let last = scalars.popLast() {
      let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
      if let successor = Unicode.Scalar(next), UTF8.width(successor) == UTF8.width(last) {
        scalars.append(successor)
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return Array(text.utf8)
      }
    }
    return nil
  }
}

/// Whether `left` is less than `right` as big-endian two's complement numbers of any length.
func signedBigEndianPrecedes(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
  let leftFill: UInt8 = (left.first ?? 0) & 0x80 == 0 ? 0 : 0xFF
  let rightFill: UInt8 = (right.first ?? 0) & 0x80 == 0 ? 0 : 0xFF
  if leftFill != rightFill { return leftFill == 0xFF }
  let width = max(left.count, right.count)
  for index in 0..<width {
    let leftOffset = index - (width - left.count)
    let rightOffset = index - (width - right.count)
    let leftByte = leftOffset < 0 ? leftFill : left[left.startIndex + leftOffset]
    let rightByte = rightOffset < 0 ? rightFill : right[right.startIndex + rightOffset]
    if leftByte != rightByte { return leftByte < rightByte }
  }
  return false
}
