/// An instant in UTC, as whole microseconds since 1970-01-01T00:00:00Z (proleptic Gregorian
/// calendar, no leap seconds).
///
/// Its text form is ISO 8601: `2024-01-02T03:04:05.123456Z`, without a fraction when the
/// microseconds are zero.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Microseconds since 1970-01-01T00:00:00Z; negative before it.
  public var microsecondsSinceEpoch: Int64

  /// An instant from its distance to 1970-01-01T00:00:00Z in microseconds.
  public init(microsecondsSinceEpoch: Int64) {
    self.microsecondsSinceEpoch = microsecondsSinceEpoch
  }

  /// The instant that an ISO 8601 date-time names, or nil where the text is not one.
  ///
  /// See ``parse(_:)`` for the accepted forms.
  public init?(parsing text: String) {
    var copy = text
    let parsed: Timestamp? = copy.withUTF8 { buffer in
      do throws(TimestampError) {
        return try Timestamp.parse(buffer.span.bytes)
      } catch {
        return nil
      }
    }
    guard let parsed else { return nil }
    self = parsed
  }

  /// Earlier instants are smaller.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
  }

  /// 0001-01-01T00:00:00Z, the first instant that a text can name.
  public static let earliest = Timestamp(microsecondsSinceEpoch: -62_135_596_800_000_000)

  /// 9999-12-31T23:59:59.999999Z, the last instant that a text can name.
  public static let latest = Timestamp(microsecondsSinceEpoch: 253_402_300_799_999_999)
}

/// Why a text is not a ``Timestamp``.
public enum TimestampError: Error, Sendable, Hashable {
  /// The text does not have the form of a date-time.
  case malformed
  /// The form is right, but the calendar has no such day, or the year is 0000.
  case noSuchDate
  /// The form is right, but the hour is not 00 to 23, or the minute or second not 00 to 59.
  case noSuchTime
  /// The offset from UTC is not within 23:59.
  case noSuchOffset
  /// The instant, after its offset from UTC is applied, lies outside the years 0001 to 9999.
  case outOfRange
}

extension Timestamp {
  /// Parses `YYYY-MM-DD`, `T` or a space, `HH:MM:SS`, optionally `.` and 1 to 9 digits (kept to
  /// microseconds, the rest cut off), then `Z`, `±hh:mm`, `±hhmm`, `±hh` or nothing (then UTC).
  ///
  /// - Parameter text: ASCII bytes without surrounding white space.
  public static func parse(_ text: RawSpan) throws(TimestampError) -> Timestamp {
    let count = text.byteCount
    guard count >= 19 else { throw .malformed }
    let date = CivilDate.scan(text)
    let hour = text.twoDigits(at: 11)
    let minute = text.twoDigits(at: 14)
    let second = text.twoDigits(at: 17)
    let separator = text.byte(at: 10)
    guard let date, separator == UInt8(ascii: "T") || separator == UInt8(ascii: " "),
      hour >= 0, minute >= 0, second >= 0,
      text.byte(at: 13) == UInt8(ascii: ":"), text.byte(at: 16) == UInt8(ascii: ":")
    else { throw .malformed }

    var position = 19
    var microseconds = 0
    if position < count, text.byte(at: position) == UInt8(ascii: ".") {
      position += 1
      var digits = 0
      while position < count, let digit = text.digit(at: position) {
        if digits < 6 { microseconds = microseconds * 10 + digit }
        digits += 1
        position += 1
      }
      guard (1...9).contains(digits) else { throw .malformed }
      while digits < 6 {
        microseconds *= 10
        digits += 1
      }
    }
    let offset = try offsetMinutes(text, from: position)

    guard date.isReal else { throw .noSuchDate }
    guard hour <= 23, minute <= 59, second <= 59 else { throw .noSuchTime }
    // At most 3,652,059 days: far from overflow in microseconds.
    let seconds = date.daysSinceEpoch * 86_400 + hour * 3_600 + (minute - offset) * 60 + second
    let instant = Timestamp(
      microsecondsSinceEpoch: Int64(seconds) * 1_000_000 + Int64(microseconds))
    guard instant >= .earliest, instant <= .latest else { throw .outOfRange }
    return instant
  }

  /// The offset from UTC, in minutes, that the rest of the text states.
  private static func offsetMinutes(
    _ text: RawSpan, from position: Int
  ) throws(TimestampError) -> Int {
    let rest = text.byteCount - position
    if rest == 0 { return 0 }
    let sign = text.byte(at: position)
    if sign == UInt8(ascii: "Z") {
      guard rest == 1 else { throw .malformed }
      return 0
    }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), rest >= 3 else {
      throw .malformed
    }
    let hours = text.twoDigits(at: position + 1)
    let minutes: Int
    switch rest {
    case 3: minutes = 0
    case 5: minutes = text.twoDigits(at: position + 3)
    case 6 where text.byte(at: position + 3) == UInt8(ascii: ":"):
      minutes = text.twoDigits(at: position + 4)
    default: throw .malformed
    }
    guard hours >= 0, minutes >= 0 else { throw .malformed }
    guard hours <= 23, minutes <= 59 else { throw .noSuchOffset }
    let offset = hours * 60 + minutes
    return sign == UInt8(ascii: "-") ? -offset : offset
  }
}

extension Timestamp: CustomStringConvertible {
  /// ISO 8601 in UTC, e.g. `2024-01-02T03:04:05.123456Z`; no fraction when it is zero. Years
  /// outside 0000 to 9999 carry a sign (ISO 8601, expanded representation).
  public var description: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(27)
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the ISO 8601 form of ``description`` as ASCII bytes.
  public func write(into bytes: inout [UInt8]) {
    let (wholeSeconds, microseconds) = microsecondsSinceEpoch.flooredDivision(by: 1_000_000)
    let (days, secondOfDay) = wholeSeconds.flooredDivision(by: 86_400)
    CivilDate(daysSinceEpoch: Int(days)).write(into: &bytes)
    bytes.append(UInt8(ascii: "T"))
    bytes.appendDecimal(Int(secondOfDay / 3_600), digits: 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.appendDecimal(Int(secondOfDay / 60 % 60), digits: 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.appendDecimal(Int(secondOfDay % 60), digits: 2)
    if microseconds != 0 {
      bytes.append(UInt8(ascii: "."))
      bytes.appendDecimal(Int(microseconds), digits: 6)
    }
    bytes.append(UInt8(ascii: "Z"))
  }

  /// The calendar day in UTC that this instant falls on.
  public var date: CivilDate {
    CivilDate(
      daysSinceEpoch: Int(microsecondsSinceEpoch.flooredDivision(by: 86_400_000_000).quotient))
  }
}

extension Timestamp: Codable {
  /// Decodes an ISO 8601 string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let parsed = Timestamp(parsing: text.strippingWhiteSpace()) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is not an ISO 8601 date-time.")
    }
    self = parsed
  }

  /// Encodes as an ISO 8601 string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Int64 {
  /// Quotient rounded down and a remainder that is never negative.
  func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
