/// A strict pull parser for the small documents with which S3 answers.
///
/// It reads UTF-8 only and knows elements, attributes, text, CDATA sections, comments, the XML
/// declaration, the five predefined entities and character references. A document type and
/// processing instructions are refused, so nothing outside of the document is ever looked at and
/// nothing can grow. Namespaces are not resolved: a prefix is cut off, a declaration passed over.
/// Everything else that XML 1.0 (fifth edition) calls not well-formed is an error; only references
/// to control characters can be allowed.
struct XMLReader: ~Escapable {
  /// What was read.
  enum Event: Hashable {
    /// A start tag: see ``XMLReader/localName`` and ``XMLReader/attributes``.
    case start
    /// Text or a CDATA section: see ``XMLReader/text``. Neighbouring ones are not joined.
    case text
    /// An end tag, or the end of an empty element.
    case end
    /// The end of the document, behind its one element.
    case endOfDocument
  }

  /// An attribute, its value decoded and its white space made spaces.
  struct Attribute: Hashable {
    var name: String
    var value: String
  }

  let bytes: RawSpan
  private let limits: XMLLimits
  /// Whether references to control characters are read, which XML 1.0 does not allow.
  let allowsControlReferences: Bool
  /// Where the next event begins.
  var offset = 0
  /// The names of the elements that are open, outermost first.
  private var open: [Range<Int>] = []
  private var hasRoot = false
  /// Whether the element that has just begun was an empty one.
  private var isEnding = false
  /// The name of the element that begun or ended last, as it is written.
  private var name = 0..<0
  /// The attributes of the element that begun last, declarations of namespaces left out.
  private(set) var attributes: [Attribute] = []
  /// The decoded text that was read last.
  var text: [UInt8] = []

  /// A reader at the beginning of a document.
  ///
  /// - Parameter allowsControlReferences: Whether references to U+0001 to U+001F, U+FFFE and U+FFFF
  ///   are read. The bytes of these characters never are.
  /// - Throws: ``XMLError`` where the document is too large, is not UTF-8, holds a character that
  ///   XML does not allow, or where its declaration is wrong.
  @_lifetime(copy bytes)
  init(
    _ bytes: RawSpan, limits: XMLLimits = XMLLimits(), allowsControlReferences: Bool = false
  ) throws(XMLError) {
    self.bytes = bytes
    self.limits = limits
    self.allowsControlReferences = allowsControlReferences
    guard bytes.byteCount <= limits.documentSize else {
      throw XMLError(
        .limitExceeded,
        "The document has \(bytes.byteCount) bytes, more than the \(limits.documentSize) allowed.",
        at: limits.documentSize)
    }
    if let invalid = XMLCharacters.firstInvalid(in: bytes) {
      throw XMLError(
        .invalidCharacter, "This is not UTF-8, or a character that XML does not allow.", at: invalid
      )
    }
    if starts(with: "\u{FEFF}") { offset = 3 }
    if starts(with: "<?xml"), offset + 5 < bytes.byteCount,
      XMLCharacters.isWhiteSpace(bytes.byte(at: offset + 5))
    {
      offset += 5
      try readDeclaration()
    }
  }

  /// How many elements are open.
  var depth: Int { open.count }

  /// The name of the element that begun or ended last, without its prefix.
  var localName: String {
    var start = name.lowerBound
    for index in name where bytes.byte(at: index) == UInt8(ascii: ":") { start = index + 1 }
    return string(start..<name.upperBound)
  }

  /// Whether the element that begun or ended last has this name, whatever its prefix.
  @inline(__always)
  func isNamed(_ text: StaticString) -> Bool {
    let start = name.upperBound - text.utf8CodeUnitCount
    guard
      start == name.lowerBound
        || (start > name.lowerBound && bytes.byte(at: start - 1) == UInt8(ascii: ":"))
    else { return false }
    return isSame(start..<name.upperBound, text)
  }

  /// The name of the element that begun or ended last, as it is written.
  var qualifiedName: String { string(name) }

  /// Reads on to the next event.
  mutating func next() throws(XMLError) -> Event {
    if !text.isEmpty { text.removeAll(keepingCapacity: true) }
    return try nextAppendingText()
  }

  /// Reads on to the next event; text is added to ``text``.
  mutating func nextAppendingText() throws(XMLError) -> Event {
    if isEnding {
      isEnding = false
      name = open.removeLast()
      return .end
    }
    while true {
      if open.isEmpty { skipWhiteSpace() }
      guard offset < bytes.byteCount else {
        if open.isEmpty && hasRoot { return .endOfDocument }
        throw truncated()
      }
      guard bytes.byte(at: offset) == UInt8(ascii: "<") else {
        guard !open.isEmpty else {
          throw malformed("There is text outside of the document's element.")
        }
        try readCharacters()
        return .text
      }
      switch offset + 1 < bytes.byteCount ? bytes.byte(at: offset + 1) : 0 {
      case UInt8(ascii: "/"):
        try readEndTag()
        return .end
      case UInt8(ascii: "?"):
        throw XMLError(
          .unsupported, "Processing instructions are not read here.", at: offset)
      case UInt8(ascii: "!"):
        if starts(with: "<!--") {
          try skipComment()
        } else if !open.isEmpty, starts(with: "<![CDATA[") {
          try readCharacterData()
          return .text
        } else if starts(with: "<!DOCTYPE") {
          throw XMLError(.unsupported, "A document type is not read here.", at: offset)
        } else {
          throw malformed("This is no comment and no CDATA section.")
        }
      default:
        try readStartTag()
        return .start
      }
    }
  }

  // MARK: Tags

  private mutating func readStartTag() throws(XMLError) {
    guard open.count < limits.depth else {
      throw XMLError(
        .limitExceeded, "Elements are nested more than \(limits.depth) deep.", at: offset)
    }
    guard !open.isEmpty || !hasRoot else {
      throw malformed("There is a second element behind the document's one.")
    }
    offset += 1
    let name = try readName()
    if !attributes.isEmpty { attributes.removeAll(keepingCapacity: true) }
    var names: [Range<Int>] = []
    while true {
      let hasSpace = skipWhiteSpace()
      guard offset < bytes.byteCount else { throw truncated() }
      switch bytes.byte(at: offset) {
      case UInt8(ascii: ">"):
        offset += 1
        begin(name, isEmpty: false)
        return
      case UInt8(ascii: "/"):
        offset += 1
        try expect(">")
        begin(name, isEmpty: true)
        return
      default:
        guard hasSpace else { throw malformed("A tag goes on without white space.") }
        try readAttribute(&names)
      }
    }
  }

  private mutating func begin(_ name: Range<Int>, isEmpty: Bool) {
    open.append(name)
    self.name = name
    hasRoot = true
    isEnding = isEmpty
  }

  private mutating func readAttribute(_ names: inout [Range<Int>]) throws(XMLError) {
    guard names.count < limits.attributes else {
      throw XMLError(
        .limitExceeded, "An element has more than \(limits.attributes) attributes.", at: offset)
    }
    let start = offset
    let name = try readName()
    for other in names where isSame(other, name) {
      throw XMLError(.malformed, "An attribute is there twice.", at: start)
    }
    names.append(name)
    skipWhiteSpace()
    try expect("=")
    skipWhiteSpace()
    let value = try readAttributeValue()
    let label = string(name)
    if label == "xmlns" || label.utf8.starts(with: "xmlns:".utf8) { return }
    attributes.append(Attribute(name: label, value: value))
  }

  private mutating func readAttributeValue() throws(XMLError) -> String {
    guard offset < bytes.byteCount else { throw truncated() }
    let quote = bytes.byte(at: offset)
    guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      throw malformed("The value of an attribute is not in quotes.")
    }
    offset += 1
    var value: [UInt8] = []
    while offset < bytes.byteCount {
      let byte = bytes.byte(at: offset)
      switch byte {
      case quote:
        offset += 1
        return String(decoding: value, as: UTF8.self)
      case UInt8(ascii: "<"):
        throw malformed("The value of an attribute holds a <.")
      case UInt8(ascii: "&"):
        XMLReader.append(try readReference(), to: &value)
      case 0x0D:
        // A line break of two bytes is one character, and so one space.
        offset += 1
        if offset < bytes.byteCount, bytes.byte(at: offset) == 0x0A { offset += 1 }
        value.append(0x20)
      case 0x09, 0x0A:
        offset += 1
        value.append(0x20)
      default:
        offset += 1
        value.append(byte)
      }
    }
    throw truncated()
  }

  /// Reads on behind the end tag of the innermost open element where nothing but text stands before
  /// it, and where that is as it is written: which it is nearly always.
  ///
  /// - Returns: Where the text stands; nil where it must be read in pieces, and then nothing was read.
  mutating func readPlainText() -> Range<Int>? {
    guard !isEnding, let name = open.last else { return nil }
    var end = offset
    while end < bytes.byteCount {
      let byte = bytes.byte(at: end)
      if byte == UInt8(ascii: "<") { break }
      if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "]") || byte == 0x0D { return nil }
      end += 1
    }
    let tag = end + 2
    guard tag < bytes.byteCount, bytes.byte(at: end + 1) == UInt8(ascii: "/"),
      isFollowed(by: name, at: tag)
    else { return nil }
    let text = offset..<end
    offset = tag + name.count + 1
    open.removeLast()
    self.name = name
    return text
  }

  private mutating func readEndTag() throws(XMLError) {
    let start = offset
    offset += 2
    if let name = open.last, isFollowed(by: name, at: offset) {
      offset += name.count + 1
      open.removeLast()
      self.name = name
      return
    }
    let name = try readName()
    skipWhiteSpace()
    try expect(">")
    guard let expected = open.last else {
      throw XMLError(.malformed, "An end tag has no start tag.", at: start)
    }
    guard isSame(name, expected) else {
      throw XMLError(
        .malformed, "An end tag names another element than the one that is open.",
        at: start)
    }
    open.removeLast()
    self.name = name
  }

  private mutating func readName() throws(XMLError) -> Range<Int> {
    let start = offset
    if offset < bytes.byteCount, XMLCharacters.isLetter(bytes.byte(at: offset)) {
      offset += 1
    } else if offset < bytes.byteCount {
      let (scalar, length) = XMLCharacters.scalar(bytes, at: offset)
      guard XMLCharacters.beginsName(scalar) else {
        throw malformed("There is no name where one must be.")
      }
      offset += length
    }
    while offset < bytes.byteCount {
      if XMLCharacters.continuesName(bytes.byte(at: offset)) {
        offset += 1
        continue
      }
      let (scalar, length) = XMLCharacters.scalar(bytes, at: offset)
      if scalar < 0x80 || !XMLCharacters.continuesName(scalar) { return start..<offset }
      offset += length
    }
    throw truncated()
  }

  private mutating func skipComment() throws(XMLError) {
    offset += 4
    while offset < bytes.byteCount {
      if bytes.byte(at: offset) == UInt8(ascii: "-"), starts(with: "--") {
        offset += 2
        try expect(">")
        return
      }
      offset += 1
    }
    throw truncated()
  }

  // MARK: Bytes

  @discardableResult
  mutating func skipWhiteSpace() -> Bool {
    let start = offset
    while offset < bytes.byteCount, XMLCharacters.isWhiteSpace(bytes.byte(at: offset)) {
      offset += 1
    }
    return offset > start
  }

  mutating func expect(_ character: Unicode.Scalar) throws(XMLError) {
    guard offset < bytes.byteCount else { throw truncated() }
    guard UInt32(bytes.byte(at: offset)) == character.value else {
      throw malformed("There is no \(character) where one must be.")
    }
    offset += 1
  }

  func starts(with text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.byteCount - offset >= count else { return false }
    return text.withUTF8Buffer { text in
      for index in 0..<count where bytes.byte(at: offset + index) != text[index] { return false }
      return true
    }
  }

  /// Whether these bytes are a text of ASCII characters.
  @inline(__always)
  func isSame(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { text in
      for index in text.indices
      where bytes.byte(at: range.lowerBound + index) != text[index] { return false }
      return true
    }
  }

  /// Whether a name that was read before stands at an offset, too, and a `>` behind it.
  private func isFollowed(by name: Range<Int>, at offset: Int) -> Bool {
    let end = offset + name.count
    return end < bytes.byteCount && bytes.byte(at: end) == UInt8(ascii: ">")
      && isSame(offset..<end, name)
  }

  private func isSame(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    guard left.count == right.count else { return false }
    var index = 0
    // Both ranges lie within the document, and so do eight bytes of them.
    while index + 8 <= left.count {
      let words = (
        bytes.unsafeLoadUnaligned(fromByteOffset: left.lowerBound + index, as: UInt64.self),
        bytes.unsafeLoadUnaligned(fromByteOffset: right.lowerBound + index, as: UInt64.self)
      )
      guard words.0 == words.1 else { return false }
      index += 8
    }
    while index < left.count {
      guard bytes.byte(at: left.lowerBound + index) == bytes.byte(at: right.lowerBound + index)
      else { return false }
      index += 1
    }
    return true
  }

  func string(_ range: Range<Int>) -> String {
    bytes.extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  func truncated() -> XMLError {
    XMLError(.truncated, "The document ends too early.", at: bytes.byteCount)
  }

  func malformed(_ message: String) -> XMLError {
    XMLError(.malformed, message, at: offset)
  }
}
