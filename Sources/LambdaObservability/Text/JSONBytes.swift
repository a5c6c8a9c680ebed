/// JSON as it is written: bytes in one array, which a line is sent from as it is.
struct JSONBytes {
  /// What has been written.
  var bytes: [UInt8] = []

  init(capacity: Int = 1_024) {
    bytes.reserveCapacity(capacity)
  }

  /// Writes text that is JSON already.
  mutating func append(raw text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Writes a string with its quotes.
  ///
  /// - Parameter limit: How many bytes of its UTF-8 are written; it is cut between two characters'
  ///   code points.
  mutating func append(string: String, limit: Int = .max) {
    bytes.append(UInt8(ascii: "\""))
    append(escaped: string, limit: limit)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes what stands within the quotes of a string.
  mutating func append(escaped string: String, limit: Int = .max) {
    let utf8 = string.utf8Span.span
    var end = utf8.count
    if end > limit {
      end = max(0, limit)
      // Not within a code point: its later bytes are 10xxxxxx.
      while end > 0, utf8[end] & 0xC0 == 0x80 { end -= 1 }
    }
    var isPlain = end == utf8.count
    if isPlain {
      for index in utf8.indices where JSONBytes.needsEscape(utf8[index]) {
        isPlain = false
        break
      }
    }
    if isPlain {
      bytes.append(contentsOf: string.utf8)
    } else {
      for index in 0..<end { append(escaped: utf8[index]) }
    }
  }

  /// RFC 8259, section 7.
  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func append(escaped byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append(raw: "\\\"")
    case UInt8(ascii: "\\"): append(raw: "\\\\")
    case 0x0A: append(raw: "\\n")
    case 0x0D: append(raw: "\\r")
    case 0x09: append(raw: "\\t")
    case 0..<0x20:
      append(raw: "\\u00")
      append(hexadecimal: UInt64(byte), digits: 2)
    default: bytes.append(byte)
    }
  }

  /// Writes a member's name and its colon; the comma before it unless it is the first in its object.
  mutating func append(key: String) {
    if let last = bytes.last, last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
    append(string: key)
    bytes.append(UInt8(ascii: ":"))
  }

  /// Writes an integer.
  mutating func append(_ value: some FixedWidthInteger) {
    bytes.append(contentsOf: String(value).utf8)
  }

  /// Writes a number; null where it is none that JSON has.
  mutating func append(_ value: Double) {
    if let integer = Int64(exactly: value), abs(value) < 1e15 {
      append(integer)
    } else if value.isFinite {
      bytes.append(contentsOf: value.description.utf8)
    } else {
      append(raw: "null")
    }
  }

  /// Writes true or false.
  mutating func append(_ value: Bool) {
    append(raw: value ? "true" : "false")
  }

  /// Writes the last digits of a number, in lower case and without quotes.
  mutating func append(hexadecimal value: UInt64, digits: Int) {
    for digit in (0..<digits).reversed() {
      let nibble = UInt8(truncatingIfNeeded: value >> UInt64(4 * digit)) & 0xF
      bytes.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
    }
  }

  /// Writes the last digits of a number in decimal.
  mutating func append(decimal value: Int, digits: Int) {
    var divisor = 1
    for _ in 1..<max(1, digits) { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
    }
  }
}
