/// Writes the small documents that requests to S3 hold.
struct XMLWriter {
  /// The document so far.
  private(set) var bytes: [UInt8] = []
  private var open: [StaticString] = []

  /// A document that begins with its one element, in S3's namespace.
  init(root: StaticString) {
    append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<")
    append(root)
    append(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">")
    open.append(root)
  }

  /// Begins an element.
  mutating func begin(_ name: StaticString) {
    append("<")
    append(name)
    append(">")
    open.append(name)
  }

  /// Ends the element that begun last.
  mutating func end() {
    guard let name = open.popLast() else { return }
    append("</")
    append(name)
    append(">")
  }

  /// Adds an element of text.
  ///
  /// - Returns: Whether XML can hold the text: it has no place for most control characters.
  mutating func add(_ name: StaticString, _ text: String) -> Bool {
    begin(name)
    for scalar in text.unicodeScalars {
      guard XMLCharacters.isAllowed(scalar.value) else { return false }
      switch scalar {
      case "<": append("&lt;")
      case ">": append("&gt;")
      case "&": append("&amp;")
      // As they are, readers would make spaces or line feeds of them.
      case "\t": append("&#9;")
      case "\n": append("&#10;")
      case "\r": append("&#13;")
      default: XMLReader.append(scalar, to: &bytes)
      }
    }
    end()
    return true
  }

  /// Adds an element of text where there is one.
  mutating func add(_ name: StaticString, _ text: String?) -> Bool {
    text.map { add(name, $0) } ?? true
  }

  private mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }
}
