import CheckpointCore
import EventLogModel
import Testing

@Suite("Key templates")
struct KeyTemplateTests {
  private let time = Timestamp(parsing: "2024-03-05T06:07:08Z") ?? .earliest

  private func template(_ text: String) throws -> KeyTemplate {
    try KeyTemplate(text, schema: .visitEvent)
  }

  /// The key for a study and a datatype; template fields are in column order: study, datatype.
  private func key(_ text: String, _ study: String, _ datatype: String = "form") throws -> String {
    let template = try template(text)
    let values = template.fields.map {
      EventSchema.visitEvent.fields[$0].name == "study" ? study : datatype
    }
    return template.key(values: values, eventTime: time)
  }

  @Test(
    "Placeholders stand for values of the event",
    arguments: [
      ("events.parquet", "events.parquet"),
      ("out/{study}/{datatype}/events.parquet", "out/adrc/form/events.parquet"),
      ("{datatype}-{study}.parquet", "form-adrc.parquet"),
      ("study={study}/year={year}/{month}.parquet", "study=adrc/year=2024/03.parquet"),
      ("{year}{month}/x", "202403/x"),
      ("{study}/{study}.parquet", "adrc/adrc.parquet"),
    ])
  func substitution(text: String, expected: String) throws {
    #expect(try key(text, "adrc") == expected)
  }

  @Test("No value makes a key longer than stores bear, and different ones stay apart")
  func longValues() throws {
    var keys: Set<String> = []
    for length in 150..<400 {
      for (last, filling) in [("a", "x"), ("b", "x"), ("a", "é"), ("b", "é")] {
        let value = String(repeating: filling, count: length) + last
        let key = try key("{study}.parquet", value)
        #expect(key.utf8.count <= 200 + ".parquet".utf8.count)
        keys.insert(key)
        // Every % begins an escape, or the hash.
        for part in key.split(separator: "%", omittingEmptySubsequences: false).dropFirst() {
          #expect(part.first == "x" || UInt8(part.prefix(2), radix: 16) != nil)
        }
      }
    }
    #expect(keys.count == 250 * 4)
    #expect(try key("{study}.parquet", String(repeating: "x", count: 200)).hasPrefix("xxx"))
    #expect(try !key("{study}.parquet", String(repeating: "x", count: 200)).contains("%x"))
  }

  @Test("Years have four digits and months two, in UTC")
  func dates() throws {
    let template = try template("{year}/{month}")
    #expect(template.key(values: [], eventTime: .earliest) == "0001/01")
    let late = try #require(Timestamp(parsing: "2023-12-31T23:30:00-01:00"))
    #expect(template.key(values: [], eventTime: late) == "2024/01")
  }

  @Test(
    "The literal directory is where state and reports lie",
    arguments: [
      ("events.parquet", ""), ("out/events.parquet", "out/"), ("a/b/{study}/x", "a/b/"),
      ("a/b-{study}/x", "a/"), ("{study}/x", ""),
    ])
  func directory(text: String, expected: String) throws {
    #expect(try template(text).directory == expected)
  }

  @Test(
    "What is no template is refused",
    arguments: [
      ("", KeyTemplateError.Code.empty), ("{nope}.parquet", .unknownPlaceholder),
      ("{ptid}.parquet", .unknownPlaceholder), ("{}.parquet", .unknownPlaceholder),
      ("{study.parquet", .unbalancedBrace), ("study}.parquet", .unbalancedBrace),
      ("{stu{dy}}.parquet", .unbalancedBrace), ("/abs/{study}", .invalidKey),
      ("a/../{study}", .invalidKey), ("a//b", .invalidKey), ("dir/", .invalidKey),
      ("./a", .invalidKey), ("{study}/..", .invalidKey), ("{study}{datatype}", .ambiguous),
      ("{study}{year}", .ambiguous), ("{study}x{datatype}", .ambiguous),
      ("{study}%{datatype}", .ambiguous), ("out/_x.parquet", .invalidKey),
      ("out/.x.parquet", .invalidKey),
    ])
  func refusals(text: String, code: KeyTemplateError.Code) {
    #expect {
      _ = try template(text)
    } throws: { error in
      (error as? KeyTemplateError)?.code == code
    }
  }

  @Test("The sentence about an unknown placeholder names the known ones")
  func knownPlaceholders() {
    #expect {
      _ = try template("{site}.parquet")
    } throws: { error in
      "\(error)".contains("{study}, {datatype}, {year}, {month}")
    }
  }

  @Test("The placeholders are those of the schema")
  func schemaPlaceholders() throws {
    let schema = try EventSchema(
      name: "reading",
      fields: [
        EventField("device", .string), EventField("at", .timestamp), EventField("value", .int32),
      ],
      identity: ["device", "at"], order: ["at"], group: ["device"], eventTime: "at")
    let template = try KeyTemplate("{device}/{year}.parquet", schema: schema)
    #expect(template.key(values: ["d1"], eventTime: time) == "d1/2024.parquet")
    #expect(throws: KeyTemplateError.self) { try KeyTemplate("{study}.parquet", schema: schema) }
  }

  @Test(
    "No value leaves or collapses its directory",
    arguments: [
      "", ".", "..", "../..", "/", "a/b", "/etc", "_refused", "_state.json", ".hidden", "a\0b",
      "ä", "%", "%2F", "%empty", "a b", "{study}", "__", "..a",
    ])
  func hostileValues(value: String) throws {
    for text in ["out/{study}/x.parquet", "out/{study}", "out/a{study}/x", "{study}/{datatype}/x"] {
      let key = try key(text, value)
      let literal = text.split(separator: "/").count
      let segments = key.split(separator: "/", omittingEmptySubsequences: false)
      #expect(segments.count == literal)
      #expect(segments.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." })
      #expect(segments.allSatisfy { $0.first != "_" && $0.first != "." })
      let isPlain = key.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
          || "/_.-%".utf8.contains($0)
      }
      #expect(isPlain)
    }
  }

  @Test(
    "Different values never give the same key",
    arguments: [
      "{study}/{datatype}.parquet", "{study}-{datatype}.parquet", "{study}_{datatype}",
      "{datatype}.{study}.{year}", "x{study}-.{datatype}-y", "{study}={datatype}",
    ])
  func injective(text: String) throws {
    let seed: UInt64 = 7
    var random = SplitMix64(seed: seed)
    let alphabet = Array("ab-_.%=/2F").map(String.init) + ["", "é", "%empty", "%2D"]
    var values: [String: (String, String)] = [:]
    for _ in 0..<20_000 {
      var pair = ("", "")
      for _ in 0..<random.below(4) { pair.0 += random.pick(alphabet) }
      for _ in 0..<random.below(4) { pair.1 += random.pick(alphabet) }
      let key = try key(text, pair.0, pair.1)
      if let known = values[key] {
        #expect(known == pair, "seed \(seed): \(key)")
      }
      values[key] = pair
    }
  }
}
