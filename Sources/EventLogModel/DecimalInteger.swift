/// Exact reading of decimal numbers that have to be integers, without binary floating point.
enum DecimalInteger {
  /// What a number is.
  enum Reading: Equatable {
    case value(Int32)
    case notIntegral
    case outOfRange
  }

  /// Reads a number of JSON's grammar, such as `42`, `42.0`, `4.2e1` or `420e-1`.
  @inline(__always)
  static func read(_ number: RawSpan) -> Reading {
    if let value = readPlain(number) { return .value(value) }
    return readExactly(number)
  }

  /// The common case: an optional minus sign and 1 to 9 digits.
  @inline(__always)
  private static func readPlain(_ number: RawSpan) -> Int32? {
    let count = number.byteCount
    var offset = 0
    let isNegative = count > 0 && number.byte(at: 0) == UInt8(ascii: "-")
    if isNegative { offset = 1 }
    guard count > offset, count - offset <= 9 else { return nil }
    var value: Int32 = 0
    while offset < count {
      guard let digit = number.digit(at: offset) else { return nil }
      // Nine digits stay below 10^9.
      value = value &* 10 &+ Int32(truncatingIfNeeded: digit)
      offset += 1
    }
    return isNegative ? -value : value
  }

  /// Reads digits, point and exponent as a decimal number: `digits × 10^exponent`.
  @inline(never)
  private static func readExactly(_ number: RawSpan) -> Reading {
    let count = number.byteCount
    var offset = 0
    var isNegative = false
    if count > 0, number.byte(at: 0) == UInt8(ascii: "-") || number.byte(at: 0) == UInt8(ascii: "+")
    {
      isNegative = number.byte(at: 0) == UInt8(ascii: "-")
      offset = 1
    }

    // Leading zeros are dropped, and a run of zeros is held back until another digit follows it:
    // at the end it becomes part of the exponent.
    var significand: Int64 = 0
    var significantDigits = 0
    var heldZeros = 0
    var fractionDigits = 0
    var isFraction = false
    while offset < count {
      let byte = number.byte(at: offset)
      if byte == UInt8(ascii: ".") {
        isFraction = true
      } else if let digit = number.digit(at: offset) {
        if isFraction { fractionDigits += 1 }
        if digit == 0 {
          if significantDigits > 0 { heldZeros += 1 }
        } else {
          let newDigits = heldZeros + 1
          if significantDigits + newDigits <= 18 {
            for _ in 0..<newDigits { significand *= 10 }
            significand += Int64(digit)
          }
          significantDigits += newDigits
          heldZeros = 0
        }
      } else {
        break
      }
      offset += 1
    }
    if significantDigits == 0 { return .value(0) }

    let exponent = readExponent(number, from: offset) - fractionDigits + heldZeros
    if exponent < 0 { return .notIntegral }
    // More than ten digits are beyond 32 bits whatever they are.
    if significantDigits + exponent > 10 { return .outOfRange }
    for _ in 0..<exponent { significand *= 10 }
    guard let value = Int32(exactly: isNegative ? -significand : significand) else {
      return .outOfRange
    }
    return .value(value)
  }

  /// The exponent after the digits, 0 where there is none. Beyond ±10^12, more than any number of
  /// digits in memory can make up for, it is cut off.
  private static func readExponent(_ number: RawSpan, from start: Int) -> Int {
    let count = number.byteCount
    guard start < count else { return 0 }
    var offset = start + 1
    var isNegative = false
    if offset < count, number.digit(at: offset) == nil {
      isNegative = number.byte(at: offset) == UInt8(ascii: "-")
      offset += 1
    }
    var value = 0
    while offset < count, let digit = number.digit(at: offset) {
      if value < 100_000_000_000 { value = value * 10 + digit }
      offset += 1
    }
    return isNegative ? -value : value
  }

  /// Reads a string that holds an integer: an optional sign, digits, and perhaps a point and zeros.
  /// Nil where it holds something else.
  static func readString(_ text: RawSpan) -> Reading? {
    let count = text.byteCount
    var offset = 0
    if count > 0, text.byte(at: 0) == UInt8(ascii: "-") || text.byte(at: 0) == UInt8(ascii: "+") {
      offset = 1
    }
    let firstDigit = offset
    while offset < count, text.digit(at: offset) != nil { offset += 1 }
    guard offset > firstDigit else { return nil }
    if offset < count {
      guard text.byte(at: offset) == UInt8(ascii: "."), offset + 1 < count else { return nil }
      for index in offset + 1..<count where text.byte(at: index) != UInt8(ascii: "0") {
        return nil
      }
    }
    return read(text)
  }
}
