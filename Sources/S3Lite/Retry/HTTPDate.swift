/// The time stamps of HTTP's headers, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section
/// 5.6.7, IMF-fixdate; the two obsolete forms are not read, AWS does not send them).
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Microseconds since 1970-01-01T00:00:00Z, or nil where the text is not such a time.
  static func microseconds(parsing text: String) -> Int64? {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0].utf8.count == 4, parts[0].hasSuffix(","), parts[5] == "GMT",
      let day = number(parts[1], digits: 2),
      let month = months.firstIndex(where: { $0 == parts[2] }),
      let year = number(parts[3], digits: 4)
    else { return nil }
    let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false)
    guard clock.count == 3, let hour = number(clock[0], digits: 2),
      let minute = number(clock[1], digits: 2), let second = number(clock[2], digits: 2),
      // A leap second is taken for the second before it.
      let time = CivilTime(
        year: year, month: month + 1, day: day, hour: hour, minute: minute,
        second: second == 60 ? 59 : second)
    else { return nil }
    return time.secondsSinceEpoch * 1_000_000
  }

  private static func number(_ text: Substring, digits: Int) -> Int? {
    guard text.utf8.count == digits,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int(text)
  }
}
