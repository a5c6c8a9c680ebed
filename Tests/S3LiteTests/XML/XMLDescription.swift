@testable import S3Lite

/// What our reader makes of a document, in the words of `xml_peer.py`.
struct XMLDescription {
  var lines: [String] = []
  /// Whether a name has a colon or a character beyond ASCII. expat resolves namespaces and follows
  /// an older edition of XML in the characters of names, so its verdict may be another one.
  var hasUnusualNames = false

  init(_ document: [UInt8]) throws(XMLError) {
    var reader = try XMLReader(document.span.bytes)
    var text: [UInt8] = []
    while true {
      let event = try reader.next()
      if event == .text {
        text.append(contentsOf: reader.text)
        continue
      }
      if !text.isEmpty {
        lines.append("T " + Self.escape(String(decoding: text, as: UTF8.self)))
        text = []
      }
      switch event {
      case .start:
        lines.append("S " + reader.localName)
        note(reader.qualifiedName)
        let attributes = reader.attributes.map { attribute in
          (name: attribute.name.split(separator: ":").last.map(String.init) ?? "", attribute.value)
        }
        for (name, value) in attributes.sorted(by: { $0 < $1 }) {
          lines.append("A \(name)=\(Self.escape(value))")
        }
        for attribute in reader.attributes { note(attribute.name) }
      case .end:
        lines.append("E")
      case .endOfDocument:
        return
      case .text:
        break
      }
    }
  }

  /// The lines as the peer sends them.
  var bytes: [UInt8] { Array(lines.joined(separator: "\n").utf8) }

  private mutating func note(_ name: String) {
    if name.utf8.contains(where: { $0 >= 0x80 || $0 == UInt8(ascii: ":") }) {
      hasUnusualNames = true
    }
  }

  private static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\r": escaped += "\\r"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
