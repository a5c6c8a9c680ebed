import Foundation
import TestSupport
import Testing

@testable import S3Lite

@Suite("The dates of HTTP's headers")
struct HTTPDateTests {
  static let calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? calendar.timeZone
    return calendar
  }()

  @Test("are read as Foundation writes them")
  func agreement() {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    let seed: UInt64 = 9_110
    var random = SplitMix64(seed: seed)
    // From 1600, since Foundation's calendar is the Julian one before 1582, to 9999.
    for _ in 0..<2_000 {
      let seconds = Int64(random.below(265_000_000_000)) - 11_676_096_000
      let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(HTTPDate.microseconds(parsing: text) == seconds * 1_000_000, "seed \(seed): \(text)")
    }
  }

  /// What Foundation makes of a text: a regular expression for its form, a calendar for its date.
  static func expected(_ text: String) throws -> Int64? {
    let form =
      #/[^ ]{3}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT/#
      .asciiOnlyDigits().matchingSemantics(.unicodeScalar)
    guard let match = try form.wholeMatch(in: text) else { return nil }
    let names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(separator: " ")
    guard let month = names.firstIndex(of: match.2) else { return nil }
    let fields = [match.1, match.3, match.4, match.5, match.6].compactMap { Int($0) }
    let components = DateComponents(
      calendar: calendar, year: fields[1], month: month + 1, day: fields[0], hour: fields[2],
      minute: fields[3], second: fields[4] == 60 ? 59 : fields[4])
    guard components.isValidDate, let date = components.date else { return nil }
    return Int64(date.timeIntervalSince1970) * 1_000_000
  }

  @Test("are refused where they are damaged, and only then")
  func damaged() throws {
    let seed: UInt64 = 5_322
    var random = SplitMix64(seed: seed)
    let months = ["Jan", "Feb", "Apr", "Jun", "Sep", "Dec", "Foo"]
    var good = 0
    for _ in 0..<4_000 {
      func digits(_ count: Int, below bound: Int) -> String {
        let text = String(random.below(bound))
        return String(repeating: "0", count: count - text.count) + text
      }
      var text = "Sun, \(digits(2, below: 35)) \(random.pick(months)) 2\(digits(3, below: 1_000)) "
      text += "\(digits(2, below: 26)):\(digits(2, below: 62)):\(digits(2, below: 63)) GMT"
      if random.one(in: 2) {
        var bytes = Array(text.utf8)
        let index = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[index] = UInt8(0x20 + random.below(0x5F))
        case 1: bytes.remove(at: index)
        default: bytes.insert(random.pick(Array(" 0:,GéA".utf8.prefix(6))), at: index)
        }
        text = String(decoding: bytes, as: UTF8.self)
      }
      let expected = try Self.expected(text)
      if expected != nil { good += 1 }
      #expect(HTTPDate.microseconds(parsing: text) == expected, "seed \(seed): \(text)")
    }
    #expect((500...3_500).contains(good))
  }

  @Test(
    "are IMF-fixdate and nothing else",
    arguments: [
      "", " ", "Sun", "Sun,", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 ",
      "Sun, 06 Nov 1994 08:49:37 GM", "Sun, 06 Nov 1994 08:49:37 GMT ",
      " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
      "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Su, 06 Nov 1994 08:49:37 GMT",
      "Sun 06 Nov 1994 08:49:37 GMT", "Sun,  06 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 29 Feb 1900 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
      "Sun, \u{661}\u{662} Nov 1994 08:49:37 GMT",
      // The two obsolete forms of RFC 9110, section 5.6.7.
      "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
  func refused(_ text: String) {
    #expect(HTTPDate.microseconds(parsing: text) == nil)
  }

  @Test("may name a leap second, the one before which it is taken for")
  func leapSecond() {
    // 1 January 1999, by `date -u +%s`.
    let midnight: Int64 = 915_148_800
    #expect(
      HTTPDate.microseconds(parsing: "Thu, 31 Dec 1998 23:59:60 GMT")
        == (midnight - 1) * 1_000_000)
  }
}
