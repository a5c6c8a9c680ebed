/// What the checkpoints must hold, by the objects that there are and were, with the simplest model
/// that will do; and what of it the files hold.
struct Truth {
  /// An object that was refused, in one version.
  struct Refusal: Hashable, CustomStringConvertible {
    let key: String
    let eTag: String

    var description: String { "\(key) (\(eTag))" }
  }

  /// What a checkpoint holds.
  struct Held {
    var rows: [[Cell]: ModelRow]
    var mark: Int64?
    /// Whether nobody can read it.
    var isDamaged = false
  }

  /// The rows of all objects that anybody could ever read, by identity.
  private var known: [[Cell]: Set<ModelRow>] = [:]
  /// All versions of objects that are to be refused.
  private var refusable: Set<Refusal> = []
  /// The checkpoints as they are.
  var held: [String: Held] = [:]
  /// When somebody else than a run last changed a checkpoint.
  var tampered: [String: Int64] = [:]
  /// What the files of the record hold.
  var recorded: [String: Set<Refusal>] = [:]

  /// An object can be read from now on.
  mutating func appear(_ key: String, _ object: Bucket.Object) {
    switch object.content {
    case .event(let row):
      let row = row.modified(.number(object.lastModified))
      known[row.identity, default: []].insert(row)
    case .invalid: refusable.insert(Refusal(key: key, eTag: object.eTag))
    case .sandbox, nil: break
    }
  }

  /// Another tool has written rows.
  mutating func allow(_ rows: [ModelRow]) {
    for row in rows { known[row.identity, default: []].insert(row) }
  }

  // MARK: - Checkpoints

  /// What is wrong with a new version of a checkpoint that a run writes.
  ///
  /// - Parameter listed: The objects that the run could read, if it is to leave out the rows of all
  ///   others.
  func problem(
    in content: CheckpointContent, of key: String, _ layout: Layout, source: Bucket,
    listed: Set<String>?
  ) -> String? {
    let previous = held[key]
    var rows: [[Cell]: ModelRow] = [:]
    var last: ModelRow?
    for row in content.rows {
      if let last, !last.identity.lexicographicallyPrecedes(row.identity) {
        return "\(key) is not in order, or has an event twice: \(last), \(row)"
      }
      last = row
      rows[row.identity] = row
      guard layout.key(of: row) == key else { return "\(key) holds a row of another file: \(row)" }
      let isKnown =
        known[row.identity]?.contains(row) ?? false || previous?.rows[row.identity] == row
      guard isKnown else { return "\(key) holds a row that no object ever held: \(row)" }
    }
    for row in previous?.rows.values.sorted(by: { $0.cells.lexicographicallyPrecedes($1.cells) })
      ?? []
    {
      if let listed {
        let isBacked = Truth.events(of: source).contains {
          $0.row == row && listed.contains($0.key)
        }
        if !isBacked { continue }
      }
      guard let now = rows[row.identity] else { return "\(key) loses the row \(row)" }
      if now.givesWay(to: row) { return "\(key) goes back from \(row) to \(now)" }
    }
    guard let mark = content.mark else { return nil }
    for object in Truth.events(of: source)
    where object.lastModified < mark && !object.wasArchived {
      guard layout.key(of: object.row) == key else { continue }
      if let problem = Truth.lack(of: object, in: rows) {
        return "\(key) says that it is complete until \(mark), but \(problem)"
      }
    }
    return nil
  }

  struct Event {
    let key: String
    let lastModified: Int64
    let row: ModelRow
    /// Whether it was in an archive at any time. No mark waits for such an object.
    let wasArchived: Bool

    init?(_ key: String, _ object: Bucket.Object) {
      guard case .event(let row)? = object.content else { return nil }
      self.key = key
      lastModified = object.lastModified
      self.row = row.modified(.number(object.lastModified))
      wasArchived = object.wasArchived
    }
  }

  /// The objects that hold an event and can be read.
  static func events(of source: Bucket) -> [Event] {
    source.keys.compactMap { key in
      source.objects[key].flatMap { $0.isArchived ? nil : Event(key, $0) }
    }
  }

  /// What rows lack of an object.
  private static func lack(of object: Event, in rows: [[Cell]: ModelRow]?) -> String? {
    guard let row = rows?[object.row.identity] else {
      return "lacks the event of \(object.key): \(object.row)"
    }
    return row.givesWay(to: object.row)
      ? "has \(row) where \(object.key) is later: \(object.row)" : nil
  }

  /// What the checkpoint of an object lacks of it.
  func lack(of object: Event, _ layout: Layout) -> String? {
    let key = layout.key(of: object.row)
    return Truth.lack(of: object, in: held[key]?.rows).map { "\(key) \($0)" }
  }

  /// What the checkpoints lack of a row.
  func lack(of row: ModelRow, _ layout: Layout) -> String? {
    guard let now = held[layout.key(of: row)]?.rows[row.identity], !now.givesWay(to: row) else {
      return "\(layout.key(of: row)) lacks \(row)"
    }
    return nil
  }

  /// Whether a checkpoint holds the row of an object.
  func isHeld(_ object: Event, _ layout: Layout) -> Bool {
    held[layout.key(of: object.row)]?.rows[object.row.identity] == object.row
  }

  // MARK: - Refused objects

  /// What is on record although its object is gone, or another version.
  func staleRefusal(of source: Bucket) -> String? {
    for refusal in recorded.values.joined() {
      let object = source.objects[refusal.key]
      // What lies in the archive could not be looked at again.
      guard object?.eTag != refusal.eTag, object?.isArchived != true else { continue }
      return "\(refusal) is on record as refused, and is not there any more."
    }
    return nil
  }

  /// How many objects are on record.
  var refusalCount: Int { Set(recorded.values.joined().map(\.key)).count }

  func isRecorded(_ refusal: Refusal) -> Bool {
    recorded.values.contains { $0.contains(refusal) }
  }

  /// What is wrong with the record.
  func problemInRecord() -> String? {
    for refusal in recorded.values.joined() where !refusable.contains(refusal) {
      return "\(refusal) is on record as refused, but never was to be."
    }
    return nil
  }

  /// What is missing of the record, of the objects that there are.
  func forgottenRefusal(of source: Bucket) -> String? {
    for key in source.keys {
      guard let object = source.objects[key], case .invalid? = object.content, !object.isArchived
      else { continue }
      let refusal = Truth.Refusal(key: key, eTag: object.eTag)
      if !isRecorded(refusal) { return "\(refusal) is refused and not on record." }
    }
    return nil
  }
}
