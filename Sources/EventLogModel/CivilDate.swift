/// A day of the proleptic Gregorian calendar.
public struct CivilDate: Sendable, Hashable {
  /// The year, 1 for the year 0001.
  public let year: Int
  /// The month, 1 to 12 on a real date.
  public let month: Int
  /// The day of the month, from 1.
  public let day: Int

  /// A date from its parts, which need not name a real day: see ``isReal``.
  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Whether the calendar has this day, within the years 0001 to 9999.
  public var isReal: Bool {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return false }
    return day <= CivilDate.days(inMonth: month, of: year)
  }

  /// Whether February has 29 days in this year.
  static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  // The year is taken to begin in March, so that the leap day is its last day and the lengths of
  // the months before it follow one linear formula; 400 years always have 146,097 days.

  /// Days since 1970-01-01 of a real date.
  public var daysSinceEpoch: Int {
    let marchYear = month <= 2 ? year - 1 : year
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let marchMonth = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The date that lies a number of days after 1970-01-01 (within half a million years of it).
  public init(daysSinceEpoch: Int) {
    let shifted = daysSinceEpoch + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    self.init(
      year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
      month: month,
      day: dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }

  /// The date that a text begins with when it begins with `YYYY-MM-DD`; the day need not be real.
  static func scan(_ text: RawSpan) -> CivilDate? {
    guard text.byteCount >= 10 else { return nil }
    let century = text.twoDigits(at: 0)
    let yearOfCentury = text.twoDigits(at: 2)
    let month = text.twoDigits(at: 5)
    let day = text.twoDigits(at: 8)
    guard century >= 0, yearOfCentury >= 0, month >= 0, day >= 0,
      text.byte(at: 4) == UInt8(ascii: "-"), text.byte(at: 7) == UInt8(ascii: "-")
    else { return nil }
    return CivilDate(year: century * 100 + yearOfCentury, month: month, day: day)
  }

  /// Appends `YYYY-MM-DD`; years outside 0000 to 9999 carry a sign.
  func write(into bytes: inout [UInt8]) {
    if year < 0 {
      bytes.append(UInt8(ascii: "-"))
    } else if year > 9999 {
      bytes.append(UInt8(ascii: "+"))
    }
    bytes.appendDecimal(abs(year), digits: 4)
    bytes.append(UInt8(ascii: "-"))
    bytes.appendDecimal(month, digits: 2)
    bytes.append(UInt8(ascii: "-"))
    bytes.appendDecimal(day, digits: 2)
  }
}

extension CivilDate: CustomStringConvertible {
  /// `YYYY-MM-DD`.
  public var description: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension CivilDate {
  /// The date that a text `YYYY-MM-DD` names, or nil where it is not a day of the calendar.
  public init?(parsing text: String) {
    let utf8 = Array(text.utf8)
    guard utf8.count == 10, let date = CivilDate.scan(utf8.span.bytes), date.isReal else {
      return nil
    }
    self = date
  }
}
