/// A JSON value whose members keep their order, for answers that people and programs read.
public indirect enum JSONValue: Sendable {
  /// Members in the order in which they are written.
  case object([(String, JSONValue)])
  /// Elements.
  case array([JSONValue])
  /// A string.
  case string(String)
  /// An integer.
  case integer(Int)
  /// true or false.
  case boolean(Bool)
  /// null.
  case null

  /// The value as JSON on one line.
  public var text: String {
    var text = ""
    write(into: &text)
    return text
  }

  private func write(into text: inout String) {
    switch self {
    case .object(let members):
      text += "{"
      for (index, (name, value)) in members.enumerated() {
        if index > 0 { text += "," }
        JSONValue.write(name, into: &text)
        text += ":"
        value.write(into: &text)
      }
      text += "}"
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.write(into: &text)
      }
      text += "]"
    case .string(let value): JSONValue.write(value, into: &text)
    case .integer(let value): text += String(value)
    case .boolean(let value): text += value ? "true" : "false"
    case .null: text += "null"
    }
  }

  private static func write(_ string: String, into text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<"\u{20}":
        text += "\\u00" + ContentHash.hexadecimal([UInt8(truncatingIfNeeded: scalar.value)])
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
