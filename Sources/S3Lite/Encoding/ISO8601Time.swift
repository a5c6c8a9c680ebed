/// The time stamps in S3's XML answers: `2009-10-12T17:50:30.000Z` (XML Schema, `dateTime`).
enum ISO8601Time {
  /// Microseconds since 1970-01-01T00:00:00Z, or nil where the text is not such a time.
  ///
  /// A fraction of any length is kept to microseconds (the rest is cut off). The zone is `Z`, `+hh:mm`
  /// or left out, as in some of S3's documented answers; then it is UTC.
  static func microseconds(parsing text: String) -> Int64? {
    microseconds(parsing: text.utf8Span.span.bytes)
  }

  /// Microseconds since 1970-01-01T00:00:00Z, or nil where the bytes are not such a time.
  static func microseconds(parsing text: RawSpan) -> Int64? {
    var rest = TimeFields(text)
    guard let year = rest.number(4), rest.skip("-"),
      let month = rest.number(2), rest.skip("-"),
      let day = rest.number(2), rest.skip("T"),
      let hour = rest.number(2), rest.skip(":"),
      let minute = rest.number(2), rest.skip(":"),
      let second = rest.number(2),
      let time = CivilTime(
        year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    else { return nil }

    var fraction = 0
    if rest.skip(".") {
      var digits = 0
      while let digit = rest.number(1) {
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
    if !rest.isEmpty, !rest.skip("Z") {
      let isEast = rest.skip("+")
      guard isEast || rest.skip("-"),
        let hours = rest.number(2), hours < 24, rest.skip(":"),
        let minutes = rest.number(2), minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (isEast ? 60 : -60)
    }
    guard rest.isEmpty else { return nil }
    // Within years of four digits, microseconds are far from the ends of 64 bits.
    return (time.secondsSinceEpoch - Int64(offset)) * 1_000_000 + Int64(fraction)
  }
}
