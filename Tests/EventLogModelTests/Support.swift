import EventLogModel
import Testing

/// The fields of a valid event of a form, as JSON texts in order.
struct EventText {
  var members: [(name: String, value: String)] = [
    ("action", #""submit""#), ("study", #""adrc""#), ("pipeline_adcid", "42"),
    ("project_label", #""ingest-form""#), ("center_label", #""alpha""#),
    ("gear_name", #""form-scheduler""#), ("ptid", #""110001""#), ("naccid", #""NACC000001""#),
    ("visit_date", #""2024-02-29""#), ("visit_number", #""1""#), ("datatype", #""form""#),
    ("module", #""UDS""#), ("packet", #""I""#), ("modality", "null"),
    ("timestamp", #""2024-03-01T09:30:00Z""#),
  ]

  /// The event with the value of one field replaced, or the field added.
  func with(_ name: String, _ value: String) -> EventText {
    var copy = self
    if let index = copy.members.firstIndex(where: { $0.name == name }) {
      copy.members[index].value = value
    } else {
      copy.members.append((name, value))
    }
    return copy
  }

  /// The event without a field.
  func without(_ name: String) -> EventText {
    var copy = self
    copy.members.removeAll { $0.name == name }
    return copy
  }

  /// The event as one of DICOM images.
  var dicom: EventText {
    with("datatype", #""dicom""#).with("module", "null").with("modality", #""MR""#)
  }

  var json: String {
    "{" + members.map { "\"\($0.name)\": \($0.value)" }.joined(separator: ", ") + "}"
  }
}

/// Decodes one object with a new decoder.
func decode(
  _ json: [UInt8], schema: EventSchema = .visitEvent,
  unknownFields: EventDecoder.UnknownFieldPolicy = .refuse,
  limits: EventDecoder.Limits = EventDecoder.Limits()
) throws -> (outcome: DecodeOutcome, batch: EventBatch) {
  var decoder = EventDecoder(schema: schema, unknownFields: unknownFields, limits: limits)
  var batch = EventBatch(schema: schema)
  let outcome = try decoder.decode(json, sourceModified: nil, into: &batch)
  return (outcome, batch)
}

func decode(
  _ json: String, schema: EventSchema = .visitEvent,
  unknownFields: EventDecoder.UnknownFieldPolicy = .refuse,
  limits: EventDecoder.Limits = EventDecoder.Limits()
) throws -> (outcome: DecodeOutcome, batch: EventBatch) {
  try decode(Array(json.utf8), schema: schema, unknownFields: unknownFields, limits: limits)
}

extension DecodeOutcome {
  /// The faults, none where the event was not refused.
  var faults: [EventFault] {
    if case .refused(let faults) = self { faults } else { [] }
  }

  /// `field code` of each fault.
  var summary: [String] { faults.map { "\($0.field) \($0.code)" } }
}

/// The codes that say that bytes are not JSON.
let syntaxCodes: Set<EventFault.Code> = [
  .emptyInput, .byteOrderMark, .unexpectedEnd, .unexpectedCharacter, .invalidLiteral,
  .invalidNumber, .controlCharacter, .invalidEscape, .loneSurrogate, .invalidUTF8,
  .trailingContent,
]

extension SplitMix64 {
  /// A random text of characters that make trouble: escapes, white space, several bytes, planes.
  /// U+FEFF is not among them, because Foundation, which the tests compare with, drops it from
  /// strings in some places.
  mutating func oddString(maximumLength: Int) -> String {
    let pieces = [
      "a", "Z", "0", "-", " ", "\"", "\\", "/", "\n", "\t", "\r", "\u{8}", "\u{c}", "\u{1}",
      "\u{1f}", "\u{7f}", "é", "ß", "漢", "\u{2028}", "\u{fffd}", "\u{ffff}", "😀",
      "👩‍🔬", "\u{10ffff}", "\u{300}", "\u{a0}", "\u{85}", "\u{3000}", "\u{0}", "}", "{", ",", ":",
    ]
    var text = ""
    for _ in 0..<below(maximumLength + 1) { text += pick(pieces) ?? "" }
    return text
  }

  /// A valid visit event with odd strings.
  mutating func oddEvent() -> VisitEvent {
    let datatype = pick(VisitEvent.Datatype.allCases) ?? .form
    let isForm = datatype == .form
    let microseconds = Int64.random(
      in: Timestamp.earliest.microsecondsSinceEpoch...Timestamp.latest.microsecondsSinceEpoch,
      using: &self)
    var ptid = ""
    for _ in 0..<1 + below(10) {
      ptid.unicodeScalars.append(Unicode.Scalar(UInt8(0x21 + below(0x5E))))
    }
    func optional(_ random: inout SplitMix64) -> String? {
      random.chance(percent: 50) ? stripped(random.oddString(maximumLength: 12)) : nil
    }
    let study = stripped(oddString(maximumLength: 6))
    return VisitEvent(
      action: pick(VisitEvent.Action.allCases) ?? .submit, study: study.isEmpty ? "x" : study,
      pipelineADCID: Int32.random(in: .min ... .max, using: &self),
      projectLabel: stripped(oddString(maximumLength: 20)),
      centerLabel: stripped(oddString(maximumLength: 40)),
      gearName: stripped(oddString(maximumLength: 8)), ptid: ptid, naccid: optional(&self),
      visitDate: CivilDate(daysSinceEpoch: below(3_652_059) - 719_162).description,
      visitNumber: optional(&self), datatype: datatype,
      module: isForm ? stripped(oddString(maximumLength: 5)) : nil, packet: optional(&self),
      modality: isForm ? nil : optional(&self),
      timestamp: Timestamp(microsecondsSinceEpoch: microseconds))
  }
}

/// Strips white space by the Unicode property, one scalar at a time.
func stripped(_ text: String) -> String {
  var scalars = Substring(text).unicodeScalars
  while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
  while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
  return String(scalars)
}
