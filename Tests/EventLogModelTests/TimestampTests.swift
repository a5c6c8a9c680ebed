import EventLogModel
import Foundation
import Testing

@Suite("A timestamp")
struct TimestampTests {
  @Test(
    "is read from every accepted form",
    arguments: [
      ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
      ("2024-01-02 03:04:05Z", "2024-01-02T03:04:05Z"),
      ("2024-01-02T03:04:05", "2024-01-02T03:04:05Z"),
      ("2024-01-02T03:04:05.1Z", "2024-01-02T03:04:05.100000Z"),
      ("2024-01-02T03:04:05.000001Z", "2024-01-02T03:04:05.000001Z"),
      ("2024-01-02T03:04:05.123456789Z", "2024-01-02T03:04:05.123456Z"),
      ("2024-01-02T03:04:05.0000009Z", "2024-01-02T03:04:05Z"),
      ("2024-01-02T03:04:05.000000000", "2024-01-02T03:04:05Z"),
      ("2024-01-02T03:04:05+02:00", "2024-01-02T01:04:05Z"),
      ("2024-01-02T03:04:05-0230", "2024-01-02T05:34:05Z"),
      ("2024-01-02T03:04:05+05", "2024-01-01T22:04:05Z"),
      ("2024-01-02T03:04:05.5-00:00", "2024-01-02T03:04:05.500000Z"),
      ("2024-02-28T23:59:59-00:01", "2024-02-29T00:00:59Z"),
      ("2024-12-31T23:59:59-23:59", "2025-01-01T23:58:59Z"),
      ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
      ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
      ("0001-01-01T01:00:00+01:00", "0001-01-01T00:00:00Z"),
      ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999Z"),
      ("2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"),
    ])
  func reads(text: String, expected: String) {
    #expect(Timestamp(parsing: text)?.description == expected)
  }

  @Test(
    "is refused with its reason",
    arguments: [
      ("", TimestampError.malformed), ("2024-01-02", .malformed), ("2024-01-02T", .malformed),
      ("2024-01-02T03:04Z", .malformed), ("2024-1-02T03:04:05Z", .malformed),
      ("2024-01-02t03:04:05Z", .malformed), ("2024-01-02T03:04:05z", .malformed),
      ("2024-01-02  03:04:05Z", .malformed), ("2024/01/02T03:04:05Z", .malformed),
      ("2024-01-02T03.04.05Z", .malformed), ("2024-01-02T03:04:05.Z", .malformed),
      ("2024-01-02T03:04:05.", .malformed), ("2024-01-02T03:04:05,5Z", .malformed),
      ("2024-01-02T03:04:05.0123456789Z", .malformed), ("2024-01-02T03:04:05ZZ", .malformed),
      ("2024-01-02T03:04:05+", .malformed), ("2024-01-02T03:04:05+1", .malformed),
      ("2024-01-02T03:04:05+1:00", .malformed), ("2024-01-02T03:04:05+01:0", .malformed),
      ("2024-01-02T03:04:05+01:000", .malformed), ("2024-01-02T03:04:05+01-00", .malformed),
      ("2024-01-02T03:04:05 +01:00", .malformed), ("+024-01-02T03:04:05Z", .malformed),
      ("2024-01-02T03:04:05+aa", .malformed), ("2024-01-02T03:04:0xZ", .malformed),
      ("٢٠٢٤-01-02T03:04:05Z", .malformed), ("20240102T030405Z", .malformed),
      ("0000-01-01T00:00:00Z", .noSuchDate), ("2023-02-29T00:00:00Z", .noSuchDate),
      ("1900-02-29T00:00:00Z", .noSuchDate), ("2024-00-01T00:00:00Z", .noSuchDate),
      ("2024-13-01T00:00:00Z", .noSuchDate), ("2024-04-31T00:00:00Z", .noSuchDate),
      ("2024-01-00T00:00:00Z", .noSuchDate), ("2024-01-32T00:00:00Z", .noSuchDate),
      ("2024-01-02T24:00:00Z", .noSuchTime), ("2024-01-02T23:60:00Z", .noSuchTime),
      ("2024-01-02T23:59:60Z", .noSuchTime), ("2024-01-02T03:04:05+24:00", .noSuchOffset),
      ("2024-01-02T03:04:05-2360", .noSuchOffset), ("2024-01-02T03:04:05+99", .noSuchOffset),
      ("0001-01-01T00:59:59+01:00", .outOfRange), ("9999-12-31T23:00:00-01:00", .outOfRange),
      ("9999-12-31T23:59:59.5-00:01", .outOfRange),
    ])
  func refuses(text: String, expected: TimestampError) {
    let bytes = Array(text.utf8)
    #expect(throws: expected) { try Timestamp.parse(bytes.span.bytes) }
  }

  @Test("agrees with Foundation over random instants and offsets", arguments: [UInt64(1), 2, 3])
  func agreesWithFoundation(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var calendar = Calendar(identifier: .iso8601)
    // Foundation knows no time zones beyond 18 hours, so the offset is added to the instant.
    calendar.timeZone = .gmt
    for _ in 0..<700 {
      // From 1589 on: before 1582 Foundation may follow the Julian calendar.
      let seconds = Int64.random(in: -12_000_000_000...253_402_200_000, using: &random)
      let microseconds = Int64(random.below(1_000_000))
      let offset = random.below(2 * 1_439 + 1) - 1_439
      let parts = calendar.dateComponents(
        [.year, .month, .day, .hour, .minute, .second],
        from: Date(timeIntervalSince1970: Double(seconds + Int64(offset) * 60)))
      func digits(_ value: Int?, _ count: Int) -> String {
        let text = "\(abs(value ?? 0))"
        return String(repeating: "0", count: max(0, count - text.count)) + text
      }
      let separator = random.chance(percent: 50) ? "T" : " "
      let sign = offset < 0 ? "-" : "+"
      let colon = random.chance(percent: 50) ? ":" : ""
      let text =
        "\(digits(parts.year, 4))-\(digits(parts.month, 2))-\(digits(parts.day, 2))\(separator)"
        + "\(digits(parts.hour, 2)):\(digits(parts.minute, 2)):\(digits(parts.second, 2))"
        + ".\(digits(Int(microseconds), 6))\(sign)\(digits(offset / 60, 2))\(colon)"
        + digits(offset % 60, 2)
      let parsed = Timestamp(parsing: text)
      #expect(
        parsed?.microsecondsSinceEpoch == seconds * 1_000_000 + microseconds,
        "seed \(seed): \(text)")
    }
  }

  @Test("writes what Foundation's formatter writes", arguments: [UInt64(4)])
  func writesLikeFoundation(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let formatter = ISO8601DateFormatter()
    for _ in 0..<1_000 {
      let seconds = Int64.random(in: -12_000_000_000...253_402_200_000, using: &random)
      let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
      let written = Timestamp(microsecondsSinceEpoch: seconds * 1_000_000).description
      #expect(written == expected, "seed \(seed)")
    }
  }

  @Test("comes back from its own text", arguments: [UInt64(5)])
  func roundTrip(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let range =
      Timestamp.earliest.microsecondsSinceEpoch...Timestamp.latest.microsecondsSinceEpoch
    for _ in 0..<3_000 {
      let instant = Timestamp(
        microsecondsSinceEpoch: Int64.random(in: range, using: &random))
      #expect(Timestamp(parsing: instant.description) == instant, "seed \(seed)")
    }
  }

  @Test("beyond the years of a text is written with a sign, and does not trap")
  func extremes() {
    let last = Timestamp(microsecondsSinceEpoch: .max).description
    #expect(last == "+294247-01-10T04:00:54.775807Z")
    let first = Timestamp(microsecondsSinceEpoch: .min).description
    #expect(first == "-290308-12-21T19:59:05.224192Z")
  }

  @Test("is coded as an ISO 8601 string")
  func codable() throws {
    let instants = try JSONDecoder().decode(
      [Timestamp].self, from: Data(#"["2024-01-02T03:04:05+01:00", " 1970-01-01 00:00:00 "]"#.utf8))
    #expect(instants.map(\.description) == ["2024-01-02T02:04:05Z", "1970-01-01T00:00:00Z"])
    let text = String(decoding: try JSONEncoder().encode(instants), as: UTF8.self)
    #expect(text == #"["2024-01-02T02:04:05Z","1970-01-01T00:00:00Z"]"#)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Timestamp].self, from: Data(#"["today"]"#.utf8))
    }
  }
}

@Suite("A date")
struct CivilDateTests {
  @Test("counts the days of every year from 0001 to 9999 like a calendar that adds them up")
  func countsDays() {
    // 0001-01-01 is day 1 of the proleptic Gregorian calendar (Rata Die), 1970-01-01 day 719,163.
    var day = 1 - 719_163
    for year in 1...9999 {
      let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
      var lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      if isLeap { lengths[1] = 29 }
      for (month, length) in zip(1..., lengths) {
        let first = CivilDate(year: year, month: month, day: 1)
        let last = CivilDate(year: year, month: month, day: length)
        let beyond = CivilDate(year: year, month: month, day: length + 1)
        if first.daysSinceEpoch != day || last.daysSinceEpoch != day + length - 1
          || CivilDate(daysSinceEpoch: day) != first
          || CivilDate(daysSinceEpoch: day + length - 1) != last
          || !first.isReal || !last.isReal || beyond.isReal
        {
          Issue.record("\(year)-\(month) is wrong")
        }
        day += length
      }
    }
    // 9999-12-31 is day 3,652,059.
    #expect(day == 3_652_059 + 1 - 719_163)
  }

  @Test(
    "is read from YYYY-MM-DD only",
    arguments: [
      "2024-02-30", "2024-2-01", "24-02-01", "2024-02-01 ", "", "2024-02-01T", "abcd-ef-gh",
    ]
  )
  func refuses(text: String) {
    #expect(CivilDate(parsing: text) == nil)
  }
}
