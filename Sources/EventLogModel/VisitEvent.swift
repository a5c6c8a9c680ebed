/// A visit event as a typed value, for people; files and merges work on ``EventBatch``.
///
/// It is `Codable` with the JSON of the event: the names are those of the columns, null fields are
/// left out, and ``sourceModified``, which is not part of the event, is neither written nor read.
/// Decoding keeps the rules of ``EventSchema/visitEvent``.
public struct VisitEvent: Sendable, Hashable {
  /// What happened to a visit.
  public enum Action: String, Sendable, Hashable, Codable, CaseIterable {
    /// The data was submitted.
    case submit
    /// The data passed quality control.
    case passQC = "pass-qc"
    /// The data did not pass quality control.
    case notPassQC = "not-pass-qc"
    /// The data was deleted.
    case delete
  }

  /// The kind of data of a visit.
  public enum Datatype: String, Sendable, Hashable, Codable, CaseIterable {
    /// APOE genotypes.
    case apoe
    /// Biomarkers.
    case biomarker
    /// Images in DICOM.
    case dicom
    /// Enrollment of a participant.
    case enrollment
    /// A form; the only kind with a module.
    case form
    /// What genetic data there is.
    case geneticAvailability = "genetic-availability"
    /// Genome-wide association data.
    case gwas
    /// Imputed genotypes.
    case imputation
    /// The analysis of a scan.
    case scanAnalysis = "scan-analysis"
  }

  /// What happened to the visit.
  public var action: Action
  /// The study that the visit belongs to.
  public var study: String
  /// The number of the centre whose pipeline logged the event.
  public var pipelineADCID: Int32
  /// The project that the data was submitted to.
  public var projectLabel: String
  /// The centre's name as a label.
  public var centerLabel: String
  /// The program that logged the event.
  public var gearName: String
  /// The participant's identifier at the centre.
  public var ptid: String
  /// The participant's identifier at the coordinating centre.
  public var naccid: String?
  /// The day of the visit, `YYYY-MM-DD`.
  public var visitDate: String
  /// The number of the visit.
  public var visitNumber: String?
  /// The kind of data.
  public var datatype: Datatype
  /// The module of a form; nil for other data.
  public var module: String?
  /// The packet that the form belongs to.
  public var packet: String?
  /// The modality of data that is no form.
  public var modality: String?
  /// When the event happened.
  public var timestamp: Timestamp
  /// When the object that holds the event was last modified; not part of the event.
  public var sourceModified: Timestamp?

  /// An event from its parts. Rules are checked when it is appended to a batch.
  public init(
    action: Action, study: String = "adrc", pipelineADCID: Int32, projectLabel: String,
    centerLabel: String, gearName: String, ptid: String, naccid: String? = nil,
    visitDate: String, visitNumber: String? = nil, datatype: Datatype, module: String? = nil,
    packet: String? = nil, modality: String? = nil, timestamp: Timestamp,
    sourceModified: Timestamp? = nil
  ) {
    self.action = action
    self.study = study
    self.pipelineADCID = pipelineADCID
    self.projectLabel = projectLabel
    self.centerLabel = centerLabel
    self.gearName = gearName
    self.ptid = ptid
    self.naccid = naccid
    self.visitDate = visitDate
    self.visitNumber = visitNumber
    self.datatype = datatype
    self.module = module
    self.packet = packet
    self.modality = modality
    self.timestamp = timestamp
    self.sourceModified = sourceModified
  }
}

/// Why a ``VisitEvent`` is not one that the schema allows.
public struct VisitEventError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong with it.
  public let faults: [EventFault]

  /// The faults, one after another.
  public var description: String {
    "The event is not valid: " + faults.map(\.description).joined(separator: "; ")
  }
}

extension VisitEvent: Codable {
  enum CodingKeys: String, CodingKey {
    case action, study, ptid, naccid, datatype, module, packet, modality, timestamp
    case pipelineADCID = "pipeline_adcid"
    case projectLabel = "project_label"
    case centerLabel = "center_label"
    case gearName = "gear_name"
    case visitDate = "visit_date"
    case visitNumber = "visit_number"
  }

  /// Decodes the JSON of an event by the rules of ``EventSchema/visitEvent``; fields that it does
  /// not have are left to the decoder's own ways, which is to ignore them.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func text(_ key: CodingKeys) throws -> String {
      try container.decode(String.self, forKey: key).strippingWhiteSpace()
    }
    func optionalText(_ key: CodingKeys) throws -> String? {
      try container.decodeIfPresent(String.self, forKey: key)?.strippingWhiteSpace()
    }
    func choice<Choice: RawRepresentable<String>>(_ key: CodingKeys) throws -> Choice {
      let name = try text(key)
      guard let value = Choice(rawValue: name) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container,
          debugDescription: "\"\(name)\" is not a known \(key.rawValue)."
        )
      }
      return value
    }
    let study = container.contains(.study) ? try text(.study) : "adrc"
    self.init(
      action: try choice(.action), study: study,
      pipelineADCID: try VisitEvent.decodeInteger(from: container),
      projectLabel: try text(.projectLabel), centerLabel: try text(.centerLabel),
      gearName: try text(.gearName), ptid: try text(.ptid), naccid: try optionalText(.naccid),
      visitDate: try text(.visitDate), visitNumber: try optionalText(.visitNumber),
      datatype: try choice(.datatype), module: try optionalText(.module),
      packet: try optionalText(.packet), modality: try optionalText(.modality),
      timestamp: try container.decode(Timestamp.self, forKey: .timestamp))
    let faults = self.faults()
    guard faults.isEmpty else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: container.codingPath,
          debugDescription: VisitEventError(faults: faults).description))
    }
  }

  private static func decodeInteger(
    from container: KeyedDecodingContainer<CodingKeys>
  ) throws -> Int32 {
    guard let text = try? container.decode(String.self, forKey: .pipelineADCID) else {
      return try container.decode(Int32.self, forKey: .pipelineADCID)
    }
    let digits = Array(text.strippingWhiteSpace().utf8)
    guard case .value(let value) = DecimalInteger.readString(digits.span.bytes) else {
      throw DecodingError.dataCorruptedError(
        forKey: .pipelineADCID, in: container,
        debugDescription: "\"\(text)\" is not an integer within 32 bits.")
    }
    return value
  }
}

extension VisitEvent {
  /// What is wrong with the event by the rules of ``EventSchema/visitEvent``; nothing if it is
  /// valid.
  public func faults() -> [EventFault] {
    var batch = EventBatch(schema: .visitEvent)
    do {
      try append(to: &batch)
      return []
    } catch let error as VisitEventError {
      return error.faults
    } catch {
      // A batch of one event that stays within the decoder's size limit is never full.
      return [EventFault(field: "", code: .tooLarge, message: "\(error)")]
    }
  }

  /// The event in a row of a batch, or nil where a column of the schema is missing or holds what no
  /// valid event has.
  ///
  /// - Parameters:
  ///   - batch: Events of ``EventSchema/visitEvent``, with or without the time of modification.
  ///   - row: The row, less than the batch's count.
  public init?(_ batch: EventBatch, row: Int) {
    func column(_ key: CodingKeys) -> EventColumn? {
      batch.schema.index(of: key.rawValue).map { batch.columns[$0] }
    }
    func text(_ key: CodingKeys) -> String? { column(key)?.string(at: row) }
    guard let action = text(.action).flatMap(Action.init), let study = text(.study),
      let adcid = column(.pipelineADCID)?.int32(at: row), let project = text(.projectLabel),
      let center = text(.centerLabel), let gear = text(.gearName), let ptid = text(.ptid),
      let date = text(.visitDate), let datatype = text(.datatype).flatMap(Datatype.init),
      let timestamp = column(.timestamp)?.timestamp(at: row)
    else { return nil }
    self.init(
      action: action, study: study, pipelineADCID: adcid, projectLabel: project,
      centerLabel: center, gearName: gear, ptid: ptid, naccid: text(.naccid), visitDate: date,
      visitNumber: text(.visitNumber), datatype: datatype, module: text(.module),
      packet: text(.packet), modality: text(.modality), timestamp: timestamp,
      sourceModified: batch.schema.sourceModified.flatMap {
        batch.columns[$0].timestamp(at: row)
      })
  }

  /// Appends the event to a batch of ``EventSchema/visitEvent``, with or without the time of
  /// modification. Events of projects that the schema leaves out are appended too.
  ///
  /// - Throws: ``VisitEventError`` where the event breaks a rule, ``EventBatchError`` where the
  ///   batch is of another event type or full.
  public func append(to batch: inout EventBatch) throws {
    try EventBatch.append([self], to: &batch)
  }

  /// The event as the bytes of a JSON object.
  public func json() -> [UInt8] {
    var bytes: [UInt8] = []
    var separator = UInt8(ascii: "{")
    func begin(_ key: CodingKeys) {
      bytes.append(separator)
      separator = UInt8(ascii: ",")
      JSONText.append(string: key.rawValue, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
    }
    func add(_ key: CodingKeys, _ value: String?) {
      guard let value else { return }
      begin(key)
      JSONText.append(string: value, to: &bytes)
    }
    add(.action, action.rawValue)
    add(.study, study)
    begin(.pipelineADCID)
    bytes.append(contentsOf: "\(pipelineADCID)".utf8)
    add(.projectLabel, projectLabel)
    add(.centerLabel, centerLabel)
    add(.gearName, gearName)
    add(.ptid, ptid)
    add(.naccid, naccid)
    add(.visitDate, visitDate)
    add(.visitNumber, visitNumber)
    add(.datatype, datatype.rawValue)
    add(.module, module)
    add(.packet, packet)
    add(.modality, modality)
    add(.timestamp, timestamp.description)
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}

extension EventBatch {
  /// A batch of visit events.
  ///
  /// - Throws: ``VisitEventError`` for the first event that breaks a rule.
  public init(_ events: some Sequence<VisitEvent>) throws {
    self.init(schema: .visitEvent)
    try EventBatch.append(events, to: &self)
  }

  fileprivate static func append(
    _ events: some Sequence<VisitEvent>, to batch: inout EventBatch
  ) throws {
    var decoder = EventDecoder(schema: batch.schema)
    decoder.leavesOut = false
    for event in events {
      let outcome = try decoder.decode(
        event.json(), sourceModified: event.sourceModified, into: &batch)
      if case .refused(let faults) = outcome { throw VisitEventError(faults: faults) }
    }
  }
}
