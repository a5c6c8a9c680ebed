/// The instant of a signature, to the second. AWS refuses signatures that are more than 15 minutes
/// off its own clock.
public struct SigningTime: Sendable, Hashable, Comparable {
  /// Seconds since 1970-01-01T00:00:00Z.
  public let secondsSinceEpoch: Int64
  /// The date and time of day in UTC.
  let civil: CivilTime

  /// An instant, or nil outside of the years 1 to 9999.
  public init?(secondsSinceEpoch seconds: Int64) {
    guard let civil = CivilTime(secondsSinceEpoch: seconds) else { return nil }
    secondsSinceEpoch = seconds
    self.civil = civil
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

  /// Appends `YYYYMMDD`.
  func appendDate(to bytes: inout [UInt8]) {
    SigningTime.append(civil.year / 100, to: &bytes)
    SigningTime.append(civil.year % 100, to: &bytes)
    SigningTime.append(civil.month, to: &bytes)
    SigningTime.append(civil.day, to: &bytes)
  }

  /// Appends `YYYYMMDDTHHMMSSZ`.
  func append(to bytes: inout [UInt8]) {
    appendDate(to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    SigningTime.append(civil.hour, to: &bytes)
    SigningTime.append(civil.minute, to: &bytes)
    SigningTime.append(civil.second, to: &bytes)
    bytes.append(UInt8(ascii: "Z"))
  }

  /// Two digits of a number from 0 to 99.
  private static func append(_ number: Int, to bytes: inout [UInt8]) {
    bytes.append(UInt8(truncatingIfNeeded: 0x30 + number / 10))
    bytes.append(UInt8(truncatingIfNeeded: 0x30 + number % 10))
  }
}

extension SigningTime: CustomStringConvertible {
  /// `YYYYMMDDTHHMMSSZ`, as in `X-Amz-Date`.
  public var description: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
