import EventLogModel
import FoundationEssentials

/// What the state says, read by its documented form alone.
struct StateContent: Decodable {
  struct Checkpoint: Decodable {
    struct Group: Decodable {
      let values: [String]
      let rows: Int
    }

    let key: String
    let etag: String?
    let descendsFrom: [String]?
    let rows: Int
    let groups: [Group]

    enum CodingKeys: String, CodingKey {
      case key
      case etag
      case descendsFrom = "descends_from"
      case rows
      case groups
    }
  }

  struct Retry: Decodable {
    let key: String
    let attempts: Int
  }

  let keyTemplate: String
  let completeUntil: Timestamp?
  let toRetry: [Retry]
  let checkpoints: [Checkpoint]
  let refused: Int
  let listed: Listed?

  enum CodingKeys: String, CodingKey {
    case keyTemplate = "key_template"
    case completeUntil = "complete_until"
    case toRetry = "to_retry"
    case checkpoints
    case refused
    case listed
  }

  /// What the last listing showed of the past.
  struct Listed: Decodable {
    let until: Timestamp
    let months: [String: Int]
  }

  init(_ bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(StateContent.self, from: Data(bytes))
  }
}

extension Truth {
  /// What is wrong with a state that a run writes: it must not call anything done that is not.
  func problem(in state: StateContent, source: Bucket, target: Bucket) -> String? {
    guard let layout = Layout(template: state.keyTemplate) else {
      return "The state has the key template \(state.keyTemplate)."
    }
    let retries = Set(state.toRetry.map(\.key))
    guard retries.count == state.toRetry.count, state.toRetry.allSatisfy({ $0.attempts > 0 }) else {
      return "The state has strange retries."
    }
    guard Set(state.checkpoints.map(\.key)).count == state.checkpoints.count else {
      return "The state names a checkpoint twice."
    }
    // A file whose pages are damaged while its footer still says which versions it came from is found out
    // by whoever reads the pages, not by whoever trusts the footer.
    for checkpoint in state.checkpoints where held[checkpoint.key]?.isDamaged != true {
      // Where a version came from others of which the state does not know yet, it is looked at by the
      // next run.
      guard let eTag = checkpoint.etag, target.objects[checkpoint.key]?.eTag == eTag,
        checkpoint.descendsFrom == nil
      else { continue }
      let rows = held[checkpoint.key]?.rows.count ?? 0
      guard checkpoint.rows == rows, checkpoint.groups.reduce(0, { $0 + $1.rows }) == rows else {
        return "The state counts \(checkpoint.rows) rows in \(checkpoint.key), there are \(rows)."
      }
    }
    guard let mark = state.completeUntil?.microsecondsSinceEpoch else { return nil }
    for object in Truth.events(of: source)
    where object.lastModified < mark && !retries.contains(object.key) && !object.wasArchived {
      let key = layout.key(of: object.row)
      guard held[key]?.isDamaged != true else { continue }
      if let known = state.checkpoints.first(where: { $0.key == key }) {
        // Of another version than the state's the next run takes care.
        guard let eTag = known.etag, target.objects[key]?.eTag == eTag, known.descendsFrom == nil
        else { continue }
      }
      if let lack = lack(of: object, layout) {
        return "The state says that all is done until \(mark), but \(lack)"
      }
    }
    for key in source.keys where !retries.contains(key) {
      guard let object = source.objects[key], case .invalid? = object.content,
        object.lastModified < mark, !object.wasArchived
      else { continue }
      let refusal = Refusal(key: key, eTag: object.eTag)
      if !isRecorded(refusal) {
        return "The state says that all is done until \(mark), but \(refusal) is not on record."
      }
    }
    return nil
  }
}

/// A line of the record of refused objects.
struct RefusalLine: Decodable {
  let key: String
  let etag: String

  static func read(_ bytes: [UInt8]) throws -> Set<Truth.Refusal> {
    let decoder = JSONDecoder()
    return Set(
      try bytes.split(separator: UInt8(ascii: "\n")).map { line in
        let line = try decoder.decode(RefusalLine.self, from: Data(line))
        return Truth.Refusal(key: line.key, eTag: line.etag)
      })
  }
}
