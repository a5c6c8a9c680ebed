/// What is written to the bucket of the checkpoints, read as soon as it comes.
enum WrittenForm: CustomStringConvertible {
  case checkpoint(CheckpointContent)
  case state(StateContent)
  case refusals(Set<Truth.Refusal>)
  /// Something put aside.
  case other
  /// Something that cannot be read as what its key says it is, and why.
  case unreadable(String)

  init(_ key: String, _ bytes: [UInt8]) async {
    do {
      if key == Layout.stateKey {
        self = .state(try StateContent(bytes))
      } else if key.hasPrefix(Layout.refusedPrefix) {
        self = .refusals(try RefusalLine.read(bytes))
      } else if Layout.isCheckpoint(key) {
        self = .checkpoint(try await CheckpointContent.read(bytes))
      } else {
        self = .other
      }
    } catch {
      self = .unreadable("\(error)")
    }
  }

  var description: String {
    switch self {
    case .checkpoint(let content):
      "  complete until \(content.mark.map(String.init) ?? "?")\n"
        + content.rows.map { "  \($0)" }.joined(separator: "\n")
    case .state(let state): "  \(state)"
    case .refusals(let refusals): "  \(refusals)"
    case .other: ""
    case .unreadable(let reason): "  \(reason)"
    }
  }

  /// What is wrong now that it is written.
  func problem(_ key: String, _ world: World) -> String? {
    switch self {
    case .checkpoint: nil
    case .state(let state):
      world.truth.problem(in: state, source: world.source, target: world.target)
    case .refusals: world.truth.problemInRecord()
    case .other:
      key.contains("/_damaged-") || key.hasPrefix(Layout.backfillPrefix)
        ? nil : "Nobody knows what \(key) is."
    case .unreadable(let reason): "\(key) was written and cannot be read: \(reason)"
    }
  }
}

extension World {
  /// Keeps the books of the bucket of the checkpoints.
  func remember(_ key: String, _ object: Bucket.Object, _ form: WrittenForm) {
    switch form {
    case .checkpoint(let content):
      var rows: [[Cell]: ModelRow] = [:]
      for row in content.rows where rows[row.identity]?.givesWay(to: row) ?? true {
        rows[row.identity] = row
      }
      truth.held[key] = Truth.Held(rows: rows, mark: content.mark)
    case .refusals(let refusals): truth.recorded[key] = refusals
    case .unreadable where Layout.isCheckpoint(key):
      truth.held[key] = Truth.Held(rows: [:], mark: nil, isDamaged: true)
    case .state, .other, .unreadable: break
    }
    if Layout.isCheckpoint(key) || key == Layout.stateKey {
      versions[key, default: []].append(Version(object: object, held: truth.held[key]))
    }
  }

  /// A version of an object, for operators who restore one.
  struct Version {
    let object: Bucket.Object
    let held: Truth.Held?
  }
}
