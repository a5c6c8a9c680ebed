/// The regular expressions of the exported JSON Schema, in the subset that ECMA-262 and others share.
enum RegularExpression {
  /// A class of the characters with the Unicode property White_Space. `\s` is no substitute: its
  /// meaning differs from engine to engine.
  static let whiteSpace = "[\(whiteSpaceRanges)]"

  private static let whiteSpaceRanges = WhiteSpace.codePoints.map { range in
    let first = escape(range.lowerBound)
    return range.count == 1 ? first : first + "-" + escape(range.upperBound)
  }.joined()

  /// At least one character that is not white space.
  static let notWhiteSpace = "[^\(whiteSpaceRanges)]"

  /// A pattern for the whole string, with white space allowed at both ends.
  static func surroundedByWhiteSpace(_ pattern: String) -> String {
    "^\(whiteSpace)*(?:\(pattern))\(whiteSpace)*$"
  }

  /// One of some strings.
  static func oneOf(_ values: [String]) -> String {
    surroundedByWhiteSpace(values.map(literal).joined(separator: "|"))
  }

  private static let thirtyOneDays = "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
  private static let thirtyDays = "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
  private static let february = "02-(?:0[1-9]|1[0-9]|2[0-8])"
  // Without a look-ahead, which not every engine has.
  private static let year =
    "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
  /// Divisible by 4 but not by 100, or divisible by 400.
  private static let leapYear =
    "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"

  /// A day of the calendar, years 0001 to 9999.
  static let date =
    "(?:\(year)-(?:\(thirtyOneDays)|\(thirtyDays)|\(february))|\(leapYear)-02-29)"

  /// A date-time as ``Timestamp/parse(_:)`` takes it.
  static let timestamp = surroundedByWhiteSpace(
    "\(date)[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?"
      + "(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?")

  /// An integer of 32 bits as a string: a sign, digits, perhaps a point and zeros.
  static let int32 = surroundedByWhiteSpace(
    "(?:[+-]?0*(?:\(digits(upTo: "2147483647")))|-0*2147483648)(?:\\.0+)?")

  /// The numbers from 0 to one given by its digits, without leading zeros but for 0 itself, which
  /// may be empty after zeros.
  private static func digits(upTo limit: String) -> String {
    let limit = limit.compactMap(\.wholeNumberValue)
    // Any number with fewer digits, then those that first differ from the limit at each place.
    var alternatives = ["[0-9]{1,\(limit.count - 1)}"]
    for place in limit.indices {
      let lowest = place == 0 ? 1 : 0
      guard limit[place] > lowest else { continue }
      let prefix = limit[..<place].map(String.init).joined()
      let rest = limit.count - place - 1
      let highest = limit[place] - 1
      let digit = lowest == highest ? "\(lowest)" : "[\(lowest)-\(highest)]"
      alternatives.append(prefix + digit + (rest > 0 ? "[0-9]{\(rest)}" : ""))
    }
    alternatives.append(limit.map(String.init).joined())
    return alternatives.joined(separator: "|")
  }

  /// A text that matches itself.
  private static func literal(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if "\\^$.|?*+()[]{}/".unicodeScalars.contains(scalar) { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  private static func escape(_ codePoint: UInt32) -> String {
    let digits = String(codePoint, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
