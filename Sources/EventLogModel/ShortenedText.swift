/// Values as they are shown in faults: short, on one line, without control characters.
enum ShortenedText {
  /// The most characters that are shown.
  static let maximumCharacters = 80

  /// UTF-8 as a short text; what is not UTF-8 becomes U+FFFD.
  static func make(_ bytes: RawSpan) -> String {
    // A cut within a character at the end of the window is of no matter: more than the window is
    // never shown, because each character shown takes 4 bytes at most per code point.
    let window = maximumCharacters * 4 + 4
    let text = String(
      decoding: bytes.extracting(0..<min(bytes.byteCount, window)).asArray, as: UTF8.self)
    return make(text, isWhole: bytes.byteCount <= window)
  }

  /// A text, shortened on a character boundary. A character of many code points counts as many.
  static func make(_ text: String, isWhole: Bool = true) -> String {
    var result = ""
    var shown = 0
    for character in text {
      let scalars = character.unicodeScalars
      guard shown + scalars.count <= maximumCharacters else {
        // One character that alone is longer than the limit is cut, or nothing would be shown.
        if shown == 0 {
          for scalar in scalars.prefix(maximumCharacters) { append(scalar, to: &result) }
        }
        return result + "…"
      }
      for scalar in scalars { append(scalar, to: &result) }
      shown += scalars.count
    }
    return isWhole ? result : result + "…"
  }

  private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
    switch scalar {
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default:
      switch scalar.properties.generalCategory {
      // Marks that reorder or hide text belong in no report either.
      case .control, .format, .lineSeparator, .paragraphSeparator:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\u{" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
}
