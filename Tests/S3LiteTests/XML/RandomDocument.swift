import TestSupport

/// Random well-formed documents in all the forms that the reader knows.
struct RandomDocument {
  private var random: SplitMix64
  private let hasNamespaces: Bool
  private(set) var text = ""

  static func make(_ random: inout SplitMix64, namespaces: Bool) -> [UInt8] {
    var document = RandomDocument(
      random: SplitMix64(seed: random.next()), hasNamespaces: namespaces)
    document.prolog()
    document.element(depth: 0)
    document.miscellany()
    return Array(document.text.utf8)
  }

  private init(random: SplitMix64, hasNamespaces: Bool) {
    self.random = random
    self.hasNamespaces = hasNamespaces
  }

  private mutating func prolog() {
    if random.one(in: 5) { text += "\u{FEFF}" }
    if random.one(in: 2) {
      text += random.pick([
        "<?xml version=\"1.0\"?>", "<?xml version='1.0' encoding='utf-8' ?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?xml\tversion = \"1.0\"\n encoding= 'UTF-8' standalone =\"yes\" ?>",
        "<?xml version=\"1.0\" standalone='no'?>",
      ])
    }
    miscellany()
  }

  private mutating func miscellany() {
    for _ in 0..<random.below(3) {
      text += random.pick(["\n", " \t\r\n", "<!---->", "<!-- a - b <c> &d; ]]> é -->"])
    }
  }

  private mutating func name() -> String {
    random.pick(["Key", "a", "_b-1.c", "ListBucketResult", "ETag", "Größe", "鍵", "A9", "x_y"])
  }

  private mutating func space(_ least: String = "") -> String {
    random.one(in: 4) ? random.pick([" ", "\n", "\t ", "\r\n"]) : least
  }

  private mutating func element(depth: Int) {
    let isPrefixed = hasNamespaces && random.one(in: 4)
    let name = (isPrefixed ? "p:" : "") + name()
    text += "<\(name)"
    if hasNamespaces && (depth == 0 || random.one(in: 8)) {
      text += " xmlns:p=\"urn:p\""
      if random.one(in: 2) { text += " xmlns='http://s3.amazonaws.com/doc/2006-03-01/'" }
    }
    var names: Set<String> = []
    for _ in 0..<random.below(4) {
      let attribute = self.name()
      guard names.insert(attribute).inserted else { continue }
      let quote = random.pick(["\"", "'"])
      let prefix = hasNamespaces && random.one(in: 5) ? "p:" : ""
      text += space(" ") + (text.last?.isWhitespace == true ? "" : " ")
      text += "\(prefix)\(attribute)\(space())=\(space())\(quote)"
      for _ in 0..<random.below(4) {
        text += random.pick([
          "v", "&lt;", "&#10;", "&#x9;", ">", "\n", "\t", "\r\n", "\r", " ", "é🎉", "]]>", "&quot;",
          "&apos;", "&amp;", "--",
        ])
      }
      text += quote
    }
    text += space()
    if random.one(in: 5) {
      text += "/>"
      return
    }
    text += ">"
    content(depth: depth)
    text += "</\(name)\(space())>"
  }

  private mutating func content(depth: Int) {
    for _ in 0..<random.below(6) {
      switch random.below(8) {
      case 0, 1:
        if depth < 8 { element(depth: depth + 1) }
      case 2:
        text += random.pick([
          "<![CDATA[]]>", "<![CDATA[<a>&b;]] ]>\r\nc]]>", "<![CDATA[é]]]]>", "<![CDATA[--]]>",
        ])
      case 3: text += random.pick(["<!-- c -->", "<!----><!--\u{2028}-->"])
      case 4:
        text += random.pick([
          "&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#65;", "&#x1F389;", "&#xD;", "&#0010;",
          "&#xfffd;", "&#x10FFFF;",
        ])
      case 5: text += random.pick(["\r\n", "\r", "\n", "\r\r\n", "\t ", "]] ", " ]>", "\"'", ">"])
      default:
        text += random.pick(["some text", "é", "漢字", "🎉", "\u{7F}\u{85}\u{2028}", "2009-10-12"])
      }
    }
  }
}
