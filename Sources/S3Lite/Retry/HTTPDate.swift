/// The time stamps of HTTP's headers, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section
/// 5.6.7, IMF-fixdate; the two obsolete forms are not read, AWS does not send them).
enum HTTPDate {
  private static let months: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Microseconds since 1970-01-01T00:00:00Z, or nil where the text is not such a time.
  static func microseconds(parsing text: String) -> Int64? {
    microseconds(parsing: text.utf8Span.span.bytes)
  }

  /// Microseconds since 1970-01-01T00:00:00Z, or nil where the bytes are not such a time.
  static func microseconds(parsing text: RawSpan) -> Int64? {
    var rest = TimeFields(text)
    // The day of the week follows from the date, and is not looked at.
    guard rest.skipWord(3), rest.skip(","), rest.skip(" "),
      let day = rest.number(2), rest.skip(" "),
      let month = rest.index(in: months), rest.skip(" "),
      let year = rest.number(4), rest.skip(" "),
      let hour = rest.number(2), rest.skip(":"),
      let minute = rest.number(2), rest.skip(":"),
      let second = rest.number(2), rest.skip(" "),
      rest.skip("G"), rest.skip("M"), rest.skip("T"), rest.isEmpty,
      // A leap second is taken for the second before it.
      let time = CivilTime(
        year: year, month: month + 1, day: day, hour: hour, minute: minute,
        second: second == 60 ? 59 : second)
    else { return nil }
    return time.secondsSinceEpoch * 1_000_000
  }
}
