import EventLogModel
import Testing

/// Bytes that are no JSON object, the code they are refused with, and what the sentence says.
struct SyntaxCase: Sendable, CustomTestStringConvertible {
  let bytes: [UInt8]
  let code: EventFault.Code
  let sentence: String

  init(_ text: String, _ code: EventFault.Code, _ sentence: String) {
    self.init(Array(text.utf8), code, sentence)
  }

  init(_ bytes: [UInt8], _ code: EventFault.Code, _ sentence: String) {
    self.bytes = bytes
    self.code = code
    self.sentence = sentence
  }

  var testDescription: String { String(decoding: bytes.prefix(40), as: UTF8.self) }
}

@Suite("Bytes that are not a JSON object")
struct JSONSyntaxTests {
  static let open = Array(#"{"a":""#.utf8)

  static let cases: [SyntaxCase] = [
    SyntaxCase("", .emptyInput, "nothing"), SyntaxCase(" \n\t\r ", .emptyInput, "nothing"),
    SyntaxCase([0xEF, 0xBB, 0xBF] + "{}".utf8, .byteOrderMark, "byte order mark"),
    SyntaxCase([0xFE, 0xFF, 0, 0x7B], .byteOrderMark, "byte order mark"),
    SyntaxCase([0xFF, 0xFE, 0x7B, 0], .byteOrderMark, "byte order mark"),
    SyntaxCase("[]", .notAnObject, "not an array"), SyntaxCase("null", .notAnObject, "not null"),
    SyntaxCase("\"{}\"", .notAnObject, "not a string"), SyntaxCase("12", .notAnObject, "a number"),
    SyntaxCase(" true ", .notAnObject, "a boolean"),
    SyntaxCase("[1] 2", .trailingContent, "byte 4"),
    SyntaxCase("{", .unexpectedEnd, "ends at byte 1 where a name in double quotes or \"}\""),
    SyntaxCase(#"{""#, .unexpectedEnd, "closing quote"),
    SyntaxCase(#"{"a"#, .unexpectedEnd, "closing quote"),
    SyntaxCase(#"{"a\"#, .unexpectedEnd, "escape"),
    SyntaxCase(#"{"a\u00"#, .unexpectedEnd, "escape"),
    SyntaxCase(#"{"a\ud83d"#, .unexpectedEnd, "escape"),
    SyntaxCase(#"{"a""#, .unexpectedEnd, "a colon"),
    SyntaxCase(#"{"a":"#, .unexpectedEnd, "a value"),
    SyntaxCase(#"{"a":1"#, .unexpectedEnd, "a comma or \"}\""),
    SyntaxCase(#"{"a":1,"#, .unexpectedEnd, "a name"),
    SyntaxCase(#"{"a":[1"#, .unexpectedEnd, "a comma or \"]\""),
    SyntaxCase(#"{"a":tru"#, .unexpectedEnd, "true, false or null"),
    SyntaxCase("{]", .unexpectedCharacter, "\"]\" at byte 1"),
    SyntaxCase("{a:1}", .unexpectedCharacter, "\"a\" at byte 1"),
    SyntaxCase("{'a':1}", .unexpectedCharacter, "\"'\" at byte 1"),
    SyntaxCase("{,}", .unexpectedCharacter, "byte 1"),
    SyntaxCase(#"{"a" 1}"#, .unexpectedCharacter, "byte 5 where a colon"),
    SyntaxCase(#"{"a"::1}"#, .unexpectedCharacter, "byte 5 where a value"),
    SyntaxCase(#"{"a":1 "b":2}"#, .unexpectedCharacter, "byte 7 where a comma"),
    SyntaxCase(#"{"a":1,}"#, .unexpectedCharacter, "byte 7 where a name"),
    SyntaxCase(#"{"a":1,,"b":2}"#, .unexpectedCharacter, "byte 7 where a name"),
    SyntaxCase(#"{"a":[1,]}"#, .unexpectedCharacter, "byte 8 where a value"),
    SyntaxCase(#"{"a":[1 2]}"#, .unexpectedCharacter, "byte 8 where a comma"),
    SyntaxCase(#"{"a":{"b":1,}}"#, .unexpectedCharacter, "byte 12 where a name"),
    SyntaxCase(#"{"a":{1:1}}"#, .unexpectedCharacter, "byte 6"),
    SyntaxCase(#"{"a":[1}}"#, .unexpectedCharacter, "byte 7"),
    SyntaxCase(#"{"a":}"#, .unexpectedCharacter, "byte 5 where a value"),
    SyntaxCase(#"{"a":+1}"#, .unexpectedCharacter, "\"+\" at byte 5"),
    SyntaxCase(#"{"a":.5}"#, .unexpectedCharacter, "\".\" at byte 5"),
    SyntaxCase(#"{"a":1.5.2}"#, .unexpectedCharacter, "byte 8"),
    SyntaxCase(#"{"a":0x10}"#, .unexpectedCharacter, "byte 6"),
    SyntaxCase(#"{"a":1 /* one */}"#, .unexpectedCharacter, "byte 7"),
    SyntaxCase("{\u{a0}}", .unexpectedCharacter, "0xC2 at byte 1"),
    SyntaxCase("{\u{0}}", .unexpectedCharacter, "0x00 at byte 1"),
    SyntaxCase("{\u{b}}", .unexpectedCharacter, "0x0B at byte 1"),
    SyntaxCase(#"{"a":nul}"#, .invalidLiteral, "byte 5"),
    SyntaxCase(#"{"a":nulll}"#, .invalidLiteral, "byte 5"),
    SyntaxCase(#"{"a":True}"#, .invalidLiteral, "byte 5"),
    SyntaxCase(#"{"a":None}"#, .invalidLiteral, "byte 5"),
    SyntaxCase(#"{"a":NaN}"#, .invalidLiteral, "byte 5"),
    SyntaxCase(#"{"a":Infinity}"#, .invalidLiteral, "byte 5"),
    SyntaxCase(#"{"module":none}"#, .invalidLiteral, "byte 10"),
    SyntaxCase(#"{"a":-Infinity}"#, .invalidNumber, "after its minus sign at byte 5"),
    SyntaxCase(#"{"a":01}"#, .invalidNumber, "leading zero at byte 5"),
    SyntaxCase(#"{"a":-01}"#, .invalidNumber, "leading zero at byte 5"),
    SyntaxCase(#"{"pipeline_adcid":00}"#, .invalidNumber, "leading zero at byte 18"),
    SyntaxCase(#"{"a":1.}"#, .invalidNumber, "after its decimal point at byte 5"),
    SyntaxCase(#"{"a":1e}"#, .invalidNumber, "in its exponent at byte 5"),
    SyntaxCase(#"{"a":1e+}"#, .invalidNumber, "in its exponent at byte 5"),
    SyntaxCase("{\"a\":\"\u{1}\"}", .controlCharacter, "0x01 unescaped in a string at byte 6"),
    SyntaxCase(
      "{\"a\":\"0123456789\n\"}", .controlCharacter, "0x0A unescaped in a string at byte 16"),
    SyntaxCase("{\"a\u{0}\":1}", .controlCharacter, "byte 3"),
    SyntaxCase(#"{"a":"\x41"}"#, .invalidEscape, "escape at byte 6"),
    SyntaxCase(#"{"a":"\'"}"#, .invalidEscape, "escape at byte 6"),
    SyntaxCase(#"{"a":"\u12g4"}"#, .invalidEscape, "\\u at byte 6"),
    SyntaxCase(#"{"a":"\u 123"}"#, .invalidEscape, "\\u at byte 6"),
    SyntaxCase(#"{"a":"\ud83d"}"#, .loneSurrogate, "byte 6"),
    SyntaxCase(#"{"a":"\ud83dx"}"#, .loneSurrogate, "byte 6"),
    SyntaxCase(#"{"a":"\ud83d\n"}"#, .loneSurrogate, "byte 6"),
    SyntaxCase(#"{"a":"\ud83d\ud83d"}"#, .loneSurrogate, "byte 6"),
    SyntaxCase(#"{"a":"\ude00"}"#, .loneSurrogate, "byte 6"),
    SyntaxCase(open + [0x80, 0x22, 0x7D], .invalidUTF8, "0x80 at byte 6"),
    SyntaxCase(open + [0xC0, 0xAF, 0x22, 0x7D], .invalidUTF8, "0xC0 at byte 6"),
    SyntaxCase(open + [0xC1, 0xBF, 0x22, 0x7D], .invalidUTF8, "byte 6"),
    SyntaxCase(open + [0xE0, 0x80, 0x80, 0x22, 0x7D], .invalidUTF8, "byte 6"),
    SyntaxCase(open + [0xE0, 0x9F, 0xBF, 0x22, 0x7D], .invalidUTF8, "byte 6"),
    SyntaxCase(open + [0xED, 0xA0, 0x80, 0x22, 0x7D], .invalidUTF8, "byte 6"),
    SyntaxCase(open + [0xF0, 0x80, 0x80, 0x80, 0x22, 0x7D], .invalidUTF8, "byte 6"),
    SyntaxCase(open + [0xF4, 0x90, 0x80, 0x80, 0x22, 0x7D], .invalidUTF8, "byte 6"),
    SyntaxCase(open + [0xF5, 0x80, 0x80, 0x80, 0x22, 0x7D], .invalidUTF8, "byte 6"),
    SyntaxCase(open + [0xE2, 0x82, 0x22, 0x7D], .invalidUTF8, "byte 6"),
    SyntaxCase(open + [0xC3], .invalidUTF8, "byte 6"),
    SyntaxCase("{} {}", .trailingContent, "byte 3"), SyntaxCase("{}}", .trailingContent, "byte 2"),
    SyntaxCase("{},", .trailingContent, "byte 2"),
    SyntaxCase("{}\u{0}", .trailingContent, "byte 2"),
  ]

  @Test("get a code and a sentence that says where", arguments: cases)
  func sentence(syntax: SyntaxCase) throws {
    let (outcome, batch) = try decode(syntax.bytes, unknownFields: .ignore)
    let fault = outcome.faults.last { $0.field.isEmpty }
    #expect(fault?.code == syntax.code)
    #expect(fault?.message.contains(syntax.sentence) == true, "\(fault?.message ?? "")")
    #expect(batch.count == 0)
  }

  @Test("are refused beyond the limits of size and depth")
  func limits() throws {
    let event = EventText().json
    let size = event.utf8.count
    #expect(
      try decode(event, limits: EventDecoder.Limits(maximumSize: size)).outcome == .accepted)
    #expect(
      try decode(event, limits: EventDecoder.Limits(maximumSize: size - 1)).outcome.summary
        == [" too-large"])
    for depth in [1, 2, 63, 64, 200] {
      let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      let (outcome, _) = try decode(
        EventText().with("x", nested).json, unknownFields: .ignore)
      #expect(outcome.summary == (depth <= 63 ? [] : [" too-deep"]))
    }
    let objects = String(repeating: #"{"a":"#, count: 500_000)
    let limits = EventDecoder.Limits(maximumSize: 10_000_000, maximumDepth: .max)
    #expect(try decode(objects, limits: limits).outcome.summary.last == " unexpected-end")
  }

  @Test("with a hundred thousand faults are refused with the first hundred and a count")
  func manyFaults() throws {
    var text = "{"
    for index in 0..<100_000 { text += "\"k\(index)\":0," }
    text += "\"k7\":0}"
    let limits = EventDecoder.Limits(maximumSize: 10_000_000)
    let faults = try decode(text, limits: limits).outcome.faults
    #expect(faults.count == 101)
    #expect(faults.last?.code == .tooManyFaults)
    // 99,900 unknown fields more, the duplicate, and the nine that are missing.
    #expect(faults.last?.message == "has \(99_900 + 1 + 9) more faults than are listed")
    let ignoring = try decode(text, unknownFields: .ignore, limits: limits).outcome
    #expect(ignoring.summary.first == "k7 duplicate-field")
  }
}
