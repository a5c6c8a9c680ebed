import EventLogModel
import Foundation
import Testing

@Suite("A visit event as a value")
struct VisitEventTests {
  private let event = VisitEvent(
    action: .notPassQC, pipelineADCID: 42, projectLabel: "ingest-form", centerLabel: "alpha",
    gearName: "logger", ptid: "110001", visitDate: "2024-02-29", datatype: .form, module: "UDS",
    timestamp: Timestamp(microsecondsSinceEpoch: 1_709_285_400_000_000),
    sourceModified: Timestamp(microsecondsSinceEpoch: 7))

  @Test("has the names of the columns in JSON, and neither nulls nor the time of modification")
  func names() throws {
    let object = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(event))
    let expected: NSDictionary = [
      "action": "not-pass-qc", "study": "adrc", "pipeline_adcid": 42,
      "project_label": "ingest-form", "center_label": "alpha", "gear_name": "logger",
      "ptid": "110001", "visit_date": "2024-02-29", "datatype": "form", "module": "UDS",
      "timestamp": "2024-03-01T09:30:00Z",
    ]
    #expect(object as? NSDictionary == expected)
  }

  @Test("is read by Codable with the defaults and leniencies of the decoder")
  func lenient() throws {
    let text = EventText().without("study").with("pipeline_adcid", #"" 42 ""#)
      .with("ptid", #""\t110001 ""#).with("action", #"" submit ""#).json
    let event = try JSONDecoder().decode(VisitEvent.self, from: Data(text.utf8))
    #expect(event.study == "adrc")
    #expect(event.pipelineADCID == 42)
    #expect(event.ptid == "110001")
    #expect(event.action == .submit)
  }

  @Test(
    "is refused by Codable where it breaks a rule",
    arguments: [
      ("ptid", #""""#), ("visit_date", #""2023-02-29""#), ("module", "null"),
      ("modality", #""MR""#), ("study", "null"), ("study", #"" ""#), ("action", #""x""#),
      ("datatype", #""x""#), ("pipeline_adcid", #""4x""#), ("pipeline_adcid", "true"),
      ("pipeline_adcid", "4.5"), ("timestamp", #""now""#), ("gear_name", "null"),
    ])
  func refused(field: String, value: String) {
    let text = EventText().with(field, value).json
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(VisitEvent.self, from: Data(text.utf8))
    }
  }

  @Test("goes into a batch and comes back, also without the time of modification")
  func batch() throws {
    var sandbox = event
    sandbox.projectLabel = "sandbox-form"
    var batch = EventBatch(schema: .visitEvent)
    try event.append(to: &batch)
    try sandbox.append(to: &batch)
    #expect(batch.count == 2)
    #expect(VisitEvent(batch, row: 0) == event)
    #expect(VisitEvent(batch, row: 1) == sandbox)

    var narrow = EventBatch(schema: EventSchema.visitEvent.withoutSourceModified())
    try event.append(to: &narrow)
    var expected = event
    expected.sourceModified = nil
    #expect(VisitEvent(narrow, row: 0) == expected)
  }

  @Test("is not appended where it breaks a rule, and says which")
  func invalid() throws {
    var broken = event
    broken.ptid = "two words"
    broken.module = nil
    var batch = EventBatch(schema: .visitEvent)
    #expect(broken.faults().map(\.code) == [.invalidCharacter, .requiredByRule])
    let error = #expect(throws: VisitEventError.self) { try broken.append(to: &batch) }
    #expect(error?.faults == broken.faults())
    #expect(batch.count == 0)
  }
}
