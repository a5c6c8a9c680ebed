/// A JSON value whose members keep their order, for what is written once and read by people.
indirect enum JSONTree {
  case string(String)
  case integer(Int)
  case boolean(Bool)
  case array([JSONTree])
  case object([(String, JSONTree)])

  private var isScalar: Bool {
    switch self {
    case .string, .integer, .boolean: true
    case .array, .object: false
    }
  }

  /// Appends the value, indented by two spaces a level; arrays of scalars stay on one line.
  func write(into text: inout String, indentation: Int) {
    switch self {
    case .string(let value): JSONTree.write(value, into: &text)
    case .integer(let value): text += "\(value)"
    case .boolean(let value): text += value ? "true" : "false"
    case .array(let elements) where elements.allSatisfy(\.isScalar):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += ", " }
        element.write(into: &text, indentation: 0)
      }
      text += "]"
    case .array(let elements):
      JSONTree.writeLines(elements, "[", "]", into: &text, indentation) { element, text in
        element.write(into: &text, indentation: indentation + 1)
      }
    case .object(let members):
      JSONTree.writeLines(members, "{", "}", into: &text, indentation) { member, text in
        JSONTree.write(member.0, into: &text)
        text += ": "
        member.1.write(into: &text, indentation: indentation + 1)
      }
    }
  }

  private static func write(_ value: String, into text: inout String) {
    var bytes: [UInt8] = []
    JSONText.append(string: value, to: &bytes)
    text += String(decoding: bytes, as: UTF8.self)
  }

  private static func writeLines<Element>(
    _ elements: [Element], _ open: String, _ close: String, into text: inout String,
    _ indentation: Int, _ body: (Element, inout String) -> Void
  ) {
    guard !elements.isEmpty else {
      text += open + close
      return
    }
    text += open
    for (index, element) in elements.enumerated() {
      text += (index > 0 ? ",\n" : "\n") + String(repeating: "  ", count: indentation + 1)
      body(element, &text)
    }
    text += "\n" + String(repeating: "  ", count: indentation) + close
  }
}
