/// The tokens of a JSON text (RFC 8259), read from its bytes without building values.
///
/// A string without escapes is a range of the input; one with escapes is unescaped to the end of a
/// scratch buffer that the caller owns.
struct JSONScanner: ~Escapable {
  let input: RawSpan
  /// The offset of the next byte.
  var position = 0

  @_lifetime(copy input)
  init(_ input: RawSpan) {
    self.input = input
  }

  // Computed, so that the optimiser sees that what is checked against it is within the span.
  var count: Int {
    @inline(__always) get { input.byteCount }
  }

  /// A string: where its bytes lie.
  struct Text {
    var start: Int
    var end: Int
    /// Whether the range is one of the scratch buffer, not of the input.
    var isInScratch: Bool

    var range: Range<Int> {
      @inline(__always) get { Range(uncheckedBounds: (start, end)) }
    }
  }

  /// Goes on to the next byte that is not white space.
  @inline(__always)
  mutating func skipWhiteSpace() {
    while position < count {
      let byte = input.byte(at: position)
      guard byte <= 0x20 else { return }
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  /// The next byte, which is not white space and stays unread.
  @inline(__always)
  mutating func peekToken(
    _ expected: JSONSyntaxError.Expectation
  ) throws(JSONSyntaxError) -> UInt8 {
    skipWhiteSpace()
    guard position < count else {
      throw JSONSyntaxError(.unexpectedEnd(expected: expected), at: count)
    }
    return input.byte(at: position)
  }

  /// The error for the byte at the position where something else is due.
  func unexpected(_ expected: JSONSyntaxError.Expectation) -> JSONSyntaxError {
    guard position < count else {
      return JSONSyntaxError(.unexpectedEnd(expected: expected), at: count)
    }
    return JSONSyntaxError(
      .unexpectedCharacter(input.byte(at: position), expected: expected), at: position)
  }

  /// Reads the colon after a name.
  @inline(__always)
  mutating func scanColon() throws(JSONSyntaxError) {
    guard try peekToken(.colon) == UInt8(ascii: ":") else { throw unexpected(.colon) }
    position += 1
  }

  // MARK: Strings

  /// Reads a name whose opening quote is at the position if it is the one that is expected, written
  /// without escapes.
  ///
  /// - Parameter name: Bytes without quotes, backslashes and control characters.
  @inline(__always)
  mutating func skipName(_ name: RawSpan) -> Bool {
    let start = position + 1
    let end = start + name.byteCount
    guard end < count, input.byte(at: end) == UInt8(ascii: "\""),
      input.extracting(Range(uncheckedBounds: (start, end))).equals(name)
    else { return false }
    position = end + 1
    return true
  }

  /// Reads a string whose opening quote is at the position.
  @inline(__always)
  mutating func scanString(
    scratch: inout [UInt8]
  ) throws(JSONSyntaxError) -> Text {
    let start = position + 1
    var offset = start
    while true {
      offset = offsetOfSpecialByte(from: offset)
      guard offset < count else {
        throw JSONSyntaxError(.unexpectedEnd(expected: .stringEnd), at: count)
      }
      let byte = input.byte(at: offset)
      if byte == UInt8(ascii: "\"") {
        position = offset + 1
        return Text(start: start, end: offset, isInScratch: false)
      }
      if byte == UInt8(ascii: "\\") {
        return try scanEscapedString(from: start, firstEscape: offset, scratch: &scratch)
      }
      offset += try lengthOfCharacter(byte, at: offset)
    }
  }

  /// The offset of the next byte that is a quote, a backslash, a control character or not ASCII,
  /// or the end of the input.
  @inline(__always)
  private func offsetOfSpecialByte(from start: Int) -> Int {
    var offset = start
    // Eight bytes at a time: subtracting borrows into the high bit of each byte that is less than
    // what is subtracted. A borrow can only mark bytes after a marked one, so the first mark is
    // true.
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highBits: UInt64 = 0x8080_8080_8080_8080
    while offset + 8 <= count {
      let word = input.word(at: offset)
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      let marks =
        (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
          | (word &- (ones &* 0x20)) | word) & highBits
      if marks != 0 { return offset + marks.trailingZeroBitCount / 8 }
      offset += 8
    }
    while offset < count {
      let byte = input.byte(at: offset)
      if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { break }
      offset += 1
    }
    return offset
  }

  /// The length of the character that begins with a byte that is neither a quote nor a backslash
  /// nor visible ASCII.
  @inline(__always)
  private func lengthOfCharacter(_ byte: UInt8, at offset: Int) throws(JSONSyntaxError) -> Int {
    guard byte >= 0x20 else { throw JSONSyntaxError(.controlCharacter(byte), at: offset) }
    let length = UTF8Validation.multiByteLength(input, at: offset)
    guard length > 0 else { throw JSONSyntaxError(.invalidUTF8(byte), at: offset) }
    return length
  }

  /// Reads the rest of a string with escapes, unescaped to the end of the scratch buffer.
  @inline(never)
  private mutating func scanEscapedString(
    from start: Int, firstEscape: Int, scratch: inout [UInt8]
  ) throws(JSONSyntaxError) -> Text {
    let scratchStart = scratch.count
    var runStart = start
    var offset = firstEscape
    while true {
      guard offset < count else {
        throw JSONSyntaxError(.unexpectedEnd(expected: .stringEnd), at: count)
      }
      let byte = input.byte(at: offset)
      if byte == UInt8(ascii: "\"") {
        scratch.append(bytesOf: input.extracting(runStart..<offset))
        position = offset + 1
        return Text(start: scratchStart, end: scratch.count, isInScratch: true)
      }
      if byte == UInt8(ascii: "\\") {
        scratch.append(bytesOf: input.extracting(runStart..<offset))
        offset = try unescape(at: offset, scratch: &scratch)
        runStart = offset
      } else {
        offset += try lengthOfCharacter(byte, at: offset)
      }
      offset = offsetOfSpecialByte(from: offset)
    }
  }

  /// Appends the character that an escape stands for; gives the offset after the escape.
  private func unescape(
    at offset: Int, scratch: inout [UInt8]
  ) throws(JSONSyntaxError) -> Int {
    guard offset + 1 < count else {
      throw JSONSyntaxError(.unexpectedEnd(expected: .escape), at: count)
    }
    switch input.byte(at: offset + 1) {
    case UInt8(ascii: "\""): scratch.append(UInt8(ascii: "\""))
    case UInt8(ascii: "\\"): scratch.append(UInt8(ascii: "\\"))
    case UInt8(ascii: "/"): scratch.append(UInt8(ascii: "/"))
    case UInt8(ascii: "b"): scratch.append(0x08)
    case UInt8(ascii: "f"): scratch.append(0x0C)
    case UInt8(ascii: "n"): scratch.append(0x0A)
    case UInt8(ascii: "r"): scratch.append(0x0D)
    case UInt8(ascii: "t"): scratch.append(0x09)
    case UInt8(ascii: "u"): return try unescapeUnicode(at: offset, scratch: &scratch)
    default: throw JSONSyntaxError(.unknownEscape, at: offset)
    }
    return offset + 2
  }

  private func unescapeUnicode(
    at offset: Int, scratch: inout [UInt8]
  ) throws(JSONSyntaxError) -> Int {
    let unit = try codeUnit(at: offset)
    var value = unit
    var end = offset + 6
    if unit & 0xF800 == 0xD800 {
      guard unit < 0xDC00 else { throw JSONSyntaxError(.loneSurrogate, at: offset) }
      // A text that ends here is cut short; one that goes on differently has a lone surrogate.
      guard end < count else {
        throw JSONSyntaxError(.unexpectedEnd(expected: .escape), at: count)
      }
      guard input.byte(at: end) == UInt8(ascii: "\\"),
        end + 1 >= count || input.byte(at: end + 1) == UInt8(ascii: "u")
      else { throw JSONSyntaxError(.loneSurrogate, at: offset) }
      let low = try codeUnit(at: end)
      guard low & 0xFC00 == 0xDC00 else { throw JSONSyntaxError(.loneSurrogate, at: offset) }
      value = 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
      end += 6
    }
    scratch.append(utf8Of: value)
    return end
  }

  /// The value of the four digits of the `\u` at an offset.
  private func codeUnit(at offset: Int) throws(JSONSyntaxError) -> UInt32 {
    var value: UInt32 = 0
    for index in offset + 2..<offset + 6 {
      guard index < count else {
        throw JSONSyntaxError(.unexpectedEnd(expected: .escape), at: count)
      }
      let byte = input.byte(at: index)
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(byte - 0x41 + 10)
      case 0x61...0x66: value = value << 4 | UInt32(byte - 0x61 + 10)
      default: throw JSONSyntaxError(.incompleteUnicodeEscape, at: offset)
      }
    }
    return value
  }

  // MARK: Numbers and literals

  /// Reads a number that begins at the position with a minus sign or a digit; gives its range.
  mutating func scanNumber() throws(JSONSyntaxError) -> Range<Int> {
    let start = position
    if input.byte(at: position) == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    guard skipDigits() else { throw missingDigits(.integer, start: start) }
    if input.byte(at: firstDigit) == UInt8(ascii: "0"), position - firstDigit > 1 {
      throw JSONSyntaxError(.leadingZero, at: start)
    }
    if position < count, input.byte(at: position) == UInt8(ascii: ".") {
      position += 1
      guard skipDigits() else { throw missingDigits(.fraction, start: start) }
    }
    if position < count, input.byte(at: position) | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < count,
        input.byte(at: position) == UInt8(ascii: "+")
          || input.byte(at: position) == UInt8(ascii: "-")
      {
        position += 1
      }
      guard skipDigits() else { throw missingDigits(.exponent, start: start) }
    }
    return start..<position
  }

  @inline(__always)
  private mutating func skipDigits() -> Bool {
    let start = position
    while position < count, input.digit(at: position) != nil { position += 1 }
    return position > start
  }

  private func missingDigits(_ part: JSONSyntaxError.NumberPart, start: Int) -> JSONSyntaxError {
    JSONSyntaxError(.missingDigits(part), at: start)
  }

  /// Reads `true`, `false` or `null`, which begins at the position with its first letter.
  mutating func scanLiteral() throws(JSONSyntaxError) {
    let start = position
    while position < count, isWordByte(input.byte(at: position)) { position += 1 }
    let word = input.extracting(start..<position)
    let isLiteral: Bool
    switch word.byteCount {
    case 4:
      let letters = word.halfWord(at: 0)
      isLiteral = letters == 0x6C6C_756E || letters == 0x6575_7274
    case 5: isLiteral = word.halfWord(at: 0) == 0x736C_6166 && word.byte(at: 4) == 0x65
    default: isLiteral = false
    }
    if isLiteral { return }
    if position == count {
      let isCutShort = ["true", "false", "null"].contains { literal in
        literal.utf8.count > word.byteCount && literal.utf8.starts(with: word.asArray)
      }
      if isCutShort { throw JSONSyntaxError(.unexpectedEnd(expected: .literal), at: count) }
    }
    throw JSONSyntaxError(.unknownWord, at: start)
  }

  @inline(__always)
  func isWordByte(_ byte: UInt8) -> Bool {
    let letter = byte | 0x20
    return (letter >= 0x61 && letter <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == 0x5F
  }
}

extension RawSpan {
  /// A copy of the bytes.
  var asArray: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension [UInt8] {
  /// Appends a code point that is not a surrogate.
  mutating func append(utf8Of value: UInt32) {
    switch value {
    case 0..<0x80: append(UInt8(value))
    case 0x80..<0x800:
      append(UInt8(0xC0 | value >> 6))
      append(UInt8(0x80 | value & 0x3F))
    case 0x800..<0x10000:
      append(UInt8(0xE0 | value >> 12))
      append(UInt8(0x80 | value >> 6 & 0x3F))
      append(UInt8(0x80 | value & 0x3F))
    default:
      append(UInt8(truncatingIfNeeded: 0xF0 | value >> 18))
      append(UInt8(0x80 | value >> 12 & 0x3F))
      append(UInt8(0x80 | value >> 6 & 0x3F))
      append(UInt8(0x80 | value & 0x3F))
    }
  }
}
