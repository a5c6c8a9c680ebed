/// The time stamps in S3's XML answers: `2009-10-12T17:50:30.000Z` (XML Schema, `dateTime`).
enum ISO8601Time {
  /// Microseconds since 1970-01-01T00:00:00Z, or nil where the text is not such a time.
  ///
  /// A fraction of any length is kept to microseconds (the rest is cut off). The zone is `Z`, `+hh:mm`
  /// or left out, as in some of S3's documented answers; then it is UTC.
  static func microseconds(parsing text: String) -> Int64? {
    var rest = Array(text.utf8)[...]
    guard let year = number(4, from: &rest), literal("-", from: &rest),
      let month = number(2, from: &rest), literal("-", from: &rest),
      let day = number(2, from: &rest), literal("T", from: &rest),
      let hour = number(2, from: &rest), literal(":", from: &rest),
      let minute = number(2, from: &rest), literal(":", from: &rest),
      let second = number(2, from: &rest),
      let time = CivilTime(
        year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    else { return nil }

    var fraction = 0
    if literal(".", from: &rest) {
      var digits = 0
      while let digit = number(1, from: &rest) {
        if digits < 6 { fraction = fraction * 10 + digit }
        digits += 1
      }
      guard digits > 0 else { return nil }
      while digits < 6 {
        fraction *= 10
        digits += 1
      }
    }

    var offset = 0
    if !rest.isEmpty, !literal("Z", from: &rest) {
      let isEast = literal("+", from: &rest)
      guard isEast || literal("-", from: &rest),
        let hours = number(2, from: &rest), hours < 24, literal(":", from: &rest),
        let minutes = number(2, from: &rest), minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (isEast ? 60 : -60)
    }
    guard rest.isEmpty else { return nil }
    // Within years of four digits, microseconds are far from the ends of 64 bits.
    return (time.secondsSinceEpoch - Int64(offset)) * 1_000_000 + Int64(fraction)
  }

  private static func number(_ digits: Int, from rest: inout ArraySlice<UInt8>) -> Int? {
    guard rest.count >= digits else { return nil }
    var value = 0
    for byte in rest.prefix(digits) {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    rest = rest.dropFirst(digits)
    return value
  }

  private static func literal(_ character: Unicode.Scalar, from rest: inout ArraySlice<UInt8>)
    -> Bool
  {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest = rest.dropFirst()
    return true
  }
}
