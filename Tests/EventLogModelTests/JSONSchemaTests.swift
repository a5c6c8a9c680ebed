import EventLogModel
import Foundation
import Testing

@Suite("The exported JSON Schema")
struct JSONSchemaTests {
  /// What the decoder refuses and a JSON Schema cannot say.
  static let beyondSchemas: Set<EventFault.Code> = [
    .timestampOutOfRange, .duplicateField, .tooDeep, .tooLarge,
  ]

  /// Documents with our verdicts, without those whose only faults a schema cannot say.
  private func judged(
    _ documents: [String], schema: EventSchema, unknownFields: EventDecoder.UnknownFieldPolicy
  ) throws -> [JSONSchemaPeer.Case] {
    try documents.compactMap { document in
      let outcome = try decode(document, schema: schema, unknownFields: unknownFields).outcome
      let faults = outcome.faults
      if !faults.isEmpty, faults.allSatisfy({ JSONSchemaTests.beyondSchemas.contains($0.code) }) {
        return nil
      }
      return JSONSchemaPeer.Case(document: document, accepted: faults.isEmpty)
    }
  }

  private func expectAgreement(
    on documents: [String], schema: EventSchema, unknownFields: EventDecoder.UnknownFieldPolicy,
    seed: UInt64
  ) async throws {
    let cases = try judged(documents, schema: schema, unknownFields: unknownFields)
    #expect(cases.count > documents.count * 9 / 10)
    // Neither verdict is rare, so that both are tested.
    let accepted = cases.count { $0.accepted }
    #expect(accepted > cases.count / 10 && accepted < cases.count * 9 / 10)
    let (status, output) = try await JSONSchemaPeer.judge(
      cases, by: schema.jsonSchema(unknownFields: unknownFields))
    #expect(status == 0, "seed \(seed): \(output.prefix(2_000))")
    #expect(output.hasSuffix("\(accepted) valid, \(cases.count - accepted) invalid\n"))
  }

  @Test(
    "says of visit events what the decoder says, by an independent validator",
    arguments: [(UInt64(1), EventDecoder.UnknownFieldPolicy.refuse), (2, .ignore)])
  func visitEvents(seed: UInt64, unknownFields: EventDecoder.UnknownFieldPolicy) async throws {
    var random = SplitMix64(seed: seed)
    // Python's decimals have no room for such an exponent.
    let values = EventDecoderRuleTests.cases.filter { !$0.value.contains("e99999999999") }
    var documents: [String] = values.map { EventText().with($0.field, $0.value).json }
    for _ in 0..<2_000 {
      var event = random.chance(percent: 50) ? EventText() : EventText().dicom
      for _ in 0..<random.below(3) {
        switch random.below(8) {
        case 0: event = event.without(random.pick(event.members)?.name ?? "")
        case 1: event = event.with(random.pick(["x", "source_modified", ""]) ?? "", "1")
        case 2:
          let datatype = random.pick(VisitEvent.Datatype.allCases)?.rawValue ?? ""
          event = event.with(
            "datatype", "\"\(random.pick(["", " ", "\\u2028"]) ?? "")\(datatype)\"")
        case 3: event = event.with(random.pick(event.members)?.name ?? "", "null")
        case 4:
          let day = "\(random.below(3))\(random.below(10))"
          event = event.with(
            "visit_date", "\"\(1_895 + random.below(200))-0\(random.below(10))-\(day)\"")
        case 5:
          let hour = "\(random.below(3))\(random.below(10))"
          let offset = random.pick(["", "Z", "+01", "-1200", "+23:59", "+24:00", "z", "+1"]) ?? ""
          event = event.with(
            "timestamp", "\"2024-02-2\(random.below(10))T\(hour):59:5\(random.below(10))\(offset)\""
          )
        case 6:
          let number = random.below(1 << 34) - 1 << 33
          event = event.with(
            "pipeline_adcid", random.chance(percent: 50) ? "\(number)" : "\"\(number)\"")
        default:
          if let value = random.pick(values) { event = event.with(value.field, value.value) }
        }
      }
      documents.append(event.json)
    }
    try await expectAgreement(
      on: documents, schema: .visitEvent, unknownFields: unknownFields, seed: seed)
  }

  @Test("follows the declaration of any other event type")
  func telemetry() async throws {
    var random = SplitMix64(seed: 3)
    let schema = try EventSchemaTests.telemetry()
    let pools: [(String, [String])] = [
      ("device", [#""A001""#, #"" A001 ""#, #""A01""#, "1"]),
      ("kind", [#""reading""#, #""fault""#, #""a.b""#, #""a.b ""#, #""axb""#]),
      ("at", [#""2024-01-01T00:00:00Z""#, #""2024-01-01""#]),
      ("value", ["1", #""1""#, "null", "1.5"]), ("unit", [#""C""#, #"" % ""#, "null", #""K""#]),
      ("installed", [#""2024-02-29""#, "null", #""2023-02-29""#]),
      ("repaired", [#""2024-01-01T00:00:00Z""#, "null"]),
      ("fleet", [#""main""#, #""\tmain""#, #""north""#, #"" ""#]),
    ]
    let documents = (0..<1_200).map { _ in
      var event = EventText()
      event.members = []
      for (name, values) in pools where random.chance(percent: 85) {
        let value = random.chance(percent: 70) ? values[0] : random.pick(values) ?? "null"
        event = event.with(name, value)
      }
      return event.json
    }
    let cases = try judged(documents, schema: schema, unknownFields: .refuse)
    let (status, output) = try await JSONSchemaPeer.judge(cases, by: schema.jsonSchema())
    #expect(status == 0, "\(output.prefix(2_000))")
    let accepted = cases.count { $0.accepted }
    #expect((50...1_150).contains(accepted))
  }

  @Test("is the same text every time, with the fields in column order")
  func deterministic() throws {
    let text = EventSchema.visitEvent.jsonSchema()
    #expect(text == EventSchema.visitEvent.jsonSchema())
    let places = try EventSchema.visitEvent.fields.dropLast().map { field in
      try #require(text.range(of: "\"\(field.name)\": {")).lowerBound
    }
    #expect(places == places.sorted())
    #expect(!text.contains("source_modified"))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(object?["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    #expect(object?["additionalProperties"] as? Bool == false)
  }
}
