/// Where and why bytes are not JSON (RFC 8259), or go beyond a limit.
struct JSONSyntaxError: Error, Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case empty
    case byteOrderMark
    case unexpectedEnd(expected: Expectation)
    case unexpectedCharacter(UInt8, expected: Expectation)
    case unknownWord
    case leadingZero
    case missingDigits(NumberPart)
    case controlCharacter(UInt8)
    case unknownEscape
    case incompleteUnicodeEscape
    case loneSurrogate
    case invalidUTF8(UInt8)
    case tooDeep(limit: Int)
    case trailingContent
  }

  /// What the grammar asks for at a place.
  enum Expectation: String, Sendable, Hashable {
    case value = "a value"
    case name = "a name in double quotes"
    case nameOrEnd = "a name in double quotes or \"}\""
    case colon = "a colon"
    case commaOrObjectEnd = "a comma or \"}\""
    case commaOrArrayEnd = "a comma or \"]\""
    case stringEnd = "the closing quote of a string"
    case escape = "the rest of an escape"
    case literal = "the rest of true, false or null"
  }

  /// The part of a number that has no digits.
  enum NumberPart: String, Sendable, Hashable {
    case integer = "after its minus sign"
    case fraction = "after its decimal point"
    case exponent = "in its exponent"
  }

  let kind: Kind
  /// The offset in bytes from the beginning of the input.
  let offset: Int

  init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }

  /// The fault that a person reads.
  var fault: EventFault {
    let (code, message): (EventFault.Code, String) =
      switch kind {
      case .empty: (.emptyInput, "there is nothing but white space where a JSON object is due")
      case .byteOrderMark:
        (
          .byteOrderMark,
          "begins with a byte order mark, which JSON must not; save it as plain UTF-8"
        )
      case .unexpectedEnd(let expected):
        (.unexpectedEnd, "ends at byte \(offset) where \(expected.rawValue) is due")
      case .unexpectedCharacter(let byte, let expected):
        (
          .unexpectedCharacter,
          "has \(JSONSyntaxError.name(byte)) at byte \(offset) where \(expected.rawValue) is due"
        )
      case .unknownWord:
        (.invalidLiteral, "has a word at byte \(offset) that is not true, false or null")
      case .leadingZero:
        (.invalidNumber, "has a number with a leading zero at byte \(offset)")
      case .missingDigits(let part):
        (.invalidNumber, "has a number without digits \(part.rawValue) at byte \(offset)")
      case .controlCharacter(let byte):
        (
          .controlCharacter,
          "has the control character \(JSONSyntaxError.name(byte)) unescaped in a string at byte "
            + "\(offset)"
        )
      case .unknownEscape:
        (.invalidEscape, "has an escape at byte \(offset) that JSON does not know")
      case .incompleteUnicodeEscape:
        (.invalidEscape, "has a \\u at byte \(offset) that four hexadecimal digits do not follow")
      case .loneSurrogate:
        (.loneSurrogate, "has half of a surrogate pair at byte \(offset) without its other half")
      case .invalidUTF8(let byte):
        (.invalidUTF8, "is not UTF-8: \(JSONSyntaxError.name(byte)) at byte \(offset)")
      case .tooDeep(let limit):
        (.tooDeep, "is nested more than \(limit) levels deep at byte \(offset)")
      case .trailingContent:
        (.trailingContent, "goes on at byte \(offset), after the end of the object")
      }
    return EventFault(field: "", code: code, message: message, value: nil)
  }

  /// A byte as people name it.
  private static func name(_ byte: UInt8) -> String {
    if (0x21...0x7E).contains(byte) { return "\"\(Character(Unicode.Scalar(byte)))\"" }
    let digits = String(byte, radix: 16, uppercase: true)
    return "0x" + (byte < 16 ? "0" : "") + digits
  }
}
