/// A JSON text (RFC 8259) as a value, for small documents whose shape is not known beforehand, such
/// as the events of other services. Members keep their order.
package indirect enum JSONDocument: Sendable, Hashable {
  /// A member of an object.
  package struct Member: Sendable, Hashable {
    /// The name.
    package var name: String
    /// The value.
    package var value: JSONDocument
  }

  /// Members with different names.
  case object([Member])
  /// Elements.
  case array([JSONDocument])
  /// A string.
  case string(String)
  /// A number, as it is written.
  case number(String)
  /// true or false.
  case boolean(Bool)
  /// null.
  case null

  /// The most levels of objects and arrays within each other.
  package static let maximumDepth = 64

  /// Reads a text: one value, and white space around it.
  ///
  /// - Throws: ``JSONDocumentError`` for anything that is not JSON, that is nested more than
  ///   ``maximumDepth`` levels deep, or that has a name twice in one object.
  package init(parsing bytes: [UInt8]) throws(JSONDocumentError) {
    let input = bytes.span.bytes
    var reader = JSONDocumentReader(input)
    do {
      self = try reader.document()
    } catch let error as JSONDocumentError {
      throw error
    } catch let error as JSONSyntaxError {
      throw JSONDocumentError("It \(error.fault.message).")
    } catch {
      throw JSONDocumentError("It cannot be read: \(error).")
    }
  }

  /// The value of a member of an object; nil where this is no object or has no such member.
  package subscript(name: String) -> JSONDocument? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The string, if it is one.
  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The boolean, if it is one.
  package var boolean: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }

  /// The elements, if it is an array.
  package var elements: [JSONDocument]? {
    if case .array(let values) = self { values } else { nil }
  }

  /// The members, if it is an object.
  package var members: [Member]? {
    if case .object(let values) = self { values } else { nil }
  }

  /// The integer, if it is a number that is written as one and fits.
  package var integer: Int? {
    if case .number(let text) = self { Int(text) } else { nil }
  }

  /// What kind of value it is, with an article.
  package var kind: String {
    switch self {
    case .object: "an object"
    case .array: "an array"
    case .string: "a string"
    case .number: "a number"
    case .boolean: "a boolean"
    case .null: "null"
    }
  }
}

/// Why bytes are no ``JSONDocument``.
package struct JSONDocumentError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, as a sentence about "it".
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Builds a document from the scanner's tokens.
private struct JSONDocumentReader: ~Escapable {
  private var scanner: JSONScanner
  private var scratch: [UInt8] = []

  @_lifetime(copy input)
  init(_ input: RawSpan) {
    scanner = JSONScanner(input)
  }

  mutating func document() throws -> JSONDocument {
    scanner.skipWhiteSpace()
    guard scanner.position < scanner.count else { throw JSONSyntaxError(.empty, at: 0) }
    let value = try value(depth: 0)
    scanner.skipWhiteSpace()
    guard scanner.position == scanner.count else {
      throw JSONSyntaxError(.trailingContent, at: scanner.position)
    }
    return value
  }

  private mutating func value(depth: Int) throws -> JSONDocument {
    let first = try scanner.peekToken(.value)
    switch first {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), 0x30...0x39:
      let range = try scanner.scanNumber()
      return .number(text(scanner.input.extracting(range)))
    default:
      guard scanner.isWordByte(first) else { throw scanner.unexpected(.value) }
      try scanner.scanLiteral()
      switch first {
      case UInt8(ascii: "t"): return .boolean(true)
      case UInt8(ascii: "f"): return .boolean(false)
      default: return .null
      }
    }
  }

  private mutating func object(depth: Int) throws -> JSONDocument {
    try enter(depth)
    var members: [JSONDocument.Member] = []
    var names: Set<String> = []
    if try scanner.peekToken(.nameOrEnd) == UInt8(ascii: "}") {
      scanner.position += 1
      return .object([])
    }
    while true {
      guard try scanner.peekToken(.name) == UInt8(ascii: "\"") else {
        throw scanner.unexpected(.name)
      }
      let name = try string()
      guard names.insert(name).inserted else {
        throw JSONDocumentError("It has the name \"\(name.prefix(80))\" twice in one object.")
      }
      try scanner.scanColon()
      members.append(.init(name: name, value: try value(depth: depth + 1)))
      guard try goesOn(.commaOrObjectEnd, end: UInt8(ascii: "}")) else { return .object(members) }
    }
  }

  private mutating func array(depth: Int) throws -> JSONDocument {
    try enter(depth)
    var elements: [JSONDocument] = []
    if try scanner.peekToken(.value) == UInt8(ascii: "]") {
      scanner.position += 1
      return .array([])
    }
    while true {
      elements.append(try value(depth: depth + 1))
      guard try goesOn(.commaOrArrayEnd, end: UInt8(ascii: "]")) else { return .array(elements) }
    }
  }

  /// Goes over an opening brace or bracket.
  private mutating func enter(_ depth: Int) throws {
    guard depth < JSONDocument.maximumDepth else {
      throw JSONSyntaxError(.tooDeep(limit: JSONDocument.maximumDepth), at: scanner.position)
    }
    scanner.position += 1
  }

  /// Goes over a comma or the end; true for the comma.
  private mutating func goesOn(_ expected: JSONSyntaxError.Expectation, end: UInt8) throws -> Bool {
    let next = try scanner.peekToken(expected)
    guard next == UInt8(ascii: ",") || next == end else { throw scanner.unexpected(expected) }
    scanner.position += 1
    return next != end
  }

  private mutating func string() throws -> String {
    scratch.removeAll(keepingCapacity: true)
    let found = try scanner.scanString(scratch: &scratch)
    return found.isInScratch
      ? String(decoding: scratch[found.range], as: UTF8.self)
      : text(scanner.input.extracting(found.range))
  }

  /// Bytes that the scanner has found to be UTF-8, as a text.
  private func text(_ bytes: RawSpan) -> String {
    bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}
