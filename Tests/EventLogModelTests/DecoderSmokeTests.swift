import EventLogModel
import Testing

@Suite("An event that is valid")
struct ValidEventTests {
  @Test("is appended with its values, stripped of white space")
  func decodes() throws {
    let json = #"""
      {"action": "submit", "study": "adrc", "pipeline_adcid": 42, "project_label": " ingest-form ",
       "center_label": "alpha\u00e9", "gear_name": "logger", "ptid": "110001", "naccid": null,
       "visit_date": "2024-02-29", "visit_number": "3", "datatype": "form", "module": "UDS",
       "timestamp": "2024-03-01T01:30:00.25+02:00"}
      """#
    var decoder = EventDecoder(schema: .visitEvent)
    var batch = EventBatch(schema: .visitEvent)
    let modified = Timestamp(microsecondsSinceEpoch: 5)
    let outcome = try decoder.decode(Array(json.utf8), sourceModified: modified, into: &batch)
    #expect(outcome == .accepted)
    #expect(batch.count == 1)
    #expect(batch.columns[0].string(at: 0) == "submit")
    #expect(batch.columns[2].int32(at: 0) == 42)
    #expect(batch.columns[3].string(at: 0) == "ingest-form")
    #expect(batch.columns[4].string(at: 0) == "alphaé")
    #expect(batch.columns[7].isNull(at: 0))
    #expect(batch.columns[14].timestamp(at: 0)?.description == "2024-02-29T23:30:00.250000Z")
    #expect(batch.columns[15].timestamp(at: 0) == modified)
  }
}
