/// The ways in which a made-up event object is invalid: see ``VisitEventGenerator``.
public enum VisitEventDefect: String, Sendable, Hashable, CaseIterable {
  // The file.
  case empty, garbage, truncated, byteOrderMark, trailingText, twoObjects, array
  // The syntax.
  case invalidUTF8, controlCharacter, unknownEscape, loneSurrogate, misspeltLiteral, leadingZero
  case singleQuotes, tooDeep, duplicateField
  // Single fields.
  case missingField, nullField, unknownField, booleanNumber, fractionalNumber, hugeNumber
  case numberAsString, unknownAction, unknownDatatype, emptyStudy, longPTID, spacedPTID
  case malformedDate, impossibleDate, malformedTimestamp, impossibleTime, timestampOutOfRange
  // Fields together, and several faults at once.
  case formWithoutModule, moduleWithoutForm, formWithModality, manyFaults

  /// Spoils an event; gives the bytes of the object.
  func apply(to draft: inout VisitEventDraft, random: inout SplitMix64) -> [UInt8] {
    switch self {
    case .empty, .garbage, .truncated, .byteOrderMark, .trailingText, .twoObjects, .array:
      return spoilFile(draft.json(), random: &random)
    case .invalidUTF8, .singleQuotes:
      return spoilBytes(draft.json())
    case .controlCharacter: draft.set("center_label", "\"north\u{1}ern\"")
    case .unknownEscape: draft.set("center_label", "\"north\\xern\"")
    case .loneSurrogate: draft.set("center_label", "\"north\\ud83d\"")
    case .misspeltLiteral: draft.set("packet", "None")
    case .leadingZero: draft.set("pipeline_adcid", "042")
    case .tooDeep:
      draft.members.append(
        ("extra", String(repeating: "[", count: 100) + String(repeating: "]", count: 100)))
    case .duplicateField: draft.members.append(("ptid", "\"110001\""))
    case .missingField:
      draft.remove(random.pick(["action", "pipeline_adcid", "ptid", "timestamp"]) ?? "ptid")
    case .nullField:
      draft.set(random.pick(["study", "pipeline_adcid", "gear_name"]) ?? "study", "null")
    case .unknownField: draft.members.append(("site", "\"north\""))
    case .booleanNumber: draft.set("pipeline_adcid", "true")
    case .fractionalNumber: draft.set("pipeline_adcid", "42.5")
    case .hugeNumber: draft.set("pipeline_adcid", "1e999999999")
    case .numberAsString: draft.set("ptid", "110001")
    case .unknownAction: draft.set("action", "\"resubmit\"")
    case .unknownDatatype: draft.set("datatype", "\"spreadsheet\"")
    case .emptyStudy: draft.set("study", "\"  \"")
    case .longPTID: draft.set("ptid", "\"11000100000\"")
    case .spacedPTID: draft.set("ptid", "\"110 001\"")
    case .malformedDate: draft.set("visit_date", "\"03/01/2024\"")
    case .impossibleDate: draft.set("visit_date", "\"2023-02-29\"")
    case .malformedTimestamp: draft.set("timestamp", "\"yesterday\"")
    case .impossibleTime: draft.set("timestamp", "\"2024-03-01T24:00:00Z\"")
    case .timestampOutOfRange: draft.set("timestamp", "\"9999-12-31T23:59:59-01:00\"")
    case .formWithoutModule:
      draft.become(form: true)
      draft.set("module", "null")
    case .moduleWithoutForm:
      draft.become(form: false)
      draft.set("module", "\"UDS\"")
    case .formWithModality:
      draft.become(form: true)
      draft.set("modality", "\"MR\"")
    case .manyFaults:
      draft.set("action", "\"resubmit\"")
      draft.set("ptid", "\"\"")
      draft.set("visit_date", "\"2024-13-01\"")
      draft.remove("gear_name")
    }
    return draft.json()
  }

  private func spoilFile(_ json: [UInt8], random: inout SplitMix64) -> [UInt8] {
    switch self {
    case .empty: []
    case .garbage: [0x80] + (0..<200).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    case .truncated: Array(json.prefix(1 + random.below(json.count - 1)))
    case .byteOrderMark: [0xEF, 0xBB, 0xBF] + json
    case .trailingText: json + "\n--".utf8
    case .twoObjects: json + [0x0A] + json
    default: [UInt8(ascii: "[")] + json + [UInt8(ascii: "]")]
    }
  }

  private func spoilBytes(_ json: [UInt8]) -> [UInt8] {
    let quote = UInt8(ascii: "\"")
    if self == .singleQuotes { return json.map { $0 == quote ? UInt8(ascii: "'") : $0 } }
    // The last string is the timestamp; its last character becomes a byte that UTF-8 never has.
    guard let last = json.lastIndex(of: quote) else { return json }
    var spoilt = json
    spoilt[last - 1] = 0xFF
    return spoilt
  }
}
