/// Stripping of white space: the characters with the Unicode property White_Space.
enum WhiteSpace {
  /// The ranges of white space, in order, as code points.
  static let codePoints: [ClosedRange<UInt32>] = [
    0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A,
    0x2028...0x2029, 0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
  ]

  /// The range that is left of valid UTF-8 when white space is stripped at both ends.
  @inline(__always)
  static func strippedRange(_ bytes: RawSpan) -> Range<Int> {
    let count = bytes.byteCount
    // Nearly every string begins and ends with a visible ASCII character.
    if count > 0, bytes.byte(at: 0) &- 0x21 < 0x5E, bytes.byte(at: count - 1) &- 0x21 < 0x5E {
      return 0..<count
    }
    return slowStrippedRange(bytes)
  }

  @inline(never)
  private static func slowStrippedRange(_ bytes: RawSpan) -> Range<Int> {
    var lower = 0
    var upper = bytes.byteCount
    while lower < upper {
      let length = lengthOfLeading(bytes, from: lower, to: upper)
      if length == 0 { break }
      lower += length
    }
    while lower < upper {
      let length = lengthOfTrailing(bytes, from: lower, to: upper)
      if length == 0 { break }
      upper -= length
    }
    return lower..<upper
  }

  private static func isASCII(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
  }

  private static func lengthOfLeading(_ bytes: RawSpan, from lower: Int, to upper: Int) -> Int {
    if isASCII(bytes.byte(at: lower)) { return 1 }
    if upper - lower >= 2, isTwoByte(bytes, at: lower) { return 2 }
    if upper - lower >= 3, isThreeByte(bytes, at: lower) { return 3 }
    return 0
  }

  private static func lengthOfTrailing(_ bytes: RawSpan, from lower: Int, to upper: Int) -> Int {
    if isASCII(bytes.byte(at: upper - 1)) { return 1 }
    if upper - lower >= 2, isTwoByte(bytes, at: upper - 2) { return 2 }
    if upper - lower >= 3, isThreeByte(bytes, at: upper - 3) { return 3 }
    return 0
  }

  /// U+0085 and U+00A0.
  private static func isTwoByte(_ bytes: RawSpan, at offset: Int) -> Bool {
    bytes.byte(at: offset) == 0xC2
      && (bytes.byte(at: offset + 1) == 0x85 || bytes.byte(at: offset + 1) == 0xA0)
  }

  /// U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F and U+3000.
  private static func isThreeByte(_ bytes: RawSpan, at offset: Int) -> Bool {
    let second = bytes.byte(at: offset + 1)
    let third = bytes.byte(at: offset + 2)
    switch (bytes.byte(at: offset), second) {
    case (0xE1, 0x9A): return third == 0x80
    case (0xE2, 0x80):
      return (0x80...0x8A).contains(third) || third == 0xA8 || third == 0xA9 || third == 0xAF
    case (0xE2, 0x81): return third == 0x9F
    case (0xE3, 0x80): return third == 0x80
    default: return false
    }
  }
}

extension String {
  /// The string without the white space at its ends.
  func strippingWhiteSpace() -> String {
    let utf8 = Array(self.utf8)
    let range = WhiteSpace.strippedRange(utf8.span.bytes)
    return range.count == utf8.count ? self : String(decoding: utf8[range], as: UTF8.self)
  }
}
