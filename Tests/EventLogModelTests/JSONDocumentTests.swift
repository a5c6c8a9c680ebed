import EventLogModel
import Foundation
import Testing

@Suite("JSON documents of any shape")
struct JSONDocumentTests {
  /// Whether a document is what Foundation has read.
  private func isSame(_ document: JSONDocument, _ other: Any) -> Bool {
    switch document {
    case .object(let members):
      guard let object = other as? [String: Any], object.count == members.count else {
        return false
      }
      return members.allSatisfy { member in
        object[member.name].map { isSame(member.value, $0) } ?? false
      }
    case .array(let elements):
      guard let array = other as? [Any], array.count == elements.count else { return false }
      return zip(elements, array).allSatisfy { isSame($0, $1) }
    case .string(let text): return (other as? String).map { Array($0.utf8) } == Array(text.utf8)
    case .number(let text): return (other as? NSNumber)?.doubleValue == Double(text)
    case .boolean(let flag): return other as? Bool == flag
    case .null: return other is NSNull
    }
  }

  /// A text of random shape.
  private func text(_ random: inout some RandomNumberGenerator, depth: Int) -> String {
    let space = [" ", "", "\n", "\t", "\r\n", ""].randomElement(using: &random) ?? ""
    let kind = Int.random(in: 0..<(depth > 4 ? 5 : 8), using: &random)
    let count = Int.random(in: 0..<4, using: &random)
    func string() -> String {
      let parts = [
        "a", "é", "🎉", "\\n", "\\u00e9", "\\ud83c\\udf89", "\\\"", "/", "\\/", " ", "\\\\",
      ]
      return "\""
        + (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined() + "\""
    }
    switch kind {
    case 0: return space + "null" + space
    case 1: return space + (Bool.random(using: &random) ? "true" : "false")
    case 2:
      return
        (["0", "-1", "42", "1.5", "-0.25", "1e3", "2E-2"].randomElement(using: &random) ?? "0")
        + space
    case 3, 4: return space + string()
    case 5:
      return "[" + space
        + (0..<count).map { _ in text(&random, depth: depth + 1) }
        .joined(separator: ",") + "]"
    default:
      return space + "{"
        + (0..<count).map { "\"k\($0)\(kind)\"" + space + ":" + text(&random, depth: depth + 1) }
        .joined(separator: ",") + space + "}"
    }
  }

  @Test("A text means what it means to Foundation", arguments: 0..<200)
  func meaning(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let text = text(&random, depth: 0)
    let bytes = Array(text.utf8)
    let expected = try JSONSerialization.jsonObject(
      with: Data(bytes), options: .fragmentsAllowed)
    let document = try JSONDocument(parsing: bytes)
    #expect(isSame(document, expected), "\(text)")
    // Cut short it is none, unless what is cut off is white space or part of a number.
    guard let last = text.last, "}]\"e".contains(last) || text.hasSuffix("null") else { return }
    let isCut = (try? JSONDocument(parsing: Array(bytes.dropLast()))) == nil
    #expect(isCut, "\(text)")
  }

  @Test("Members keep their order, and names occur once")
  func members() throws {
    let document = try JSONDocument(parsing: Array(#"{"b":1,"a":[true,null],"":{}}"#.utf8))
    #expect(document.members?.map(\.name) == ["b", "a", ""])
    #expect(document["b"]?.integer == 1 && document["a"]?.elements == [.boolean(true), .null])
    #expect(document["c"] == nil && document["b"]?["a"] == nil)
    let error = #expect(throws: JSONDocumentError.self) {
      try JSONDocument(parsing: Array(#"{"a":1,"\u0061":2}"#.utf8))
    }
    #expect(error?.description.contains("twice") == true)
  }

  @Test("Nesting is bounded")
  func depth() throws {
    func nested(_ levels: Int) -> [UInt8] {
      Array((String(repeating: "[", count: levels) + String(repeating: "]", count: levels)).utf8)
    }
    _ = try JSONDocument(parsing: nested(JSONDocument.maximumDepth))
    for levels in [JSONDocument.maximumDepth + 1, 1_000_000] {
      #expect(throws: JSONDocumentError.self) { try JSONDocument(parsing: nested(levels)) }
    }
  }

  @Test(
    "What is no JSON is refused with the place",
    arguments: [
      "", " ", "{", "[1,]", "{\"a\"}", "{a:1}", "01", "tru", "\"\u{1}\"", "1 2", "'a'", "nul",
    ])
  func refused(text: String) {
    let error = #expect(throws: JSONDocumentError.self) {
      try JSONDocument(parsing: Array(text.utf8))
    }
    #expect(error?.description.hasPrefix("It ") == true)
  }
}
