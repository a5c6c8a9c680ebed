/// The id of a trace: the time of the first request, and 96 bits.
///
/// X-Ray Developer Guide, "Trace ID format": `1-581cf771-a006649127e371903a2de979`.
public struct XRayTraceID: Sendable, Hashable, CustomStringConvertible {
  /// When the first request came, in seconds since 1970-01-01T00:00:00Z.
  public var seconds: UInt32
  /// The first 32 bits of the identifier.
  var high: UInt32
  /// Its other 64 bits.
  var low: UInt64

  /// An id by its text; nil where that is none.
  public init?(_ text: some StringProtocol) {
    let utf8 = Array(text.utf8.prefix(36))
    guard text.utf8.count == 35, utf8[0] == UInt8(ascii: "1"), utf8[1] == UInt8(ascii: "-"),
      utf8[10] == UInt8(ascii: "-"), let seconds = Hexadecimal.parse(utf8[2..<10]),
      let high = Hexadecimal.parse(utf8[11..<19]), let low = Hexadecimal.parse(utf8[19..<35])
    else { return nil }
    self.seconds = UInt32(truncatingIfNeeded: seconds)
    self.high = UInt32(truncatingIfNeeded: high)
    self.low = low
  }

  /// The id as X-Ray writes it.
  public var description: String {
    var json = JSONBytes(capacity: 35)
    write(to: &json)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  /// Writes the id without quotes.
  func write(to json: inout JSONBytes) {
    json.append(raw: "1-")
    json.append(hexadecimal: UInt64(seconds), digits: 8)
    json.append(raw: "-")
    json.append(hexadecimal: UInt64(high), digits: 8)
    json.append(hexadecimal: low, digits: 16)
  }
}

/// Hexadecimal digits.
enum Hexadecimal {
  /// Up to 16 digits of either case as a number; nil where there is something else.
  static func parse(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard !digits.isEmpty, digits.count <= 16 else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      let nibble: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): nibble = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      value = value << 4 | UInt64(nibble)
    }
    return value
  }
}
