import EventLogModel
import Testing

/// A field, a value as JSON text, and the code that it is refused with; nil where it is accepted.
struct RuleCase: Sendable, CustomTestStringConvertible {
  let field: String
  let value: String
  let code: EventFault.Code?

  init(_ field: String, _ value: String, _ code: EventFault.Code? = nil) {
    self.field = field
    self.value = value
    self.code = code
  }

  var testDescription: String { "\(field) = \(value)" }
}

@Suite("The rules of a visit event")
struct EventDecoderRuleTests {
  static let cases: [RuleCase] = [
    // action and datatype
    RuleCase("action", #""submit""#), RuleCase("action", #""pass-qc""#),
    RuleCase("action", #""not-pass-qc""#), RuleCase("action", #""delete""#),
    RuleCase("action", #"" \t\u00a0delete\u3000\n""#),
    RuleCase("action", #""Submit""#, .notAllowed), RuleCase("action", #""""#, .notAllowed),
    RuleCase("action", #""submit2""#, .notAllowed), RuleCase("action", "null", .nullValue),
    RuleCase("action", "1", .wrongType), RuleCase("action", "true", .wrongType),
    RuleCase("action", #"["submit"]"#, .wrongType), RuleCase("action", #"{"a":1}"#, .wrongType),
    RuleCase("datatype", #""forms""#, .notAllowed), RuleCase("datatype", "null", .nullValue),
    // study
    RuleCase("study", #""dvcid""#), RuleCase("study", #""""#, .emptyValue),
    RuleCase("study", #"" \u2003 ""#, .emptyValue), RuleCase("study", "null", .nullValue),
    // pipeline_adcid
    RuleCase("pipeline_adcid", "42"), RuleCase("pipeline_adcid", "42.0"),
    RuleCase("pipeline_adcid", "4.2e1"), RuleCase("pipeline_adcid", "420e-1"),
    RuleCase("pipeline_adcid", "0.42E+2"), RuleCase("pipeline_adcid", #""42""#),
    RuleCase("pipeline_adcid", #"" 42 ""#), RuleCase("pipeline_adcid", #""-7""#),
    RuleCase("pipeline_adcid", #""+7""#), RuleCase("pipeline_adcid", #""007""#),
    RuleCase("pipeline_adcid", #""42.00""#), RuleCase("pipeline_adcid", "-0"),
    RuleCase("pipeline_adcid", "2147483647"), RuleCase("pipeline_adcid", "-2147483648"),
    RuleCase("pipeline_adcid", #""2147483647""#), RuleCase("pipeline_adcid", "2147483647.000"),
    RuleCase("pipeline_adcid", "0e999999999999999999999"), RuleCase("pipeline_adcid", "0.000e-5"),
    RuleCase("pipeline_adcid", "true", .wrongType), RuleCase("pipeline_adcid", "false", .wrongType),
    RuleCase("pipeline_adcid", "null", .nullValue), RuleCase("pipeline_adcid", "[42]", .wrongType),
    RuleCase("pipeline_adcid", "42.5", .notAnInteger),
    RuleCase("pipeline_adcid", "1e-1", .notAnInteger),
    RuleCase("pipeline_adcid", "42.00000000000000000000000001", .notAnInteger),
    RuleCase("pipeline_adcid", "1e-999999999", .notAnInteger),
    RuleCase("pipeline_adcid", #""42.0x""#, .notAnInteger),
    RuleCase("pipeline_adcid", #""42.5""#, .notAnInteger),
    RuleCase("pipeline_adcid", #""42.""#, .notAnInteger),
    RuleCase("pipeline_adcid", #""4 2""#, .notAnInteger),
    RuleCase("pipeline_adcid", #""""#, .notAnInteger),
    RuleCase("pipeline_adcid", #""+""#, .notAnInteger),
    RuleCase("pipeline_adcid", #""4e1""#, .notAnInteger),
    RuleCase("pipeline_adcid", #""0x10""#, .notAnInteger),
    RuleCase("pipeline_adcid", #""٤٢""#, .notAnInteger),
    RuleCase("pipeline_adcid", "2147483648", .integerOutOfRange),
    RuleCase("pipeline_adcid", "-2147483649", .integerOutOfRange),
    RuleCase("pipeline_adcid", #""2147483648""#, .integerOutOfRange),
    RuleCase("pipeline_adcid", #""99999999999999999999999999999""#, .integerOutOfRange),
    RuleCase("pipeline_adcid", "1e10", .integerOutOfRange),
    RuleCase("pipeline_adcid", "1e999999999", .integerOutOfRange),
    RuleCase("pipeline_adcid", "1e99999999999999999999999999999", .integerOutOfRange),
    // labels
    RuleCase("project_label", #""""#), RuleCase("center_label", #""é 漢 😀""#),
    RuleCase("gear_name", #""\ud83d\ude00""#), RuleCase("gear_name", "null", .nullValue),
    RuleCase("center_label", "7", .wrongType), RuleCase("project_label", "null", .nullValue),
    // ptid
    RuleCase("ptid", #""!""#), RuleCase("ptid", #""~~~~~~~~~~""#), RuleCase("ptid", #"" 110001 ""#),
    RuleCase("ptid", #""""#, .wrongLength), RuleCase("ptid", #""12345678901""#, .wrongLength),
    RuleCase("ptid", #""11 001""#, .invalidCharacter),
    RuleCase("ptid", #""11é""#, .invalidCharacter),
    RuleCase("ptid", #""11\u007f""#, .invalidCharacter),
    RuleCase("ptid", #""11\u0000""#, .invalidCharacter), RuleCase("ptid", "110001", .wrongType),
    // nullable strings
    RuleCase("naccid", "null"), RuleCase("naccid", #""""#), RuleCase("naccid", "5", .wrongType),
    RuleCase("visit_number", "null"), RuleCase("visit_number", "1", .wrongType),
    RuleCase("packet", "null"), RuleCase("packet", "false", .wrongType),
    // visit_date
    RuleCase("visit_date", #""2024-02-29""#), RuleCase("visit_date", #"" 0001-01-01 ""#),
    RuleCase("visit_date", #""9999-12-31""#),
    RuleCase("visit_date", #""2023-02-29""#, .invalidDate),
    RuleCase("visit_date", #""2024-02-30""#, .invalidDate),
    RuleCase("visit_date", #""0000-01-01""#, .invalidDate),
    RuleCase("visit_date", #""2024-2-1""#, .invalidDate),
    RuleCase("visit_date", #""2024-02-29T00:00:00""#, .invalidDate),
    RuleCase("visit_date", #""""#, .invalidDate), RuleCase("visit_date", "null", .nullValue),
    RuleCase("visit_date", "20240229", .wrongType),
    // module, modality of a form
    RuleCase("module", #""""#), RuleCase("module", "null", .requiredByRule),
    RuleCase("module", "1", .wrongType), RuleCase("modality", #""MR""#, .forbiddenByRule),
    RuleCase("modality", #""""#, .forbiddenByRule),
    // timestamp
    RuleCase("timestamp", #""2024-03-01 09:30:00.5+05""#),
    RuleCase("timestamp", #""\t2024-03-01T09:30:00\n""#),
    RuleCase("timestamp", #""2024-03-01""#, .invalidTimestamp),
    RuleCase("timestamp", #""2024-02-30T00:00:00Z""#, .invalidTimestamp),
    RuleCase("timestamp", #""2024-03-01T25:00:00Z""#, .invalidTimestamp),
    RuleCase("timestamp", #""2024-03-01T00:00:00+24""#, .invalidTimestamp),
    RuleCase("timestamp", #""0001-01-01T00:00:00+01:00""#, .timestampOutOfRange),
    RuleCase("timestamp", "1709285400", .wrongType), RuleCase("timestamp", "null", .nullValue),
  ]

  @Test("accept and refuse single values", arguments: cases)
  func singleValue(rule: RuleCase) throws {
    let (outcome, batch) = try decode(EventText().with(rule.field, rule.value).json)
    if let code = rule.code {
      // A module of the wrong type is there, so that no rule asks for it as well; a modality at
      // fault is not.
      #expect(outcome.summary == ["\(rule.field) \(code)"])
      #expect(batch.count == 0)
      #expect(outcome.faults.allSatisfy { !$0.message.isEmpty })
    } else {
      #expect(outcome == .accepted)
      #expect(batch.count == 1)
    }
  }

  @Test(
    "read each way to write an integer exactly",
    arguments: [
      ("42", 42), ("42.0", 42), ("4.2e1", 42), ("420e-1", 42), ("0.0042e4", 42), (#""42""#, 42),
      (#"" 42 ""#, 42), (#""-7""#, -7), (#""+007.0""#, 7), ("-0", 0), ("-0.0e5", 0), ("0e9", 0),
      ("-2147483648", .min), ("2147483647", .max), ("-2.147483648e9", .min), ("1e9", 1_000_000_000),
      ("20000000000e-1", 2_000_000_000), ("100000000000000000000000000000e-27", 100),
      ("1000000001", 1_000_000_001), ("123456789", 123_456_789), ("-999999999", -999_999_999),
    ] as [(String, Int32)])
  func integers(text: String, expected: Int32) throws {
    let (_, batch) = try decode(EventText().with("pipeline_adcid", text).json)
    #expect(batch.count == 1 && batch.columns[2].int32(at: 0) == expected)
  }

  @Test("strip the characters with the Unicode property White_Space and no others")
  func whiteSpace() throws {
    for value in UInt32(0)...0x10FFFF {
      // The planes beyond the first hold no white space; a few samples of them will do.
      guard value <= 0x3100 || value == 0xFEFF || value % 997 == 0,
        let scalar = Unicode.Scalar(value)
      else { continue }
      let text = String(scalar)
      let escaped = text.utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
      let (_, batch) = try decode(
        EventText().with("center_label", "\"\(escaped)a\(escaped)b\(escaped)\"").json)
      let expected = scalar.properties.isWhitespace ? "a\(text)b" : "\(text)a\(text)b\(text)"
      let label = batch.columns[4].string(at: 0)
      #expect(label.map { Array($0.utf8) } == Array(expected.utf8), "U+\(String(value, radix: 16))")
    }
  }

  @Test("ask for each field that has no default and is not nullable")
  func missingFields() throws {
    let optional: Set = ["study", "naccid", "visit_number", "packet", "modality"]
    for (name, _) in EventText().members {
      let (outcome, batch) = try decode(EventText().without(name).json)
      if optional.contains(name) {
        #expect(outcome == .accepted)
        #expect(name == "study" || batch.columns[batch.schema.index(of: name) ?? 0].isNull(at: 0))
      } else if name == "module" {
        #expect(outcome.summary == ["module required-by-rule"])
      } else {
        #expect(outcome.summary == ["\(name) missing-field"])
      }
    }
  }

  @Test("take an absent study for adrc")
  func defaultStudy() throws {
    let (_, batch) = try decode(EventText().without("study").json)
    #expect(batch.columns[1].string(at: 0) == "adrc")
  }

  @Test("tie module and modality to the datatype")
  func crossFieldRules() throws {
    for datatype in VisitEvent.Datatype.allCases where datatype != .form {
      let event = EventText().dicom.with("datatype", "\"\(datatype.rawValue)\"")
      #expect(try decode(event.json).outcome == .accepted)
      #expect(try decode(event.with("modality", "null").json).outcome == .accepted)
      #expect(
        try decode(event.with("module", #""UDS""#).json).outcome.summary
          == ["module forbidden-by-rule"])
    }
    // White space around the deciding value is of no matter.
    let form = EventText().with("datatype", #"" form ""#)
    #expect(try decode(form.json).outcome == .accepted)
    #expect(try decode(form.without("module").json).outcome.summary == ["module required-by-rule"])
  }

  @Test("leave a rule alone whose deciding field is itself at fault")
  func undecidedRule() throws {
    let event = EventText().with("datatype", #""x""#).without("module")
    #expect(try decode(event.json).outcome.summary == ["datatype not-allowed"])
  }

  @Test("report every fault, in the order of the text, then what is missing")
  func allFaults() throws {
    let event = EventText().with("action", #""x""#).with("pipeline_adcid", "1.5")
      .with("ptid", #""""#).without("gear_name").with("modality", #""MR""#).with("extra", "[1]")
    #expect(
      try decode(event.json).outcome.summary == [
        "action not-allowed", "pipeline_adcid not-an-integer", "ptid wrong-length",
        "extra unknown-field", "gear_name missing-field", "modality forbidden-by-rule",
      ])
  }

  @Test("report what was found before a fault of syntax, and no missing fields")
  func faultsBeforeSyntax() throws {
    let text = #"{"action": "x", "extra": 1, "ptid": 5, "module": nul}"#
    #expect(
      try decode(text).outcome.summary == [
        "action not-allowed", "extra unknown-field", "ptid wrong-type", " invalid-literal",
      ])
    #expect(
      try decode(#"{"extra": {"a": [1, }"#).outcome.summary == [
        "extra unknown-field", " unexpected-character",
      ])
  }

  @Test("show the value at fault, shortened and on one line")
  func shownValues() throws {
    let long = String(repeating: "é", count: 200)
    let shown = try decode(EventText().with("action", "\"\(long)\"").json).outcome.faults.first?
      .value
    #expect(shown == String(repeating: "é", count: 80) + "…")
    let odd = #""a\u0007\n\u202eb""#
    #expect(
      try decode(EventText().with("action", odd).json).outcome.faults.first?.value
        == #"a\u{0007}\n\u{202E}b"#)
    #expect(
      try decode(EventText().with("ptid", "[1, 2]").json).outcome.faults.first?.value == "[1, 2]")
    #expect(
      try decode(EventText().with("study", "null").json).outcome.faults.first?.message
        == "must not be null")
  }

  @Test("hold whatever the order of the fields, which may change from object to object")
  func anyOrder() throws {
    var random = SplitMix64(seed: 8)
    var decoder = EventDecoder(schema: .visitEvent)
    var batch = EventBatch(schema: .visitEvent)
    let expected = try decode(EventText().json).batch.json(row: 0)
    for row in 0..<300 {
      var event = EventText()
      if random.chance(percent: 60) { event.members.shuffle(using: &random) }
      #expect(
        try decoder.decode(Array(event.json.utf8), sourceModified: nil, into: &batch) == .accepted)
      #expect(batch.json(row: row) == expected)
    }
  }

  @Test("refuse unknown fields or ignore them, as asked")
  func unknownFields() throws {
    let event = EventText().with("extra", #"{"a": [1, {"b": null}], "c": "d"}"#)
    #expect(try decode(event.json).outcome.summary == ["extra unknown-field"])
    #expect(try decode(event.json, unknownFields: .ignore).outcome == .accepted)
    // What is ignored must be JSON all the same.
    let broken = EventText().with("extra", #"{"a": [1, {"b": nil}]}"#)
    #expect(try decode(broken.json, unknownFields: .ignore).outcome.summary == [" invalid-literal"])
    // The time of modification is not part of the event.
    let modified = EventText().with("source_modified", #""2024-03-01T09:30:00Z""#)
    #expect(try decode(modified.json).outcome.summary == ["source_modified unknown-field"])
  }

  @Test("leave out sandbox projects, but refuse their invalid events")
  func sandbox() throws {
    let event = EventText().with("project_label", #"" sandbox-form""#)
    let (outcome, batch) = try decode(event.json)
    #expect(outcome == .excluded)
    #expect(batch.count == 0)
    #expect(try decode(event.with("ptid", #""""#).json).outcome.summary == ["ptid wrong-length"])
    #expect(
      try decode(EventText().with("project_label", #""sandbox""#).json).outcome == .accepted)
  }

  @Test("refuse a name that occurs twice, also when it is written differently or lies deeper")
  func duplicates() throws {
    let event = EventText().json.dropLast()
    #expect(try decode(event + #", "ptid": "2"}"#).outcome.summary == ["ptid duplicate-field"])
    #expect(
      try decode(event + #", "\u0070tid": null}"#).outcome.summary == ["ptid duplicate-field"])
    #expect(
      try decode(event + #", "x": 1, "\u0078": 2}"#, unknownFields: .ignore).outcome.summary
        == ["x duplicate-field"])
    let deep = #", "x": [0, {"a": {"b": 1, "c": 2, "b": 3}}, {"a": 1, "A": 1}]}"#
    #expect(
      try decode(event + deep, unknownFields: .ignore).outcome.summary
        == ["x[1].a.b duplicate-field"])
    // The same names in different objects are no duplicates.
    let same = #", "x": {"x": {"x": 1}, "y": [{"x": 1}, {"x": 1}]}}"#
    #expect(try decode(event + same, unknownFields: .ignore).outcome == .accepted)
    // A field whose first value was null or at fault has occurred too.
    #expect(
      try decode(event + #", "modality": null}"#).outcome.summary == ["modality duplicate-field"])
  }
}
