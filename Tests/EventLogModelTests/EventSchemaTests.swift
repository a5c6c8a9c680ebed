import EventLogModel
import Testing

@Suite("An event schema")
struct EventSchemaTests {
  static let telemetryFields = [
    EventField("device", .string, rule: .printableASCII(length: 4...4)),
    EventField("kind", .string, rule: .oneOf(["reading", "fault", "a.b"])),
    EventField("at", .timestamp), EventField("value", .int32, isNullable: true),
    EventField("unit", .string, isNullable: true, rule: .oneOf(["C", "%"])),
    EventField("installed", .string, isNullable: true, rule: .calendarDate),
    EventField("repaired", .timestamp, isNullable: true),
    EventField("fleet", .string, rule: .nonEmpty, defaultValue: "main"),
  ]
  static let telemetryRules: [CrossFieldRule] = [
    .require("value", when: "kind", is: "reading"), .forbid("unit", when: "kind", is: "fault"),
    .forbid("repaired", unless: "kind", is: "fault"),
    .require("installed", unless: "fleet", is: "main"),
  ]

  /// Another event type than the visit events: without a column for the time of modification.
  static func telemetry() throws -> EventSchema {
    try EventSchema(
      name: "device-telemetry", summary: "What devices say.", fields: telemetryFields,
      identity: ["device", "at"], order: ["at"], group: ["fleet"], eventTime: "at",
      rules: telemetryRules,
      exclusions: [EventExclusion(field: "device", prefix: "T", reason: "test devices")])
  }

  @Test("of visit events is the one that was designed")
  func visitEvent() {
    let schema = EventSchema.visitEvent
    #expect(
      schema.fields.map(\.name) == [
        "action", "study", "pipeline_adcid", "project_label", "center_label", "gear_name", "ptid",
        "naccid", "visit_date", "visit_number", "datatype", "module", "packet", "modality",
        "timestamp", "source_modified",
      ])
    func names(_ indices: [Int]) -> [String] { indices.map { schema.fields[$0].name } }
    #expect(
      names(schema.identity) == [
        "study", "action", "ptid", "visit_date", "timestamp", "datatype", "module",
        "pipeline_adcid",
      ])
    #expect(
      names(schema.order) == [
        "timestamp", "ptid", "action", "study", "visit_date", "datatype", "module",
        "pipeline_adcid",
      ])
    #expect(names(schema.group) == ["study", "datatype"])
    #expect(schema.eventTime == 14)
    #expect(schema.sourceModified == 15)
    #expect(
      names(schema.fields.indices.filter { schema.fields[$0].isNullable }) == [
        "naccid", "visit_number", "module", "packet", "modality", "source_modified",
      ])
  }

  @Test("of visit events passes the checks of any schema")
  func visitEventIsValid() throws {
    let schema = EventSchema.visitEvent
    func names(_ indices: [Int]) -> [String] { indices.map { schema.fields[$0].name } }
    let again = try EventSchema(
      name: schema.name, fields: schema.fields, identity: names(schema.identity),
      order: names(schema.order), group: names(schema.group), eventTime: "timestamp",
      rules: schema.rules, exclusions: schema.exclusions)
    #expect(again == schema)
    #expect(again.fingerprint == schema.fingerprint)
  }

  @Test("without the time of modification keeps everything else")
  func withoutSourceModified() {
    let schema = EventSchema.visitEvent.withoutSourceModified()
    #expect(schema.fields == Array(EventSchema.visitEvent.fields.dropLast()))
    #expect(schema.sourceModified == nil)
    #expect(schema.identity == EventSchema.visitEvent.identity)
    #expect(schema.order == EventSchema.visitEvent.order)
    #expect(schema != .visitEvent)
  }

  @Test("of another event type is decoded by its own rules")
  func telemetry() throws {
    let schema = try EventSchemaTests.telemetry()
    #expect(schema.order == [2, 0])
    let good = #"{"device":"A001","kind":"reading","at":"2024-01-01T00:00:00Z","value":7}"#
    let (outcome, batch) = try decode(good, schema: schema)
    #expect(outcome == .accepted)
    #expect(batch.columns[7].string(at: 0) == "main")
    #expect(
      batch.json(row: 0)
        == #"{"device":"A001","kind":"reading","at":"2024-01-01T00:00:00Z","value":7,"fleet":"main"}"#
    )
    let bad =
      #"{"device":"A1","kind":"fault","at":null,"unit":"%","fleet":"x","value":"9","repaired":1}"#
    #expect(
      try decode(bad, schema: schema).outcome.summary == [
        "device wrong-length", "at null-value", "repaired wrong-type", "unit forbidden-by-rule",
        "installed required-by-rule",
      ])
    let test = #"{"device":"T001","kind":"a.b","at":"2024-01-01T00:00:00Z"}"#
    #expect(try decode(test, schema: schema).outcome == .excluded)
  }

  @Test("may have names that JSON escapes")
  func escapedNames() throws {
    let schema = try EventSchema(
      name: "n",
      fields: [
        EventField("a\"b", .string), EventField("c\\", .string), EventField("é\n", .timestamp),
      ],
      identity: ["a\"b"], order: ["é\n"], group: [], eventTime: "é\n")
    let text = #"{"a\"b":"1","c\\":"2","\u00e9\n":"2024-01-01T00:00:00Z"}"#
    let (outcome, batch) = try decode(text, schema: schema)
    #expect(outcome == .accepted)
    #expect(
      batch.json(row: 0) == #"{"a\"b":"1","c\\":"2","é\n":"2024-01-01T00:00:00Z"}"#)
    // The bytes of a name within the name's quotes are not the name.
    #expect(
      try decode(#"{"a"b":1}"#, schema: schema).outcome.faults.last?.code == .unexpectedCharacter)
  }

  /// A change to a declaration that is right, and a part of the sentence that it is refused with.
  struct Mistake: Sendable, CustomTestStringConvertible {
    let sentence: String
    var fields = telemetryFields
    var identity = ["device", "at"]
    var order = ["at"]
    var group = ["fleet"]
    var eventTime = "at"
    var rules = telemetryRules
    var exclusions: [EventExclusion] = []

    var testDescription: String { sentence }

    init(_ sentence: String, _ change: (inout Mistake) -> Void) {
      self.sentence = sentence
      change(&self)
    }
  }

  @Test(
    "that contradicts itself is refused",
    arguments: [
      Mistake("1 to 1024 fields") { $0.fields = [] },
      Mistake("has no name") { $0.fields.append(EventField("", .string)) },
      Mistake("\"unit\" is declared twice") { $0.fields.append(EventField("unit", .string)) },
      Mistake("The identity names \"x\"") { $0.identity = ["x"] },
      Mistake("The identity names no field") { $0.identity = [] },
      Mistake("The identity names a field twice") { $0.identity = ["at", "at"] },
      Mistake("The order names \"x\"") { $0.order = ["at", "x"] },
      Mistake("The order names no field") { $0.order = [] },
      Mistake("The group names \"x\"") { $0.group = ["x"] },
      Mistake("The group depends on \"unit\"") { $0.group = ["unit"] },
      Mistake("The group depends on \"at\"") { $0.group = ["at"] },
      Mistake("The event time \"kind\"") { $0.eventTime = "kind" },
      Mistake("The event time \"repaired\"") { $0.eventTime = "repaired" },
      Mistake("The event time \"x\"") { $0.eventTime = "x" },
      Mistake("one for strings") { $0.fields.append(EventField("n", .int32, rule: .nonEmpty)) },
      Mistake("can have a default") {
        $0.fields.append(EventField("n", .string, isNullable: true, defaultValue: "a"))
      },
      Mistake("breaks the field's own rule") {
        $0.fields.append(EventField("n", .string, rule: .oneOf(["a"]), defaultValue: "b"))
      },
      Mistake("The values of \"n\"") {
        $0.fields.append(EventField("n", .string, rule: .oneOf([" a"])))
      },
      Mistake("The values of \"n\"") {
        $0.fields.append(EventField("n", .string, rule: .oneOf([])))
      },
      Mistake("nullable timestamp") {
        $0.fields.append(EventField("n", .timestamp, origin: .objectModified))
      },
      Mistake("Only one field") {
        $0.fields += ["m", "n"].map {
          EventField($0, .timestamp, isNullable: true, origin: .objectModified)
        }
      },
      Mistake("cannot identify or order") {
        $0.fields.append(EventField("n", .timestamp, isNullable: true, origin: .objectModified))
        $0.order = ["at", "n"]
      },
      Mistake("A rule names \"x\"") { $0.rules = [.require("x", when: "kind", is: "fault")] },
      Mistake("not a nullable field") {
        $0.rules = [.forbid("device", when: "kind", is: "fault")]
      },
      Mistake("A rule depends on \"unit\"") {
        $0.rules = [.forbid("value", when: "unit", is: "C")]
      },
      Mistake("which it can never be") { $0.rules = [.require("value", when: "kind", is: "x")] },
      Mistake("An exclusion names \"x\"") {
        $0.exclusions = [EventExclusion(field: "x", prefix: "a", reason: "")]
      },
      Mistake("leave out everything") {
        $0.exclusions = [EventExclusion(field: "kind", prefix: "", reason: "")]
      },
    ])
  func mistakes(mistake: Mistake) {
    let error = #expect(throws: EventSchemaError.self) {
      _ = try EventSchema(
        name: "n", fields: mistake.fields, identity: mistake.identity, order: mistake.order,
        group: mistake.group, eventTime: mistake.eventTime, rules: mistake.rules,
        exclusions: mistake.exclusions)
    }
    #expect(error?.description.contains(mistake.sentence) == true, "\(error?.description ?? "")")
  }

  @Test("has another fingerprint for every change but that of a summary")
  func fingerprints() throws {
    func make(_ change: (inout Mistake) -> Void) throws -> UInt64 {
      let changed = Mistake("", change)
      return try EventSchema(
        name: "n", fields: changed.fields, identity: changed.identity, order: changed.order,
        group: changed.group, eventTime: changed.eventTime, rules: changed.rules,
        exclusions: changed.exclusions
      ).fingerprint
    }
    let original = try make { _ in }
    let changed = [
      try make { $0.fields.swapAt(0, 1) },
      try make { $0.fields[4] = EventField("unit", .string, isNullable: true) },
      try make { $0.fields[7] = EventField("fleet", .string, rule: .nonEmpty, defaultValue: "b") },
      try make { $0.identity = ["device"] }, try make { $0.order = ["device"] },
      try make { $0.group = [] }, try make { $0.rules.removeLast() },
      try make {
        $0.exclusions = [EventExclusion(field: "kind", prefix: "f", reason: "")]
      },
    ]
    #expect(Set(changed + [original]).count == changed.count + 1)
    let summary = try make {
      $0.fields[2] = EventField("at", .timestamp, summary: "When it was.")
    }
    #expect(summary == original)
  }
}
