/// The instant of a signature, to the second. AWS refuses signatures that are more than 15 minutes
/// off its own clock.
public struct SigningTime: Sendable, Hashable, Comparable {
  /// Seconds since 1970-01-01T00:00:00Z.
  public let secondsSinceEpoch: Int64
  /// `YYYYMMDDTHHMMSSZ`, as in `X-Amz-Date`.
  let text: String

  /// An instant, or nil outside of the years 1 to 9999.
  public init?(secondsSinceEpoch seconds: Int64) {
    guard let civil = CivilTime(secondsSinceEpoch: seconds) else { return nil }
    secondsSinceEpoch = seconds
    text = String(unsafeUninitializedCapacity: 16) { text in
      func write(_ number: Int, at position: Int) {
        text[position] = UInt8(truncatingIfNeeded: 0x30 + number / 10)
        text[position + 1] = UInt8(truncatingIfNeeded: 0x30 + number % 10)
      }
      write(civil.year / 100, at: 0)
      write(civil.year % 100, at: 2)
      write(civil.month, at: 4)
      write(civil.day, at: 6)
      text[8] = UInt8(ascii: "T")
      write(civil.hour, at: 9)
      write(civil.minute, at: 11)
      write(civil.second, at: 13)
      text[15] = UInt8(ascii: "Z")
      return 16
    }
  }

  /// Days since 1970-01-01, which name a signing key's day.
  var day: Int64 {
    // The remainder takes the sign of the dividend; days before 1970 round down.
    let remainder = secondsSinceEpoch % 86_400
    return (secondsSinceEpoch - (remainder < 0 ? remainder + 86_400 : remainder)) / 86_400
  }

  /// Whether one instant lies before another.
  public static func < (left: SigningTime, right: SigningTime) -> Bool {
    left.secondsSinceEpoch < right.secondsSinceEpoch
  }

  /// `YYYYMMDD`.
  var date: Substring.UTF8View { text.utf8.prefix(8) }
}

extension SigningTime: CustomStringConvertible {
  /// `YYYYMMDDTHHMMSSZ`, as in `X-Amz-Date`.
  public var description: String { text }
}
