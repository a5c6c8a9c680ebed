/// Shows the rows of flat columns to people and to other programs.
///
/// A value's form follows from its type: integers and finite floating-point numbers as numbers; NaN
/// and infinities as text; UTF-8 strings as they are, other binary as base64; DECIMAL with all its
/// digits; DATE `YYYY-MM-DD`; TIME `HH:MM:SS`, with a fraction of 6 digits (9 for nanoseconds)
/// unless it is zero; TIMESTAMP as ISO 8601 with the digits of its unit and `Z` when it is adjusted
/// to UTC; UUID in its usual form.
public struct RowFormatter: Sendable {
  /// The columns, in the order in which they are shown.
  public let descriptors: [ColumnDescriptor]
  private let quotedNames: [[UInt8]]

  /// A formatter for rows of these columns.
  public init(_ descriptors: [ColumnDescriptor]) {
    self.descriptors = descriptors
    quotedNames = descriptors.map { descriptor in
      var name: [UInt8] = []
      name.appendQuoted(Array(descriptor.name.utf8)[...])
      return name
    }
  }

  /// Appends one JSON object (RFC 8259) with the columns' names as keys, in their order.
  ///
  /// - Precondition: `columns` are those of the formatter, and each has the row.
  public func appendJSON(row: Int, of columns: [Column], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    for index in descriptors.indices {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: quotedNames[index])
      bytes.append(UInt8(ascii: ":"))
      var value: [UInt8] = []
      switch Self.append(row, of: columns[index], descriptors[index], to: &value) {
      case .null: bytes.append(contentsOf: "null".utf8)
      case .bare: bytes.append(contentsOf: value)
      case .text: bytes.appendQuoted(value[...])
      }
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// One value as text without quotes; nil when it is null.
  ///
  /// - Precondition: the column has the row.
  public static func text(
    row: Int, of column: Column, _ descriptor: ColumnDescriptor
  ) -> String? {
    var value: [UInt8] = []
    switch append(row, of: column, descriptor, to: &value) {
    case .null: return nil
    case .bare, .text: return String(decoding: value, as: UTF8.self)
    }
  }

  /// A bound of `Statistics` as text; nil when its size does not fit the type.
  public static func text(bound: [UInt8], _ descriptor: ColumnDescriptor) -> String? {
    func number<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
      guard bound.count == MemoryLayout<Value>.size else { return nil }
      return bound.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(as: Value.self)) }
    }
    let values: ColumnValues?
    switch descriptor.physicalType {
    case .boolean: values = bound.count == 1 ? .boolean([bound[0] != 0]) : nil
    case .int32: values = number(Int32.self).map { .int32([$0]) }
    case .int64: values = number(Int64.self).map { .int64([$0]) }
    case .float: values = number(UInt32.self).map { .float([Float(bitPattern: $0)]) }
    case .double: values = number(UInt64.self).map { .double([Double(bitPattern: $0)]) }
    case .byteArray:
      var strings = ByteArrays()
      values = (try? strings.append(bound)) == nil ? nil : .byteArray(strings)
    case .int96, .fixedLengthByteArray:
      values =
        bound.isEmpty || bound.count != descriptor.typeLength
        ? nil : .fixedLengthByteArray(width: bound.count, bytes: bound)
    }
    guard let values else { return nil }
    return text(row: 0, of: Column(values), descriptor)
  }

  // MARK: One value

  /// How a value stands in JSON.
  private enum Form {
    case null
    /// A number or a boolean.
    case bare
    /// To be put into quotes.
    case text
  }

  private static func append(
    _ row: Int, of column: Column, _ descriptor: ColumnDescriptor, to bytes: inout [UInt8]
  ) -> Form {
    if column.isNull(row) { return .null }
    switch column.values {
    case .boolean(let values): return bare(values[row] ? "true" : "false", &bytes)
    case .int32(let values): return append(Int64(values[row]), 32, descriptor, to: &bytes)
    case .int64(let values): return append(values[row], 64, descriptor, to: &bytes)
    case .float(let values): return append(values[row], to: &bytes)
    case .double(let values): return append(values[row], to: &bytes)
    case .byteArray(let values): return append(values[row], descriptor, to: &bytes)
    case .dictionary(let indices, let dictionary):
      return append(dictionary[Int(indices[row])], descriptor, to: &bytes)
    case .fixedLengthByteArray(let width, let values):
      return append(values[row * width..<(row + 1) * width], descriptor, to: &bytes)
    }
  }

  private static func bare(_ text: String, _ bytes: inout [UInt8]) -> Form {
    bytes.append(contentsOf: text.utf8)
    return .bare
  }

  private static func append<Number: BinaryFloatingPoint & CustomStringConvertible>(
    _ value: Number, to bytes: inout [UInt8]
  ) -> Form {
    if value.isFinite { return bare(value.description, &bytes) }
    let text = value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    bytes.append(contentsOf: text.utf8)
    return .text
  }

  private static func append(
    _ value: Int64, _ bitWidth: Int, _ descriptor: ColumnDescriptor, to bytes: inout [UInt8]
  ) -> Form {
    switch descriptor.logicalType {
    case .date: bytes.appendDate(daysSinceEpoch: value)
    case .decimal(_, let scale) where (0...1024).contains(scale):
      bytes.append(contentsOf: DecimalText.text(value, scale: Int(scale)).utf8)
    case .time(let unit, _) where (0..<86_400 * unit.perSecond).contains(value):
      bytes.appendTimeOfDay(second: value / unit.perSecond)
      let fraction = value % unit.perSecond
      if fraction != 0 {
        // Milliseconds are shown as microseconds, as most programs write a time of day.
        let scale: Int64 = unit == .milliseconds ? 1000 : 1
        bytes.append(UInt8(ascii: "."))
        bytes.appendPadded(
          UInt64(fraction * scale), width: unit == .nanoseconds ? 9 : 6)
      }
    case .timestamp(let unit, let isAdjustedToUTC):
      appendTimestamp(value, unit, isAdjustedToUTC, to: &bytes)
    case .integer(_, isSigned: false):
      return bare(
        bitWidth == 32
          ? String(UInt32(truncatingIfNeeded: value)) : String(UInt64(bitPattern: value)), &bytes)
    default: return bare(String(value), &bytes)
    }
    return .text
  }

  private static func appendTimestamp(
    _ value: Int64, _ unit: LogicalType.TimeUnit, _ isAdjustedToUTC: Bool, to bytes: inout [UInt8]
  ) {
    let perDay = 86_400 * unit.perSecond
    // Rounded down, also before 1970.
    let days = value >= 0 ? value / perDay : (value + 1) / perDay - 1
    let rest = value &- days &* perDay  // exact: between 0 and a day
    bytes.appendDate(daysSinceEpoch: days)
    bytes.append(UInt8(ascii: "T"))
    bytes.appendTimeOfDay(second: rest / unit.perSecond)
    bytes.append(UInt8(ascii: "."))
    let digits =
      switch unit {
      case .milliseconds: 3
      case .microseconds: 6
      case .nanoseconds: 9
      }
    bytes.appendPadded(UInt64(rest % unit.perSecond), width: digits)
    if isAdjustedToUTC { bytes.append(UInt8(ascii: "Z")) }
  }

  private static func append(
    _ value: ArraySlice<UInt8>, _ descriptor: ColumnDescriptor, to bytes: inout [UInt8]
  ) -> Form {
    switch descriptor.logicalType {
    case .string, .enumeration, .json: bytes.append(contentsOf: value)
    case .decimal(_, let scale)
    where (0...1024).contains(scale) && value.count <= DecimalText.maximumBytes:
      bytes.append(contentsOf: DecimalText.text(bigEndian: value, scale: Int(scale)).utf8)
    case .uuid where value.count == 16: appendUUID(value, to: &bytes)
    case .float16 where value.count == 2:
      let bits = UInt16(value[value.startIndex]) | UInt16(value[value.startIndex + 1]) << 8
      return append(halfPrecision(bits), to: &bytes)
    default:
      if descriptor.physicalType == .int96 {
        appendInt96(value, to: &bytes)
      } else {
        bytes.appendBase64(value)
      }
    }
    return .text
  }

  private static func appendUUID(_ value: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    for (index, byte) in value.enumerated() {
      if index == 4 || index == 6 || index == 8 || index == 10 { bytes.append(UInt8(ascii: "-")) }
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }

  /// Nanoseconds of the day and the Julian day, as Impala and old Spark write timestamps.
  private static func appendInt96(_ value: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
    let number = value.reversed().map(UInt64.init)
    let day = Int64(number.prefix(4).reduce(0) { $0 << 8 | $1 })
    let nanoseconds = Int64(bitPattern: number.suffix(8).reduce(0) { $0 << 8 | $1 })
    guard (0..<86_400_000_000_000).contains(nanoseconds) else {
      bytes.appendBase64(value)
      return
    }
    bytes.appendDate(daysSinceEpoch: day - 2_440_588)  // the Julian day of 1970-01-01
    bytes.append(UInt8(ascii: "T"))
    bytes.appendTimeOfDay(second: nanoseconds / 1_000_000_000)
    bytes.append(UInt8(ascii: "."))
    bytes.appendPadded(UInt64(nanoseconds % 1_000_000_000), width: 9)
  }

  /// IEEE 754 half precision; Swift's `Float16` does not exist on every platform.
  static func halfPrecision(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Float(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
    }
  }
}

extension [UInt8] {
  /// Appends text as a JSON string; bytes that are not UTF-8 become U+FFFD.
  fileprivate mutating func appendQuoted(_ text: ArraySlice<UInt8>) {
    append(UInt8(ascii: "\""))
    if text.allSatisfy({ $0 < 0x80 }) {
      for byte in text { appendEscaped(byte) }
    } else {
      for byte in String(decoding: text, as: UTF8.self).utf8 { appendEscaped(byte) }
    }
    append(UInt8(ascii: "\""))
  }

  private mutating func appendEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      append(UInt8(ascii: "\\"))
      append(byte)
    case 0x0A: append(contentsOf: "\\n".utf8)
    case 0x0D: append(contentsOf: "\\r".utf8)
    case 0x09: append(contentsOf: "\\t".utf8)
    case 0..<0x20:
      append(contentsOf: "\\u00".utf8)
      let digits = Array<UInt8>("0123456789abcdef".utf8)
      append(digits[Int(byte >> 4)])
      append(digits[Int(byte & 15)])
    default: append(byte)
    }
  }
}
