/// A bound of a column's values, in the form in which the column is ordered (Parquet format,
/// `ColumnOrder`: TYPE_ORDER).
public enum BoundValue: Sendable, Hashable {
  /// BOOLEAN: false comes before true.
  case boolean(Bool)
  /// INT32 and INT64 that are signed, with whatever they mean: dates, timestamps, decimals.
  case signed(Int64)
  /// INT32 and INT64 that are annotated as unsigned.
  case unsigned(UInt64)
  /// FLOAT and DOUBLE; never NaN.
  case floatingPoint(Double)
  /// BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY, ordered by unsigned bytes.
  case bytes([UInt8])
  /// BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY that hold decimals: big-endian two's complement.
  case decimal([UInt8])

  /// A bound in PLAIN encoding, byte arrays without their length; nil when the column's values have
  /// no order, the size is wrong, or it is NaN.
  init?(plain bytes: [UInt8], of descriptor: ColumnDescriptor) {
    guard descriptor.hasValueOrder else { return nil }
    let isUnsigned =
      if case .integer(_, isSigned: false) = descriptor.logicalType { true } else { false }
    let isDecimal = if case .decimal = descriptor.logicalType { true } else { false }
    switch descriptor.physicalType {
    case .boolean:
      guard bytes.count == 1 else { return nil }
      self = .boolean(bytes[0] != 0)
    case .int32:
      guard let bits = UInt32(littleEndianBytes: bytes) else { return nil }
      self = isUnsigned ? .unsigned(UInt64(bits)) : .signed(Int64(Int32(bitPattern: bits)))
    case .int64:
      guard let bits = UInt64(littleEndianBytes: bytes) else { return nil }
      self = isUnsigned ? .unsigned(bits) : .signed(Int64(bitPattern: bits))
    case .float:
      guard let bits = UInt32(littleEndianBytes: bytes), !Float(bitPattern: bits).isNaN else {
        return nil
      }
      self = .floatingPoint(Double(Float(bitPattern: bits)))
    case .double:
      guard let bits = UInt64(littleEndianBytes: bytes), !Double(bitPattern: bits).isNaN else {
        return nil
      }
      self = .floatingPoint(Double(bitPattern: bits))
    case .byteArray: self = isDecimal ? .decimal(bytes) : .bytes(bytes)
    case .fixedLengthByteArray:
      let width = descriptor.typeLength ?? 0
      if isDecimal {
        guard bytes.count == width else { return nil }
        self = .decimal(bytes)
      } else {
        guard bytes.count <= width else { return nil }  // some writers shorten these bounds too
        self = .bytes(bytes)
      }
    case .int96: return nil
    }
  }

  /// Whether the value comes before the other in the column's order; false for values of different
  /// kinds, which no column has.
  public func precedes(_ other: BoundValue) -> Bool {
    switch (self, other) {
    case (.boolean(let left), .boolean(let right)): !left && right
    case (.signed(let left), .signed(let right)): left < right
    case (.unsigned(let left), .unsigned(let right)): left < right
    case (.floatingPoint(let left), .floatingPoint(let right)): left < right
    case (.bytes(let left), .bytes(let right)): left.lexicographicallyPrecedes(right)
    case (.decimal(let left), .decimal(let right)): signedBigEndianPrecedes(left[...], right[...])
    default: false
    }
  }
}

extension ColumnDescriptor {
  /// Whether the values have an order that all readers agree upon.
  var hasValueOrder: Bool {
    if physicalType == .int96 { return false }
    return switch logicalType {
    case .interval, .float16, .null, .other, .map, .list: false
    default: true
    }
  }

  /// Whether a FLOAT or DOUBLE in PLAIN encoding is NaN; false for other types and sizes.
  func isNaN(plain bytes: [UInt8]) -> Bool {
    switch physicalType {
    case .float: UInt32(littleEndianBytes: bytes).map { Float(bitPattern: $0).isNaN } ?? false
    case .double: UInt64(littleEndianBytes: bytes).map { Double(bitPattern: $0).isNaN } ?? false
    default: false
    }
  }
}

extension FixedWidthInteger {
  /// The number whose little-endian bytes these are; nil when there are more or fewer than it has.
  fileprivate init?(littleEndianBytes bytes: [UInt8]) {
    guard bytes.count == Self.bitWidth / 8 else { return nil }
    self = bytes.reversed().reduce(0) { $0 << 8 | Self($1) }
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
