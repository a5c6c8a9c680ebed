/// Walking through a document element by element.
extension XMLReader {
  /// Reads on to the next child of the innermost open element, and returns its name without prefix.
  /// After that, either its text is read, or it is skipped, or its own children follow.
  ///
  /// - Returns: Nil when the innermost open element has ended, or the document.
  /// - Throws: ``XMLError``, also for text among the children.
  mutating func nextChild() throws(XMLError) -> String? {
    try readChild() ? localName : nil
  }

  /// Reads on to the next child of the innermost open element, as ``nextChild()`` does, whose name
  /// ``XMLReader/isNamed(_:)`` then tells.
  ///
  /// - Returns: False when the innermost open element has ended, or the document.
  /// - Throws: ``XMLError``, also for text among the children.
  mutating func readChild() throws(XMLError) -> Bool {
    while true {
      switch try next() {
      case .start: return true
      case .end, .endOfDocument: return false
      case .text:
        guard text.allSatisfy(XMLCharacters.isWhiteSpace) else {
          throw XMLError(
            .unexpectedContent, "There is text where only elements are expected.", at: offset)
        }
      }
    }
  }

  /// Reads the innermost open element to its end, and returns its text.
  ///
  /// - Throws: ``XMLError``, also where the element has children.
  mutating func readText() throws(XMLError) -> String {
    guard let text = try readTextIfLeaf() else {
      throw XMLError(
        .unexpectedContent, "There are elements where only text is expected.",
        at: offset)
    }
    return text
  }

  /// Reads the innermost open element to its end, and returns its text, or nil where it has children.
  mutating func readTextIfLeaf() throws(XMLError) -> String? {
    if let range = readPlainText() { return string(range) }
    var event = try next()
    while event == .text { event = try nextAppendingText() }
    guard event == .end else {
      try skip()
      try skip()
      return nil
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads the innermost open element to its end.
  mutating func skip() throws(XMLError) {
    let outside = depth - 1
    while depth > outside { _ = try next() }
  }

  /// Reads a number that is not negative.
  mutating func readNumber() throws(XMLError) -> Int {
    let start = offset
    let text: String
    if let range = readPlainText() {
      if let number = decimal(range) { return number }
      text = string(range)
    } else {
      text = try readText()
    }
    guard let first = text.utf8.first, first != UInt8(ascii: "+"), let number = Int(text),
      number >= 0
    else {
      throw XMLError(.unexpectedContent, "There is no number where one is expected.", at: start)
    }
    return number
  }

  /// The number that these digits are; nil where there are others, or too many.
  private func decimal(_ digits: Range<Int>) -> Int? {
    // A number of 18 digits is far below 2^63.
    guard !digits.isEmpty, digits.count <= 18 else { return nil }
    var number = 0
    for offset in digits {
      let digit = bytes.byte(at: offset) &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      number = number &* 10 &+ Int(digit)
    }
    return number
  }

  /// Reads `true` or `false`.
  mutating func readBoolean() throws(XMLError) -> Bool {
    let start = offset
    switch try readText() {
    case "true": return true
    case "false": return false
    default:
      throw XMLError(
        .unexpectedContent, "There is neither true nor false where one of them is expected.",
        at: start)
    }
  }

  /// Reads a time, in microseconds since 1970-01-01T00:00:00Z.
  mutating func readTime() throws(XMLError) -> Int64 {
    let start = offset
    let time =
      if let range = readPlainText() {
        ISO8601Time.microseconds(parsing: bytes.extracting(range))
      } else {
        ISO8601Time.microseconds(parsing: try readText())
      }
    guard let time else {
      throw XMLError(.unexpectedContent, "There is no time where one is expected.", at: start)
    }
    return time
  }
}
