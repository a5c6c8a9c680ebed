/// A day of the proleptic Gregorian calendar.
struct CivilDate {
  let year: Int64
  let month: Int
  let day: Int

  /// The day that lies `days` after 1970-01-01.
  ///
  /// Years are counted from March, so that the leap day is the last of its year, in cycles of 400
  /// years or 146,097 days.
  init(daysSinceEpoch days: Int64) {
    // From 0000-03-01; Int64 days of an Int64 timestamp are far from the limits.
    let shifted = days + 719_468
    let cycle = shifted >= 0 ? shifted / 146_097 : (shifted - 146_096) / 146_097
    let dayOfCycle = shifted - cycle * 146_097
    let yearOfCycle =
      (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
    year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
  }
}

extension [UInt8] {
  /// Appends `YYYY-MM-DD`; years outside 0 to 9999 get a sign, as ISO 8601's expanded form has it.
  mutating func appendDate(daysSinceEpoch days: Int64) {
    let date = CivilDate(daysSinceEpoch: days)
    if date.year < 0 {
      append(UInt8(ascii: "-"))
    } else if date.year > 9999 {
      append(UInt8(ascii: "+"))
    }
    appendPadded(date.year.magnitude, width: 4)
    append(UInt8(ascii: "-"))
    appendPadded(UInt64(date.month), width: 2)
    append(UInt8(ascii: "-"))
    appendPadded(UInt64(date.day), width: 2)
  }

  /// Appends `HH:MM:SS` for a second of the day.
  mutating func appendTimeOfDay(second: Int64) {
    appendPadded(UInt64(second / 3600), width: 2)
    append(UInt8(ascii: ":"))
    appendPadded(UInt64(second / 60 % 60), width: 2)
    append(UInt8(ascii: ":"))
    appendPadded(UInt64(second % 60), width: 2)
  }

  /// Appends a number with leading zeros up to `width` digits.
  mutating func appendPadded(_ value: UInt64, width: Int) {
    let digits = String(value)
    append(
      contentsOf: repeatElement(UInt8(ascii: "0"), count: Swift.max(0, width - digits.utf8.count)))
    append(contentsOf: digits.utf8)
  }
}
