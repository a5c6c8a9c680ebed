/// An event as a test writes it.
struct TestEvent: Sendable {
  var study = "adrc"
  var project = "ingest-form-adrc"
  var ptid = "p1"
  var datatype = "form"
  var packet: String?
  var timestamp = "2024-01-15T10:00:00Z"

  var bytes: [UInt8] {
    let module = datatype == "form" ? "\"UDS\"" : "null"
    return Array(
      """
      {"action":"submit","study":"\(study)","pipeline_adcid":42,"project_label":"\(project)",\
      "center_label":"alpha","gear_name":"logger","ptid":"\(ptid)","visit_date":"2024-01-15",\
      "datatype":"\(datatype)","module":\(module),"packet":\(packet.map { "\"\($0)\"" } ?? "null"),\
      "timestamp":"\(timestamp)"}
      """.utf8)
  }
}
