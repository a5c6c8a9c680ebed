internal import Tracing

/// Subsegments as X-Ray's daemon takes them.
///
/// X-Ray Developer Guide, "AWS X-Ray segment documents" and "Sending segment documents to the X-Ray
/// daemon".
enum SubsegmentDocument {
  /// The bytes of a datagram: a document has up to 64 kB, and UDP over IPv4 carries 65,507 bytes.
  static let mostBytes = 64_000
  /// X-Ray indexes at most 50 annotations of a trace.
  private static let mostAnnotations = 50
  private static let mostMetadata = 100
  /// "Values are strings up to 250 characters unless noted otherwise."
  private static let mostValueBytes = 250
  private static let mostNameBytes = 200
  private static let mostMessageBytes = 1_024
  private static let mostMetadataBytes = 2_048

  /// The datagram that carries a subsegment: the protocol's header line and the document.
  static func datagram(_ subsegment: Subsegment) -> [UInt8] {
    let whole = datagram(subsegment, withMetadata: true)
    return whole.count <= mostBytes ? whole : datagram(subsegment, withMetadata: false)
  }

  private static func datagram(_ subsegment: Subsegment, withMetadata: Bool) -> [UInt8] {
    var facts = SubsegmentFacts(subsegment)
    if !withMetadata {
      facts.metadata = [("metadata_left_out", .int64(Int64(facts.metadata.count)))]
      facts.events = []
    }
    var json = JSONBytes()
    json.append(raw: "{\"format\":\"json\",\"version\":1}\n{\"id\":\"")
    json.append(hexadecimal: subsegment.id, digits: 16)
    json.append(raw: "\",\"trace_id\":\"")
    subsegment.traceID.write(to: &json)
    json.append(raw: "\",\"parent_id\":\"")
    json.append(hexadecimal: subsegment.parent, digits: 16)
    json.append(raw: "\",\"type\":\"subsegment\",\"name\":")
    json.append(string: name(facts.name), limit: mostNameBytes)
    json.append(raw: ",\"start_time\":")
    append(time: subsegment.start, to: &json)
    json.append(raw: ",\"end_time\":")
    append(time: max(subsegment.start, subsegment.end), to: &json)
    if let namespace = facts.namespace {
      json.append(key: "namespace")
      json.append(string: namespace)
    }
    if facts.isError { json.append(raw: ",\"error\":true") }
    if facts.isThrottle { json.append(raw: ",\"throttle\":true") }
    if facts.isFault { json.append(raw: ",\"fault\":true") }
    append("aws", facts.aws, to: &json)
    appendHTTP(facts, to: &json)
    appendCause(subsegment.faults, isRemote: facts.namespace != nil, to: &json)
    append("annotations", Array(facts.annotations.prefix(mostAnnotations)), to: &json)
    appendMetadata(facts, leftOut: subsegment.leftOut, to: &json)
    json.append(raw: "}")
    return json.bytes
  }

  /// Seconds, to the microsecond.
  private static func append(time nanoseconds: UInt64, to json: inout JSONBytes) {
    json.append(nanoseconds / 1_000_000_000)
    json.append(raw: ".")
    json.append(decimal: Int(nanoseconds % 1_000_000_000 / 1_000), digits: 6)
  }

  /// A name of the characters that X-Ray takes: letters, digits, white space and ``nameSymbols``.
  private static func name(_ text: String) -> String {
    var name = ""
    for scalar in text.unicodeScalars {
      let isTaken =
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        || scalar == " " || nameSymbols.contains(scalar)
      name.unicodeScalars.append(isTaken ? scalar : "-")
    }
    return name.isEmpty ? "span" : name
  }

  private static let nameSymbols: Set<Unicode.Scalar> = [
    "_", ".", ":", "/", "%", "&", "#", "=", "+", "\\", "-", "@",
  ]

  /// Writes an object of scalars, unless it is empty.
  private static func append(
    _ key: String, _ members: [(String, SpanAttribute)], to json: inout JSONBytes
  ) {
    guard !members.isEmpty else { return }
    json.append(key: key)
    json.append(raw: "{")
    for (name, value) in members {
      json.append(key: name)
      append(value, limit: mostValueBytes, to: &json)
    }
    json.append(raw: "}")
  }

  private static func appendHTTP(_ facts: SubsegmentFacts, to json: inout JSONBytes) {
    guard !facts.request.isEmpty || !facts.response.isEmpty else { return }
    json.append(key: "http")
    json.append(raw: "{")
    append("request", facts.request, to: &json)
    append("response", facts.response, to: &json)
    json.append(raw: "}")
  }

  private static func appendCause(
    _ faults: [Subsegment.Fault], isRemote: Bool, to json: inout JSONBytes
  ) {
    guard !faults.isEmpty else { return }
    json.append(raw: ",\"cause\":{\"exceptions\":[")
    for (index, fault) in faults.enumerated() {
      if index > 0 { json.append(raw: ",") }
      json.append(raw: "{\"id\":\"")
      json.append(hexadecimal: fault.id, digits: 16)
      json.append(raw: "\",\"message\":")
      json.append(string: fault.message, limit: mostMessageBytes)
      json.append(raw: ",\"type\":")
      json.append(string: fault.type, limit: mostValueBytes)
      json.append(raw: ",\"remote\":")
      json.append(isRemote)
      json.append(raw: "}")
    }
    json.append(raw: "]}")
  }

  private static func appendMetadata(
    _ facts: SubsegmentFacts, leftOut: Int, to json: inout JSONBytes
  ) {
    guard !facts.metadata.isEmpty || !facts.events.isEmpty || leftOut > 0 else { return }
    json.append(raw: ",\"metadata\":{\"default\":{")
    for (name, value) in facts.metadata.prefix(mostMetadata) {
      json.append(key: name)
      append(value, limit: mostMetadataBytes, to: &json)
    }
    if !facts.events.isEmpty {
      json.append(key: "events")
      json.append(raw: "[")
      for (index, event) in facts.events.enumerated() {
        if index > 0 { json.append(raw: ",") }
        json.append(raw: "{\"name\":")
        json.append(string: event.name, limit: mostValueBytes)
        json.append(raw: ",\"time\":")
        append(time: event.nanosecondsSinceEpoch, to: &json)
        append("attributes", SubsegmentFacts.sorted(event.attributes), to: &json)
        json.append(raw: "}")
      }
      json.append(raw: "]")
    }
    if leftOut > 0 {
      json.append(key: "subsegments_left_out")
      json.append(leftOut)
    }
    json.append(raw: "}}")
  }

  private static func append(
    _ value: SpanAttribute, limit: Int, to json: inout JSONBytes
  ) {
    switch value {
    case .int32(let number): json.append(number)
    case .int64(let number): json.append(number)
    case .double(let number): json.append(number)
    case .bool(let flag): json.append(flag)
    case .string(let text): json.append(string: text, limit: limit)
    case .stringConvertible(let value): json.append(string: value.description, limit: limit)
    case .stringArray(let texts):
      json.append(string: texts.joined(separator: ", "), limit: limit)
    default: json.append(string: "\(value)", limit: limit)
    }
  }
}
