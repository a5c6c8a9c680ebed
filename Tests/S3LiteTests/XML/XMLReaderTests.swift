import TestSupport
import Testing

@testable import S3Lite

@Suite("The XML reader")
struct XMLReaderTests {
  static func code(_ document: String) -> String? {
    do throws(XMLError) {
      _ = try XMLDescription(Array(document.utf8))
      return nil
    } catch {
      return error.code.rawValue
    }
  }

  @Test("reads elements, attributes, text, CDATA sections and references")
  func everything() throws {
    let document = """
      \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
      <!-- before --><a:r xmlns:a="urn:a" xmlns="urn:b" x='1 "&lt;&#x41;' a:y="z">one &amp; \
      <![CDATA[<two>]]><!-- gone --> three<e/><f >&#233;</f></a:r> <!-- behind -->
      """
    let description = try XMLDescription(Array(document.utf8))
    #expect(
      description.lines == [
        "S r", "A x=1 \"<A", "A y=z", "T one & <two> three", "S e", "E", "S f", "T é", "E", "E",
      ])
  }

  @Test(
    "refuses what is not well-formed",
    arguments: [
      "x<a/>", "<a/>x", "<a/><b/>", "</a>", "<a></b>", "<a><b></a></b>", "<a></a ></a>",
      "<a x='1' x='2'/>", "<a x=1/>", "<a x/>", "<a x='1'y='2'/>", "<a x='<'/>", "< a/>", "<a / >",
      "<1a/>", "<a>]]></a>", "<a>&</a>", "<a>& </a>", "<a>&#0;</a>", "<a>&#x;</a>", "<a>&#;</a>",
      "<a>&#xD800;</a>", "<a>&#xFFFE;</a>", "<a>&#x110000;</a>", "<a>&#99999999999;</a>",
      "<a>&#X41;</a>", "<a>&#4a;</a>", "<a><!-- -- --></a>", "<a><!--a---></a>", "<!a/>",
      "<![CDATA[x]]><a/>", "<a><!x></a>", "<?xml?><a/>", "<?xml encoding='UTF-8'?><a/>",
      "<?xml version='1.0'encoding='UTF-8'?><a/>", "<?xml version='1.0' standalone='x'?><a/>",
      "<?xml version='1.0' x='y'?><a/>", "<a b='&lt'/>",
    ])
  func malformed(_ document: String) {
    #expect(["malformed", "unsupported"].contains(Self.code(document)))
  }

  @Test(
    "refuses what reaches outside of the document, or is not UTF-8",
    arguments: [
      "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a>&b;</a>", "<a>&nbsp;</a>",
      "<?pi?><a/>", "<a><?pi?></a>", " <?xml version='1.0'?><a/>",
      "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "<?xml version='2.0'?><a/>",
    ])
  func unsupported(_ document: String) {
    #expect(Self.code(document) == "unsupported")
  }

  @Test(
    "calls what ends too early truncated",
    arguments: [
      "", " ", "<", "<a", "<a>", "<a>x", "<a>&am", "<a><![CDATA[]]", "<!--", "<?xml version='1",
    ])
  func truncated(_ document: String) {
    #expect(Self.code(document) == "truncated" || document == "<")
    #expect(Self.code(document) != nil)
  }

  @Test(
    "refuses bytes that are not characters, and says where",
    arguments: [
      [0xFF], [0x00], [0x08], [0x1F], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBF, 0xBE], [0xEF, 0xBF, 0xBF], [0x80], [0xE0, 0x9F, 0xBF],
    ] as [[UInt8]])
  func characters(_ bytes: [UInt8]) {
    for padding in 0..<17 {
      let front = Array("<a>".utf8) + [UInt8](repeating: 0x61, count: padding)
      let document = front + bytes + Array("bcdefghijkl</a>".utf8)
      let error = #expect(throws: XMLError.self) { try XMLDescription(document) }
      #expect(error?.code == .invalidCharacter)
      #expect(error?.offset == front.count)
    }
  }

  @Test("keeps to its limits")
  func limits() {
    let limits = XMLLimits(documentSize: 100, depth: 3, attributes: 2)
    func code(_ document: String) -> XMLError.Code? {
      do throws(XMLError) {
        let bytes = Array(document.utf8)
        var reader = try XMLReader(bytes.span.bytes, limits: limits)
        while try reader.next() != .endOfDocument {}
        return nil
      } catch {
        return error.code
      }
    }
    #expect(code("<a><b><c/></b></a>") == nil)
    #expect(code("<a><b><c><d/></c></b></a>") == .limitExceeded)
    #expect(code("<a b='' c=''/>") == nil)
    #expect(code("<a b='' c='' d=''/>") == .limitExceeded)
    #expect(code("<a>" + String(repeating: "x", count: 93) + "</a>") == nil)
    #expect(code("<a>" + String(repeating: "x", count: 94) + "</a>") == .limitExceeded)
  }

  @Test("has bounds of 32 MiB and 32 elements, unless told otherwise")
  func defaultLimits() {
    func code(nesting depth: Int) -> String? {
      Self.code(
        String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth))
    }
    #expect(code(nesting: 32) == nil)
    #expect(code(nesting: 33) == "limit-exceeded")
    func code(byteCount: Int) -> XMLError.Code? {
      let bytes = [UInt8](repeating: UInt8(ascii: " "), count: byteCount)
      do throws(XMLError) {
        _ = try XMLReader(bytes.span.bytes)
        return nil
      } catch {
        return error.code
      }
    }
    #expect(code(byteCount: 33_554_432) == nil)
    #expect(code(byteCount: 33_554_433) == .limitExceeded)
  }

  @Test("reads references to control characters where that is allowed, and never their bytes")
  func controlReferences() {
    func text(_ document: String) -> String? {
      let bytes = Array(document.utf8)
      guard
        var reader = try? XMLReader(bytes.span.bytes, allowsControlReferences: true),
        (try? reader.readChild()) == true
      else { return nil }
      return try? reader.readText()
    }
    let controls = Array(0x1...0x1F) + [0xFFFE, 0xFFFF]
    for control in controls.compactMap({ Unicode.Scalar($0) }) {
      let digits = String(control.value, radix: 16)
      for reference in ["&#x\(digits);", "&#x00\(digits.uppercased());", "&#\(control.value);"] {
        #expect(text("<a>b\(reference)c</a>") == "b\(control)c")
        let isAllowed = [0x9, 0xA, 0xD].contains(control.value)
        #expect((Self.code("<a>\(reference)</a>") == nil) == isAllowed)
      }
      #expect(text("<a>\(control)</a>") == nil || [0x9, 0xA, 0xD].contains(control.value))
    }
    for reference in ["&#0;", "&#x0;", "&#xD800;", "&#xDFFF;", "&#x110000;", "&#x1", "&#;"] {
      #expect(text("<a>\(reference)</a>") == nil)
    }
  }

  @Test("agrees with expat on random well-formed documents, and on each of them cut short")
  func wellFormed() async throws {
    let seed: UInt64 = 2_006_03_01
    var random = SplitMix64(seed: seed)
    let documents = (0..<2_000).map { RandomDocument.make(&random, namespaces: $0 % 2 == 0) }
    let answers = try await PythonPeer.exchange("xml_peer.py", ["read"], messages: documents)
    for (index, document) in documents.enumerated() {
      let place: Comment =
        "seed \(seed), document \(index): \(String(decoding: document, as: UTF8.self))"
      let expected = try #require(answers[index], place)
      let lines = try XMLDescription(document).bytes
      #expect(lines == expected, place)
      if lines != expected { return }
      // Behind the document's element white space and whole comments may be missing.
      let end = String(decoding: document, as: UTF8.self).utf8.count
      for length in stride(from: 0, to: end, by: max(1, end / 40)) {
        guard let cut = try? XMLDescription(Array(document[..<length])) else { continue }
        #expect(cut.bytes == lines, place)
      }
    }
  }

  @Test("agrees with expat on the verdict over documents with bytes changed")
  func damaged() async throws {
    let seed: UInt64 = 9_999
    var random = SplitMix64(seed: seed)
    let documents = (0..<6_000).map { _ in
      var document = RandomDocument.make(&random, namespaces: false)
      for _ in 0...random.below(2) {
        let index = random.below(document.count)
        switch random.below(4) {
        case 0: document[index] = UInt8(truncatingIfNeeded: random.next())
        case 1: document[index] ^= 1 << UInt8(random.below(8))
        case 2: document.insert(random.pick(Array("<>&;/=\"'-!?[] \r#x".utf8)), at: index)
        default: document.remove(at: index)
        }
        if document.isEmpty { break }
      }
      return document
    }
    let answers = try await PythonPeer.exchange("xml_peer.py", ["read"], messages: documents)
    var refusals = 0
    for (index, document) in documents.enumerated() {
      let place: Comment =
        "seed \(seed), document \(index): \(String(decoding: document, as: UTF8.self))"
      do throws(XMLError) {
        let description = try XMLDescription(document)
        if description.hasUnusualNames { continue }
        #expect(description.bytes == answers[index], place)
      } catch {
        refusals += 1
        // What we leave out on purpose expat may read.
        if error.code == .unsupported { continue }
        #expect(answers[index] == nil, "\(error) \(place)")
      }
    }
    #expect(refusals > 1_000 && refusals < 5_900)
  }
}
