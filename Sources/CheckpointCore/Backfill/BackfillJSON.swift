import EventLogModel
import FoundationEssentials

// What the steps of a backfill leave for each other.

/// `plan.json`: what is to be done, written when all batches are.
struct BackfillPlanForm: Codable, Sendable {
  /// The most batches: so many invocations that nothing larger is meant.
  static let maximumBatches = 100_000

  var version = 1
  let source: String
  /// Stands for source, key template, schema and policy.
  let basis: String
  /// Until when everything is done when the batches are.
  let completeUntil: Timestamp
  /// Part of the names of this plan's batches: a plan that was cut off leaves batches behind.
  let attempt: String
  let batches: Int
  let listed: Int
  let ignored: Int
  let objects: Int
  let archived: CheckpointState.Archived
  /// What the listing showed of the past.
  let counts: ListedCounts?

  enum CodingKeys: String, CodingKey {
    case version
    case source
    case basis
    case completeUntil = "complete_until"
    case attempt
    case batches
    case listed
    case ignored
    case objects
    case archived
    case counts
  }

  /// The number of a batch in names.
  static func number(_ index: Int) -> String {
    let digits = String(index + 1)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  func batch(_ index: Int) -> String {
    "batch-\(attempt)-\(BackfillPlanForm.number(index)).json"
  }

  func partial(_ index: Int) -> String {
    "partial-\(attempt)-\(BackfillPlanForm.number(index)).parquet"
  }

  var manifest: String { "manifest-\(attempt).json" }

  /// The manifest of a backfill that is finished.
  static let emptyManifest = "nothing-left.json"

  /// How the names begin of what only the steps need.
  static let leftovers = ["batch-", "partial-", "manifest-"]

  /// Which batch a name is that of.
  func index(ofBatch name: String) -> Int? {
    index(of: name, prefix: "batch-\(attempt)-", suffix: ".json")
  }

  /// Which batch a partial checkpoint is that of.
  func index(ofPartial name: String) -> Int? {
    index(of: name, prefix: "partial-\(attempt)-", suffix: ".parquet")
  }

  private func index(of name: String, prefix: String, suffix: String) -> Int? {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix),
      name.utf8.count > prefix.utf8.count + suffix.utf8.count,
      let number = Int(name.dropFirst(prefix.count).dropLast(suffix.count)),
      (1...max(1, batches)).contains(number), batches > 0
    else { return nil }
    return number - 1
  }
}

/// A batch: objects to read, column by column.
struct BackfillBatchForm: Codable, Sendable {
  var keys: [String] = []
  /// Microseconds since 1970.
  var lastModified: [Int64] = []

  enum CodingKeys: String, CodingKey {
    case keys
    case lastModified = "last_modified"
  }
}

/// What the footer of a partial checkpoint says of its batch.
struct BackfillReportForm: Codable, Sendable {
  struct Unreadable: Codable, Sendable {
    let key: String
    let lastModified: Timestamp
    let reason: String

    enum CodingKeys: String, CodingKey {
      case key
      case lastModified = "last_modified"
      case reason
    }
  }

  static let key = "event_checkpoint.backfill"

  var totalEvents = 0
  var filteredEvents = 0
  var fetched = 0
  var refused = 0
  var vanished = 0
  var unreadable: [Unreadable] = []
  /// Objects that turned out to lie in an archive.
  var archived: [Unreadable] = []
  /// Versions that are done and lie after the mark, as the state has them.
  var seen: [String] = []

  /// Adds the counts to a summary.
  func count(in summary: inout RunSummary) {
    summary.totalEvents += totalEvents
    summary.filteredEvents += filteredEvents
    summary.fetched += fetched
    summary.refused += refused
    summary.vanished += vanished
    summary.unreadable += unreadable.count
    summary.archived += archived.count
  }
}

/// `merged.json`: how far the merging is.
struct BackfillProgressForm: Codable, Sendable {
  /// The batches whose partial checkpoints are in the checkpoints.
  var folded: Set<Int> = []
  /// The checkpoints that they are in.
  var checkpoints: [CheckpointState.Checkpoint] = []
  /// Whether the state says so.
  var isFinished = false
  /// What it came to, once it is finished.
  var isComplete = false

  enum CodingKeys: String, CodingKey {
    case folded
    case checkpoints
    case isFinished = "finished"
    case isComplete = "complete"
  }

  /// Takes in what another process has merged.
  mutating func merge(_ other: BackfillProgressForm, ancestry: [String: [ETag]]) {
    folded.formUnion(other.folded)
    isFinished = isFinished || other.isFinished
    isComplete = isComplete || other.isComplete
    for theirs in other.checkpoints {
      if let place = checkpoints.firstIndex(where: { $0.key == theirs.key }) {
        guard checkpoints[place] != theirs else { continue }
        checkpoints[place].merge(theirs, ancestors: ancestry[theirs.key] ?? [])
      } else {
        checkpoints.append(theirs)
      }
    }
    checkpoints.sort { ObjectKey.precedes($0.key, $1.key) }
  }
}

enum BackfillJSON {
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [0x0A]
  }

  static func decode<Form: Decodable>(_ type: Form.Type, _ bytes: [UInt8]) throws -> Form {
    try JSONDecoder().decode(type, from: Data(bytes))
  }
}
