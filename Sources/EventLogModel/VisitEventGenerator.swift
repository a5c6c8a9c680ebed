/// Made-up visit events, for demonstrations, tests and benchmarks.
///
/// An event is a pure function of the seed and its index, so that any part of a sequence can be made
/// anew, in any order. Names are distinct for the first ``distinctNames`` indices.
public struct VisitEventGenerator: Sendable {
  /// A made-up event object.
  public struct Sample: Sendable, Hashable {
    /// What the object is.
    public enum Kind: Sendable, Hashable {
      /// A valid event that belongs in a checkpoint.
      case valid
      /// A valid event of a sandbox project.
      case sandbox
      /// An object that is refused.
      case invalid(VisitEventDefect)
    }

    /// The last part of the object's key,
    /// `log-{action}-{YYYYMMDD-HHMMSS}-{adcid}-{project}-{ptid}-{visit_date}.json`.
    public let name: String
    /// The object's bytes.
    public let json: [UInt8]
    /// What the object is.
    public let kind: Kind
  }

  /// What the events depend on.
  public let seed: UInt64
  /// The share of objects that are refused, in percent.
  public let invalidPercent: Double
  /// The share of the others that belong to sandbox projects, in percent.
  public let sandboxPercent: Double
  /// The first day on which events happen.
  public let startDate: CivilDate
  /// The number of days on which events happen.
  public let days: Int

  /// A generator.
  ///
  /// - Parameters:
  ///   - seed: What the events depend on.
  ///   - invalidPercent: The share of objects that are refused, in percent.
  ///   - sandboxPercent: The share of the others that belong to sandbox projects, in percent.
  ///   - startDate: The first day on which events happen, kept within the years 1900 to 9000.
  ///   - days: The number of days on which events happen, kept within 1 to 36,525.
  public init(
    seed: UInt64, invalidPercent: Double = 0, sandboxPercent: Double = 0,
    startDate: CivilDate = CivilDate(year: 2024, month: 1, day: 1), days: Int = 365
  ) {
    self.seed = seed
    self.invalidPercent = invalidPercent
    self.sandboxPercent = sandboxPercent
    let earliest = CivilDate(year: 1900, month: 1, day: 1)
    let latest = CivilDate(year: 9000, month: 12, day: 31)
    let day = startDate.isReal ? startDate.daysSinceEpoch : earliest.daysSinceEpoch
    self.startDate = CivilDate(
      daysSinceEpoch: min(max(day, earliest.daysSinceEpoch), latest.daysSinceEpoch))
    self.days = min(max(days, 1), 36_525)
  }

  private var seconds: Int { days * 86_400 }

  /// How many indices, from 0, have distinct names.
  public var distinctNames: Int { seconds * 1_000 }

  /// The object with an index; the index must not be negative.
  public func sample(at index: Int) -> Sample {
    var random = SplitMix64(seed: seed)
    let mixed = random.next() ^ (UInt64(truncatingIfNeeded: index) &* 0xD134_2543_DE82_EF95)
    random = SplitMix64(seed: mixed)
    let isInvalid = random.chance(percent: invalidPercent)
    let isSandbox = random.chance(percent: sandboxPercent)
    let defect = random.pick(VisitEventDefect.allCases)
    var draft = VisitEventDraft(
      second: second(of: index), round: index / seconds, startDate: startDate,
      isSandbox: isSandbox, random: &random)
    let name = draft.fileName
    if isInvalid, let defect {
      let json = defect.apply(to: &draft, random: &random)
      return Sample(name: name, json: json, kind: .invalid(defect))
    }
    return Sample(name: name, json: draft.json(), kind: isSandbox ? .sandbox : .valid)
  }

  /// The second since the beginning of the first day at which an event happens: each second of the
  /// period once before any comes again, in an order that looks random.
  private func second(of index: Int) -> Int {
    // 10^9 + 7 is a prime that divides neither 86,400 nor a number of days, so its multiples run
    // through all seconds of the period. Both factors are below 2^32.
    let shift = Int(truncatingIfNeeded: seed % UInt64(seconds))
    return (index % seconds * (1_000_000_007 % seconds) + shift) % seconds
  }
}

/// The fields of a made-up event before it becomes JSON, as JSON texts in order.
struct VisitEventDraft {
  var members: [(name: String, value: String)]
  let fileName: String
  let isForm: Bool

  private static let studies: [(study: String, centers: [(Int, String)])] = [
    (
      "adrc",
      [
        (0, "sample-center"), (12, "northern-lakes-university"), (18, "harbor-state-university"),
        (23, "university-of-the-valley"), (31, "st-ambrose-medical-school"),
        (42, "prairie-institute-of-aging"), (57, "greater-plains-health-sciences"),
      ]
    ),
    ("dvcid", [(61, "coastal-vascular-cohort"), (64, "midlands-imaging-core")]),
    ("leads", [(71, "early-onset-consortium"), (74, "leads-western-site")]),
    ("clariti", [(81, "integrative-tissue-center")]),
  ]
  private static let modules = ["UDS", "FTLD", "LBD", "MDS", "NP", "MILESTONES"]
  private static let packets = ["I", "F", "T", "I4", "F4"]
  private static let modalities = ["MR", "PT", "CT"]
  private static let datatypes = [
    "form", "form", "form", "form", "form", "dicom", "dicom", "enrollment", "apoe", "biomarker",
    "genetic-availability", "gwas", "imputation", "scan-analysis",
  ]
  private static let actions = ["submit", "submit", "submit", "pass-qc", "not-pass-qc", "delete"]

  init(
    second: Int, round: Int, startDate: CivilDate, isSandbox: Bool, random: inout SplitMix64
  ) {
    let (study, centers) =
      random.chance(percent: 75)
      ? VisitEventDraft.studies[0] : random.pick(VisitEventDraft.studies) ?? ("adrc", [])
    let (adcid, center) = random.pick(centers) ?? (0, "sample-center")
    let datatype = random.pick(VisitEventDraft.datatypes) ?? "form"
    let action = random.pick(VisitEventDraft.actions) ?? "submit"
    isForm = datatype == "form"
    let participant = random.below(1_500)
    let ptid = "\(100_000 + adcid * 1_500 + participant)" + (round > 0 ? "-\(round)" : "")
    let naccid = "NACC\(200_000 + adcid * 1_500 + participant)"
    let project = (isSandbox ? "sandbox-" : "ingest-") + datatype + "-" + study

    let day = startDate.daysSinceEpoch + second / 86_400
    let visitDate = CivilDate(daysSinceEpoch: day - 1 - random.below(90)).description
    let microseconds =
      Int64(day * 86_400 + second % 86_400) * 1_000_000 + Int64(random.below(1_000_000))
    let timestamp = Timestamp(microsecondsSinceEpoch: microseconds)

    var members: [(name: String, value: String)] = []
    func add(_ name: String, _ value: String) { members.append((name, "\"\(value)\"")) }
    func addOptional(_ name: String, _ value: String?) {
      members.append((name, value.map { "\"\($0)\"" } ?? "null"))
    }
    add("action", action)
    add("study", study)
    members.append(("pipeline_adcid", "\(adcid)"))
    add("project_label", project)
    add("center_label", center)
    add("gear_name", isForm ? "form-scheduler" : "\(datatype)-logger")
    add("ptid", ptid)
    addOptional("naccid", random.chance(percent: 80) ? naccid : nil)
    add("visit_date", visitDate)
    addOptional("visit_number", isForm ? "\(1 + random.below(12))" : nil)
    add("datatype", datatype)
    addOptional("module", isForm ? random.pick(VisitEventDraft.modules) : nil)
    addOptional("packet", isForm ? random.pick(VisitEventDraft.packets) : nil)
    addOptional("modality", datatype == "dicom" ? random.pick(VisitEventDraft.modalities) : nil)
    add("timestamp", timestamp.description)
    self.members = members

    let clock = timestamp.description.utf8.filter { (0x30...0x39).contains($0) }
    let digits = String(decoding: clock, as: UTF8.self)
    fileName =
      "log-\(action)-\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6))-\(adcid)-\(project)"
      + "-\(ptid)-\(visitDate).json"
  }

  /// Replaces the value of a field, as a JSON text.
  mutating func set(_ name: String, _ value: String) {
    for index in members.indices where members[index].name == name {
      members[index].value = value
    }
  }

  /// Leaves a field out.
  mutating func remove(_ name: String) {
    members.removeAll { $0.name == name }
  }

  /// Makes the event one of a form, or of DICOM images, with everything that belongs to it.
  mutating func become(form: Bool) {
    set("datatype", form ? "\"form\"" : "\"dicom\"")
    set("module", form ? "\"UDS\"" : "null")
    set("modality", form ? "null" : "\"MR\"")
  }

  /// The object, with a space after each comma and colon.
  func json() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(448)
    bytes.append(UInt8(ascii: "{"))
    for (index, member) in members.enumerated() {
      bytes.append(contentsOf: (index > 0 ? ", \"" : "\"").utf8)
      bytes.append(contentsOf: member.name.utf8)
      bytes.append(contentsOf: "\": ".utf8)
      bytes.append(contentsOf: member.value.utf8)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}
