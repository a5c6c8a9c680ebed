/// The headers of a canonical request: names in lower case and sorted, values trimmed, runs of white
/// space within them one space, the values of fields of one name joined by commas.
struct CanonicalHeaders {
  /// A field; fields of one name stay in their order.
  private struct Field {
    /// Where the name stands in ``names``.
    let name: Range<Int>
    let value: String
    /// Whether the value holds no white space, so that it is canonical as it is.
    let isPlain: Bool
  }

  /// The names in lower case, one behind the other.
  private var names: [UInt8] = []
  private var fields: [Field] = []

  /// The headers of a request together with those that the signer adds, which replace fields of the
  /// same name. What is added and not signed replaces, too.
  ///
  /// - Throws: ``SigV4Error/Code/invalidHeader``, ``SigV4Error/Code/missingHost``.
  init(_ headers: [HTTPHeader], added: [HTTPHeader], addedUnsigned: [HTTPHeader])
    throws(SigV4Error)
  {
    names.reserveCapacity(256)
    fields.reserveCapacity(headers.count + added.count)
    for header in added { try append(header) }
    let addedCount = fields.count
    for header in addedUnsigned { try append(header) }
    let replacedCount = fields.count
    for header in headers {
      try append(header)
      let name = fields[fields.count - 1].name
      if isUnsigned(name) || isReplaced(name, by: replacedCount) { fields.removeLast() }
    }
    fields.removeSubrange(addedCount..<replacedCount)
    // Insertion keeps fields of one name in order, and is the fastest for a handful.
    for index in fields.indices.dropFirst() {
      let field = fields[index]
      var hole = index
      while hole > 0, isBefore(field.name, fields[hole - 1].name) {
        fields[hole] = fields[hole - 1]
        hole -= 1
      }
      fields[hole] = field
    }
    guard fields.contains(where: { isSame($0.name, "host") }) else {
      throw SigV4Error(.missingHost, "A request without a Host header cannot be signed.")
    }
  }

  private mutating func append(_ header: HTTPHeader) throws(SigV4Error) {
    let start = names.count
    names.append(contentsOf: header.name.utf8)
    guard names.count > start else {
      throw SigV4Error(.invalidHeader, "The name of a header is empty.")
    }
    let isToken = names.withUnsafeMutableBufferPointer { names in
      for index in start..<names.count {
        let byte = names[index]
        if !HTTPToken.isCharacter(byte) { return false }
        let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        names[index] = isUpper ? byte | 0x20 : byte
      }
      return true
    }
    guard isToken else {
      throw SigV4Error(.invalidHeader, "The name of a header holds a character that none may.")
    }
    let isPlain = CanonicalHeaders.isPlain(header.value)
    guard isPlain || CanonicalHeaders.isFieldValue(header.value) else {
      throw SigV4Error(
        .invalidHeader, "The value of the header \(header.name) holds a line break or NUL.")
    }
    fields.append(Field(name: start..<names.count, value: header.value, isPlain: isPlain))
  }

  /// Appends `name:value` and a line feed for each name.
  func appendFields(to bytes: inout [UInt8]) {
    var previous: Range<Int>?
    for field in fields {
      if let previous, isSame(previous, field.name) {
        // The line feed of the field before becomes the comma.
        bytes[bytes.count - 1] = UInt8(ascii: ",")
      } else {
        bytes.append(contentsOf: names[field.name])
        bytes.append(UInt8(ascii: ":"))
      }
      if field.isPlain {
        bytes.append(contentsOf: field.value.utf8)
      } else {
        CanonicalHeaders.appendTrimmed(field.value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "\n"))
      previous = field.name
    }
  }

  /// Appends the names, each once, joined by semicolons.
  func appendNames(to bytes: inout [UInt8]) {
    var previous: Range<Int>?
    for field in fields {
      if let previous {
        if isSame(previous, field.name) { continue }
        bytes.append(UInt8(ascii: ";"))
      }
      bytes.append(contentsOf: names[field.name])
      previous = field.name
    }
  }

  private static func isPlain(_ value: String) -> Bool {
    var value = value
    return value.withUTF8 { utf8 in
      // Without an early exit the compiler takes many bytes at a time, which long session tokens
      // are worth.
      var smallest = UInt8.max
      for byte in utf8 { smallest = min(smallest, byte) }
      return smallest > 0x20
    }
  }

  private static func appendTrimmed(_ value: String, to bytes: inout [UInt8]) {
    var value = value
    value.withUTF8 { utf8 in
      var isFirst = true
      var offset = 0
      while offset < utf8.count {
        while offset < utf8.count, isWhiteSpace(utf8[offset]) { offset += 1 }
        let start = offset
        while offset < utf8.count, !isWhiteSpace(utf8[offset]) { offset += 1 }
        if start == offset { return }
        if !isFirst { bytes.append(UInt8(ascii: " ")) }
        isFirst = false
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<offset]))
      }
    }
  }

  @inline(__always)
  private static func isWhiteSpace(_ byte: UInt8) -> Bool {
    // Space, and tab to carriage return.
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
  }

  /// Whether a value can be sent: no NUL, and line breaks only where the next line begins with white
  /// space (RFC 9112, section 5.2, obsolete line folding).
  private static func isFieldValue(_ value: String) -> Bool {
    var value = value
    return value.withUTF8 { utf8 in
      for offset in utf8.indices where utf8[offset] <= 0x0D {
        let next = offset + 1 < utf8.count ? utf8[offset + 1] : 0
        switch utf8[offset] {
        case 0: return false
        case 0x0A where next != 0x20 && next != 0x09: return false
        case 0x0D where next != 0x0A: return false
        default: continue
        }
      }
      return true
    }
  }

  /// Whether one of the first fields, those that the signer adds, has the name.
  private func isReplaced(_ name: Range<Int>, by count: Int) -> Bool {
    for index in 0..<count where isSame(fields[index].name, name) { return true }
    return false
  }

  /// Whether a name lies before another one in the order of bytes.
  private func isBefore(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    for offset in 0..<min(left.count, right.count) {
      let (byte, other) = (names[left.lowerBound + offset], names[right.lowerBound + offset])
      if byte != other { return byte < other }
    }
    return left.count < right.count
  }

  /// Whether two names are the same.
  private func isSame(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    guard left.count == right.count else { return false }
    for offset in 0..<left.count
    where names[left.lowerBound + offset] != names[right.lowerBound + offset] {
      return false
    }
    return true
  }

  /// Whether a name is this one, in lower case.
  private func isSame(_ name: Range<Int>, _ other: StaticString) -> Bool {
    guard name.count == other.utf8CodeUnitCount else { return false }
    return other.withUTF8Buffer { other in
      for offset in other.indices where names[name.lowerBound + offset] != other[offset] {
        return false
      }
      return true
    }
  }

  /// Whether a field is one that proxies or clients may change or take away, or the signature's own.
  private func isUnsigned(_ name: Range<Int>) -> Bool {
    switch name.count {
    case 2: isSame(name, "te")
    case 6: isSame(name, "expect")
    case 7: isSame(name, "upgrade")
    case 10:
      isSame(name, "connection") || isSame(name, "keep-alive") || isSame(name, "user-agent")
    case 13: isSame(name, "authorization")
    case 15: isSame(name, "x-amzn-trace-id")
    case 16: isSame(name, "proxy-connection")
    case 17: isSame(name, "transfer-encoding")
    case 19: isSame(name, "proxy-authorization")
    default: false
    }
  }
}

/// Tokens of HTTP (RFC 9110, section 5.6.2): methods and the names of headers.
enum HTTPToken {
  /// Whether a token may hold the byte.
  @inline(__always)
  static func isCharacter(_ byte: UInt8) -> Bool {
    // A bit for each of !#$%&'*+-.0-9 and of A-Z^_`a-z|~.
    let low: UInt64 = 0x03FF_6CFA_0000_0000
    let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
    return byte < 128 && ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
  }
}
