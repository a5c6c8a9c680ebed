import Foundation

/// Times in the forms of HTTP, XML and signatures, by the C library.
enum TimeText {
  /// Seconds since 1970.
  static func now() -> Int64 { Int64(time(nil)) }

  /// `Fri, 24 May 2013 00:00:00 GMT`
  static func http(_ seconds: Int64) -> String { text(seconds, "%a, %d %b %Y %H:%M:%S GMT") }

  /// `2013-05-24T00:00:00.000Z`
  static func xml(_ seconds: Int64) -> String { text(seconds, "%Y-%m-%dT%H:%M:%S.000Z") }

  private static func text(_ seconds: Int64, _ format: String) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let length = strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Seconds since 1970 of `20130524T000000Z`, or nil where it is not in that form.
  static func seconds(ofSignature text: String) -> Int64? {
    var parts = tm()
    let digits = Array(text.utf8)
    guard digits.count == 16, digits[8] == UInt8(ascii: "T"), digits[15] == UInt8(ascii: "Z"),
      let year = Int32(text.prefix(4)), let month = Int32(text.dropFirst(4).prefix(2)),
      let day = Int32(text.dropFirst(6).prefix(2)), let hour = Int32(text.dropFirst(9).prefix(2)),
      let minute = Int32(text.dropFirst(11).prefix(2)),
      let second = Int32(text.dropFirst(13).prefix(2))
    else { return nil }
    parts.tm_year = year - 1_900
    parts.tm_mon = month - 1
    parts.tm_mday = day
    parts.tm_hour = hour
    parts.tm_min = minute
    parts.tm_sec = second
    return Int64(timegm(&parts))
  }
}
