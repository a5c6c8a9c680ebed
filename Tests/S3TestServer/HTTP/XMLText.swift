import Foundation
import FoundationXML

/// Writing XML.
enum XMLText {
  /// An element that holds text.
  static func element(_ name: String, _ text: String) -> String {
    "<\(name)>\(escape(text))</\(name)>"
  }

  /// An element for each of the pairs.
  static func elements(_ pairs: [(String, String)]) -> String {
    pairs.map { element($0.0, $0.1) }.joined()
  }

  /// Text with what XML reserves and control characters as references, as S3 writes them.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case _ where scalar.value < 0x20: escaped += "&#x\(String(scalar.value, radix: 16));"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

/// An element of a request's document, read by Foundation's parser.
final class XMLElementNode {
  let name: String
  var text = ""
  var children: [XMLElementNode] = []

  init(_ name: String) {
    self.name = name
  }

  /// The text of the first child of a name.
  subscript(name: String) -> String? {
    children.first { $0.name == name }?.text
  }

  /// The document's element.
  static func parse(_ bytes: [UInt8]) throws(S3Failure) -> XMLElementNode {
    let builder = Builder()
    let parser = XMLParser(data: Data(bytes))
    parser.delegate = builder
    guard parser.parse(), let root = builder.root else {
      throw S3Failure(.malformedXML)
    }
    return root
  }

  private final class Builder: NSObject, XMLParserDelegate {
    var root: XMLElementNode?
    private var open: [XMLElementNode] = []

    func parser(
      _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      let node = XMLElementNode(elementName)
      open.last?.children.append(node)
      if root == nil { root = node }
      open.append(node)
    }

    func parser(
      _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
      open.last?.text += string
    }
  }
}
