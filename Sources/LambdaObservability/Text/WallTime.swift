#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// An instant of the wall clock, in UTC.
public struct WallTime: Sendable, Hashable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public var microseconds: Int64

  /// An instant.
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// The system's time.
  public static func now() -> WallTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  /// Milliseconds since 1970-01-01T00:00:00Z.
  var milliseconds: Int64 { (microseconds - WallTime.remainder(microseconds, 1_000)) / 1_000 }

  private static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
    let remainder = value % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }

  /// The forms of a time in a log line.
  enum Form {
    /// `2021-05-03 10:20:19,650+0000`, as Powertools writes it by default.
    case powertools
    /// `2021-05-03T10:20:19.650Z` (RFC 3339).
    case rfc3339
  }

  /// Writes the time, without quotes, to the millisecond.
  func write(as form: Form, to json: inout JSONBytes) {
    let milliseconds = WallTime.remainder(microseconds, 1_000_000) / 1_000
    let seconds = (microseconds - WallTime.remainder(microseconds, 1_000_000)) / 1_000_000
    let secondOfDay = Int(WallTime.remainder(seconds, 86_400))
    let (year, month, day) = WallTime.civilDate(day: (seconds - Int64(secondOfDay)) / 86_400)
    json.append(decimal: year, digits: 4)
    json.append(raw: "-")
    json.append(decimal: month, digits: 2)
    json.append(raw: "-")
    json.append(decimal: day, digits: 2)
    json.append(raw: form == .rfc3339 ? "T" : " ")
    json.append(decimal: secondOfDay / 3_600, digits: 2)
    json.append(raw: ":")
    json.append(decimal: secondOfDay / 60 % 60, digits: 2)
    json.append(raw: ":")
    json.append(decimal: secondOfDay % 60, digits: 2)
    json.append(raw: form == .rfc3339 ? "." : ",")
    json.append(decimal: Int(milliseconds), digits: 3)
    json.append(raw: form == .rfc3339 ? "Z" : "+0000")
  }

  /// The date of a day counted from 1970-01-01 in the proleptic Gregorian calendar: years are
  /// counted from 1 March, so that the leap day is a year's last, in cycles of 400 years.
  private static func civilDate(day: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let dayOfCycle = remainder(shifted, 146_097)
    let cycle = (shifted - dayOfCycle) / 146_097
    let yearOfCycle =
      (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
    return (Int(year), Int(month), Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
  }
}
