import EventLogModel
import Testing

/// An event as a test writes it.
struct TestEvent: Hashable {
  var action = "submit"
  var study = "adrc"
  var adcid = 42
  var project = "ingest-form-adrc"
  var ptid = "110001"
  var visitDate = "2024-01-15"
  var datatype = "form"
  var module: String? = "UDS"
  var packet: String?
  var timestamp = "2024-01-15T10:00:00Z"

  var json: String {
    let text: (String?) -> String = { $0.map { "\"\($0)\"" } ?? "null" }
    return """
      {"action": "\(action)", "study": "\(study)", "pipeline_adcid": \(adcid), \
      "project_label": "\(project)", "center_label": "alpha", "gear_name": "logger", \
      "ptid": "\(ptid)", "visit_date": "\(visitDate)", "datatype": "\(datatype)", \
      "module": \(text(module)), "packet": \(text(packet)), "timestamp": "\(timestamp)"}
      """
  }

  var bytes: [UInt8] { Array(json.utf8) }

  /// One of a small number of events, so that identities meet and versions differ.
  static func random(_ random: inout SplitMix64) -> TestEvent {
    var event = TestEvent()
    event.action = random.pick(["submit", "pass-qc"])
    event.study = random.pick(["adrc", "dvcid", "é", "ad"])
    event.adcid = random.pick([-1, 0, 7])
    event.ptid = random.pick(["1", "10", "2"])
    event.datatype = random.pick(["form", "dicom"])
    event.module = event.datatype == "form" ? random.pick(["UDS", "LBD"]) : nil
    event.packet = random.pick([nil, "", "I", "F", "I4"])
    event.project = random.pick(["a", "b"])
    event.timestamp = random.pick(["1969-12-31T23:59:59Z", "2024-01-01T00:00:00Z"])
    return event
  }
}

/// A row as cells of bytes that compare as the values do, by means of their own: an empty cell is
/// null, the others begin with a byte that null does not have.
struct PlainRow: Hashable, Comparable {
  var cells: [[UInt8]]

  static func < (left: PlainRow, right: PlainRow) -> Bool {
    left.cells.lexicographicallyPrecedes(right.cells) { $0.lexicographicallyPrecedes($1) }
  }

  func take(_ fields: [Int]) -> PlainRow {
    PlainRow(cells: fields.map { cells[$0] })
  }

  func string(_ name: String) -> String? {
    guard let field = EventSchema.visitEvent.index(of: name), !cells[field].isEmpty else {
      return nil
    }
    return String(decoding: cells[field].dropFirst(), as: UTF8.self)
  }
}

extension EventBatch {
  /// The rows as cells.
  var plainRows: [PlainRow] {
    (0..<count).map { row in
      PlainRow(
        cells: columns.map { column in
          if let text = column.string(at: row) { return [1] + Array(text.utf8) }
          if let value = column.int32(at: row) { return cell(Int64(value)) }
          if let value = column.timestamp(at: row) { return cell(value.microsecondsSinceEpoch) }
          return []
        })
    }
  }

  private func cell(_ value: Int64) -> [UInt8] {
    [1] + withUnsafeBytes(of: (UInt64(bitPattern: value) ^ (1 << 63)).bigEndian) { Array($0) }
  }

  /// Events as a batch, each with the time at which its object was modified, in seconds.
  static func of(
    _ events: [(event: TestEvent, modified: Int?)], schema: EventSchema = .visitEvent
  ) throws -> EventBatch {
    var batch = EventBatch(schema: schema)
    var decoder = EventDecoder(schema: schema)
    for (event, modified) in events {
      let outcome = try decoder.decode(
        event.bytes,
        sourceModified: modified.map { Timestamp(microsecondsSinceEpoch: Int64($0) * 1_000_000) },
        into: &batch)
      #expect(outcome == .accepted)
    }
    return batch
  }
}

/// A checkpoint that is too simple to be wrong: a row for each identity.
struct PlainCheckpoint {
  private var rows: [PlainRow: PlainRow] = [:]
  private let schema: EventSchema

  init(_ schema: EventSchema = .visitEvent) {
    self.schema = schema
  }

  /// The later version stays; null is the earliest, and the greater row wins in the same instant.
  mutating func add(_ row: PlainRow) {
    let identity = row.take(schema.identity)
    guard let known = rows[identity] else {
      rows[identity] = row
      return
    }
    let modified = schema.sourceModified.map { [$0] } ?? []
    let mine = PlainRow(cells: row.take(modified).cells + row.cells)
    let other = PlainRow(cells: known.take(modified).cells + known.cells)
    if other < mine { rows[identity] = row }
  }

  var ordered: [PlainRow] {
    rows.values.sorted { $0.take(schema.order) < $1.take(schema.order) }
  }
}
