/// What a service asks its clients to wait for.
enum RetryAfter {
  /// The wait that an answer's headers ask for: `x-amz-retry-after` in milliseconds, or `Retry-After`
  /// in seconds or as a date (RFC 9110, section 10.2.3).
  ///
  /// - Parameters:
  ///   - header: Gives the value of a header, by its name in lower case.
  ///   - now: The service's time, in microseconds since 1970-01-01T00:00:00Z.
  /// - Returns: Nil where none is asked for, or it cannot be understood.
  static func delay(now: Int64, header: (String) -> String?) -> Duration? {
    if let text = header("x-amz-retry-after"), let number = count(text) {
      return .milliseconds(number)
    }
    guard let text = header("retry-after") else { return nil }
    if let number = count(text) { return .seconds(number) }
    guard let date = HTTPDate.microseconds(parsing: text) else { return nil }
    let (wait, isOverflowing) = date.subtractingReportingOverflow(now)
    return isOverflowing ? nil : .microseconds(max(0, wait))
  }

  /// A number of up to nine digits: more than that is years.
  private static func count(_ text: String) -> Int64? {
    guard (1...9).contains(text.utf8.count),
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int64(text)
  }
}
