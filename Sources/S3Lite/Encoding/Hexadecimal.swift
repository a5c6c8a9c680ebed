/// Hexadecimal digits.
enum Hexadecimal {
  /// The digit of a number below 16: `0`-`9`, `A`-`F`.
  @inline(__always)
  static func upperCaseDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") - 10 + value
  }

  /// The digit of a number below 16: `0`-`9`, `a`-`f`.
  @inline(__always)
  static func lowerCaseDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }

  /// The number that a digit of either case stands for.
  @inline(__always)
  static func value(ofDigit digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// Appends two lower-case digits for each byte.
  static func append(_ source: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: source.count * 2))
    bytes.withUnsafeMutableBufferPointer { bytes in
      var position = start
      for byte in source {
        bytes[position] = lowerCaseDigit(byte >> 4)
        bytes[position + 1] = lowerCaseDigit(byte & 15)
        position += 2
      }
    }
  }

  /// Two lower-case digits for each byte.
  static func string(_ source: UnsafeRawBufferPointer) -> String {
    String(unsafeUninitializedCapacity: source.count * 2) { digits in
      var position = 0
      for byte in source {
        digits[position] = lowerCaseDigit(byte >> 4)
        digits[position + 1] = lowerCaseDigit(byte & 15)
        position += 2
      }
      return position
    }
  }
}
