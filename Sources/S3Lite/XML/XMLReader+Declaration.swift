/// The XML declaration (XML 1.0, section 2.8).
extension XMLReader {
  /// Reads what stands behind `<?xml`.
  mutating func readDeclaration() throws(XMLError) {
    skipWhiteSpace()
    let version = offset
    guard let number = try readPseudoAttribute("version") else {
      throw XMLError(.malformed, "The XML declaration names no version.", at: version)
    }
    let digits = number.utf8.dropFirst(2)
    guard number.hasPrefix("1."), !digits.isEmpty,
      digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
    else {
      throw XMLError(.unsupported, "The document's version is not 1.x.", at: version)
    }
    var hasSpace = skipWhiteSpace()
    let encoding = offset
    if hasSpace, let name = try readPseudoAttribute("encoding") {
      guard name.lowercased() == "utf-8" else {
        throw XMLError(.unsupported, "The document's encoding is not UTF-8.", at: encoding)
      }
      hasSpace = skipWhiteSpace()
    }
    let standalone = offset
    if hasSpace, let answer = try readPseudoAttribute("standalone") {
      guard answer == "yes" || answer == "no" else {
        throw XMLError(.malformed, "`standalone` is neither yes nor no.", at: standalone)
      }
      skipWhiteSpace()
    }
    try expect("?")
    try expect(">")
  }

  /// The value of a part of the XML declaration, or nil where another part stands.
  private mutating func readPseudoAttribute(_ name: StaticString) throws(XMLError) -> String? {
    guard starts(with: name) else { return nil }
    offset += name.utf8CodeUnitCount
    skipWhiteSpace()
    try expect("=")
    skipWhiteSpace()
    guard offset < bytes.byteCount else { throw truncated() }
    let quote = bytes.byte(at: offset)
    guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      throw malformed("A part of the XML declaration is not in quotes.")
    }
    offset += 1
    let start = offset
    while offset < bytes.byteCount {
      if bytes.byte(at: offset) == quote {
        offset += 1
        return string(start..<(offset - 1))
      }
      offset += 1
    }
    throw truncated()
  }
}
