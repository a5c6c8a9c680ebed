/// Decimal digits of big-endian two's complement numbers of any length.
enum DecimalText {
  /// Longer numbers have more digits than anybody reads, and converting them takes quadratic time.
  static let maximumBytes = 1024

  /// The number divided by 10 to the power of `scale`, with `scale` digits behind the point.
  ///
  /// - Precondition: `bytes` has at most `maximumBytes` bytes; `scale` is at least 0.
  static func text(bigEndian bytes: some Sequence<UInt8>, scale: Int) -> String {
    var magnitude = Array(bytes)
    let isNegative = (magnitude.first ?? 0) & 0x80 != 0
    if isNegative {
      var carry = true
      for index in magnitude.indices.reversed() {
        magnitude[index] = ~magnitude[index]
        if carry {
          let (sum, overflow) = magnitude[index].addingReportingOverflow(1)
          magnitude[index] = sum
          carry = overflow
        }
      }
    }
    return placePoint(digits(magnitude), scale: scale, isNegative: isNegative)
  }

  /// The number divided by 10 to the power of `scale`.
  static func text(_ value: Int64, scale: Int) -> String {
    placePoint(String(value.magnitude), scale: scale, isNegative: value < 0)
  }

  private static func digits(_ bigEndian: [UInt8]) -> String {
    var rest = bigEndian.drop { $0 == 0 }
    var groups: [UInt64] = []
    while !rest.isEmpty {
      var remainder: UInt64 = 0
      for index in rest.indices {
        let value = remainder << 8 | UInt64(rest[index])
        // The remainder is less than 10^9, so the quotient fits into a byte.
        rest[index] = UInt8(truncatingIfNeeded: value / 1_000_000_000)
        remainder = value % 1_000_000_000
      }
      groups.append(remainder)
      rest = rest.drop { $0 == 0 }
    }
    guard let first = groups.popLast() else { return "0" }
    return groups.reversed().reduce(String(first)) { text, group in
      let digits = String(group)
      return text + String(repeating: "0", count: 9 - digits.utf8.count) + digits
    }
  }

  private static func placePoint(_ digits: String, scale: Int, isNegative: Bool) -> String {
    let sign = isNegative ? "-" : ""
    if scale == 0 { return sign + digits }
    let missing = max(0, scale + 1 - digits.utf8.count)
    let padded = String(repeating: "0", count: missing) + digits
    return "\(sign)\(padded.dropLast(scale)).\(padded.suffix(scale))"
  }
}
