import TestSupport

/// What an object holds, known from how it was made.
package enum Content: Sendable {
  /// An event, but for the time at which its object was modified.
  case event(ModelRow)
  /// An event of a sandbox project, which is left out.
  case sandbox
  /// Nothing valid.
  case invalid
}

/// An event as an uploader makes it.
struct ModelEvent {
  /// An instant with its year in UTC and ways to write it.
  struct Instant {
    let microseconds: Int64
    let year: Int
    let texts: [String]
  }

  /// Few, so that events meet, and some next to each other across a year's end.
  static let instants = [
    Instant(
      microseconds: 1_704_067_199_999_999, year: 2023,
      texts: ["2023-12-31T23:59:59.999999Z", "2024-01-01T00:59:59.999999+01:00"]),
    Instant(
      microseconds: 1_704_067_200_000_000, year: 2024,
      texts: ["2024-01-01T00:00:00Z", "2024-01-01 00:00:00", "2023-12-31T19:00:00-0500"]),
    Instant(
      microseconds: 1_709_164_800_000_000, year: 2024, texts: ["2024-02-29T00:00:00.000000Z"]),
    Instant(microseconds: 1_719_748_800_000_000, year: 2024, texts: ["2024-06-30T12:00:00+00"]),
    Instant(microseconds: 1_740_724_200_500_000, year: 2025, texts: ["2025-02-28T06:30:00.5Z"]),
    // Within the time of the simulation, which begins at 15:06:40.
    Instant(microseconds: 1_750_003_200_000_000, year: 2025, texts: ["2025-06-15T16:00:00Z"]),
    Instant(
      microseconds: 1_750_026_600_250_000, year: 2025, texts: ["2025-06-15T23:30:00.250+01:00"]),
  ]

  var action = "submit"
  var study = "adrc"
  var adcid = 1
  var project = "ingest"
  var center = "alpha"
  var ptid = "1"
  var naccid: String?
  var visitDate = "2024-01-15"
  var visitNumber: String?
  /// The module of a form; nil for an image.
  var module: String? = "UDS"
  var packet: String?
  var modality: String?
  var instant = 0

  /// An event of any identity, out of a few thousand.
  static func random(_ random: inout Chance) -> ModelEvent {
    var event = ModelEvent()
    event.action = random.pick(["submit", "pass-qc", "not-pass-qc", "delete"])
    event.study = random.pick(["adrc", "adrc", "dvcid"])
    event.adcid = random.pick([-1, 7, 42])
    event.ptid = random.pick(["1", "10", "2", "110001", "zz"])
    event.visitDate = random.pick(["2024-01-15", "2024-02-29"])
    event.module = random.pick(["UDS", "LBD", nil])
    event.instant = random.below(instants.count)
    event.vary(&random)
    return event
  }

  /// Another version of the same event.
  mutating func vary(_ random: inout Chance) {
    project = random.pick(["ingest", "zeta"])
    center = random.pick(["alpha", "beta"])
    naccid = random.pick([nil, "NACC1"])
    visitNumber = random.pick([nil, "", "01"])
    packet = random.pick([nil, "I", "F"])
    modality = module == nil ? random.pick([nil, "MR"]) : nil
  }

  /// The row, without a time of modification.
  var row: ModelRow {
    func text(_ value: String?) -> Cell { value.map { .text($0) } ?? .null }
    return ModelRow(cells: [
      .text(action), .text(study), .number(Int64(adcid)), .text(project), .text(center),
      .text("logger"), .text(ptid), text(naccid), .text(visitDate), text(visitNumber),
      .text(module == nil ? "dicom" : "form"), text(module), text(packet), text(modality),
      .number(ModelEvent.instants[instant].microseconds), .null,
    ])
  }

  /// The event as JSON in one of several spellings.
  func bytes(_ random: inout Chance) -> [UInt8] {
    let absent = random.one(in: 2)
    var members: [String] = []
    func add(_ name: String, _ value: String?) {
      if let value {
        members.append("\"\(name)\":\"\(value)\"")
      } else if !absent {
        members.append("\"\(name)\":null")
      }
    }
    add("action", action)
    if !(absent && study == "adrc") { add("study", study) }
    members.append("\"pipeline_adcid\":" + random.pick(["\(adcid)", "\(adcid).0", "\"\(adcid)\""]))
    add("project_label", project)
    add("center_label", center)
    add("gear_name", "logger")
    add("ptid", random.pick([ptid, " \(ptid) "]))
    add("naccid", naccid)
    add("visit_date", visitDate)
    add("visit_number", visitNumber)
    add("datatype", module == nil ? "dicom" : "form")
    add("module", module)
    add("packet", packet)
    add("modality", modality)
    add("timestamp", random.pick(ModelEvent.instants[instant].texts))
    return Array(("{" + members.joined(separator: ",") + "}").utf8)
  }

  /// Something that is no valid event.
  static func invalidBytes(_ random: inout Chance) -> [UInt8] {
    var event = ModelEvent.random(&random)
    switch random.below(5) {
    case 0: return []
    case 1: return Array(event.bytes(&random).dropLast(1 + random.below(20)))
    case 2:
      event.ptid = "longer than ten"
      return event.bytes(&random)
    case 3: return Array(event.bytes(&random).dropLast()) + Array(",\"surprise\":1}".utf8)
    default:
      event.action = "undo"
      return event.bytes(&random)
    }
  }
}
