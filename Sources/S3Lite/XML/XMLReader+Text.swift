/// Text, CDATA sections and references (XML 1.0, sections 2.4, 2.7, 2.11 and 4.1).
extension XMLReader {
  mutating func readCharacters() throws(XMLError) {
    var start = offset
    while offset < bytes.byteCount {
      switch bytes.byte(at: offset) {
      case UInt8(ascii: "<"):
        append(start..<offset)
        return
      case UInt8(ascii: "&"):
        append(start..<offset)
        XMLReader.append(try readReference(), to: &text)
        start = offset
      case 0x0D:
        append(start..<offset)
        readReturn()
        start = offset
      case UInt8(ascii: "]") where starts(with: "]]>"):
        throw malformed("Text holds the end of a CDATA section.")
      default:
        offset += 1
      }
    }
    throw truncated()
  }

  mutating func readCharacterData() throws(XMLError) {
    offset += 9
    var start = offset
    while offset < bytes.byteCount {
      switch bytes.byte(at: offset) {
      case UInt8(ascii: "]") where starts(with: "]]>"):
        append(start..<offset)
        offset += 3
        return
      case 0x0D:
        append(start..<offset)
        readReturn()
        start = offset
      default:
        offset += 1
      }
    }
    throw truncated()
  }

  /// Reads a carriage return, alone or before a line feed, as a line feed (section 2.11).
  private mutating func readReturn() {
    offset += 1
    if offset < bytes.byteCount, bytes.byte(at: offset) == 0x0A { offset += 1 }
    text.append(0x0A)
  }

  private mutating func append(_ range: Range<Int>) {
    bytes.extracting(range).withUnsafeBytes { text.append(contentsOf: $0) }
  }

  /// Reads a character reference or one of the five predefined entities.
  mutating func readReference() throws(XMLError) -> Unicode.Scalar {
    let start = offset
    offset += 1
    // The longest is `&#x10FFFF;`; zeros may stand in front, within reason.
    var end = offset
    while end < bytes.byteCount, end - offset < 32, XMLReader.isInReference(bytes.byte(at: end)) {
      end += 1
    }
    guard end < bytes.byteCount else { throw truncated() }
    guard bytes.byte(at: end) == UInt8(ascii: ";") else {
      throw XMLError(.malformed, "An ampersand begins no reference.", at: start)
    }
    let range = offset..<end
    offset = end + 1
    if isSame(range, "quot") { return "\"" }
    if isSame(range, "amp") { return "&" }
    if isSame(range, "lt") { return "<" }
    if isSame(range, "gt") { return ">" }
    if isSame(range, "apos") { return "'" }
    let reference = string(range)
    guard reference.utf8.first == UInt8(ascii: "#") else {
      throw XMLError(
        .unsupported, "An ampersand begins none of the five predefined entities.", at: start)
    }
    let isHexadecimal = reference.utf8.dropFirst().first == UInt8(ascii: "x")
    let digits = reference.utf8.dropFirst(isHexadecimal ? 2 : 1)
    guard let value = XMLReader.number(digits, radix: isHexadecimal ? 16 : 10),
      XMLCharacters.isAllowed(value)
        || allowsControlReferences && XMLCharacters.isReferenceOfS3(value),
      let scalar = Unicode.Scalar(value)
    else {
      throw XMLError(
        .malformed, "A character reference names no character that XML allows.", at: start)
    }
    return scalar
  }

  private static func isInReference(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "#") || XMLCharacters.continuesName(byte) || byte >= 0x80
  }

  static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    if scalar.isASCII {
      bytes.append(UInt8(truncatingIfNeeded: scalar.value))
    } else {
      bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }

  private static func number(_ digits: Substring.UTF8View, radix: UInt32) -> UInt32? {
    if digits.isEmpty { return nil }
    var value: UInt32 = 0
    for digit in digits {
      guard let part = Hexadecimal.value(ofDigit: digit), UInt32(part) < radix,
        value <= 0x10FFFF
      else { return nil }
      // At most 0x10FFFF * 16 + 15, far below 2^32.
      value = value * radix + UInt32(part)
    }
    return value
  }
}
