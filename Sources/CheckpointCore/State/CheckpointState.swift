public import EventLogModel

/// What a run leaves for the next one: which objects are done, which are to be tried again, and
/// which checkpoints that was about.
///
/// It lies as `_state.json` beside the checkpoints. Losing it costs time, never data.
public struct CheckpointState: Sendable, Hashable {
  /// An object that could not be read or merged.
  public struct Retry: Sendable, Hashable, Codable {
    /// The object.
    public var key: String
    /// When it was last written, as the listing said.
    public var lastModified: Timestamp
    /// How often it was tried in vain.
    public var attempts: Int
    /// Why the last time, as a sentence.
    public var lastError: String

    enum CodingKeys: String, CodingKey {
      case key
      case lastModified = "last_modified"
      case attempts
      case lastError = "last_error"
    }
  }

  /// A checkpoint as the last run left it.
  public struct Checkpoint: Sendable, Hashable, Codable {
    /// The rows of one group.
    public struct Group: Sendable, Hashable, Codable {
      /// The values of the schema's group fields.
      public var values: [String]
      /// The rows of the group in the checkpoint.
      public var rows: Int
    }

    /// The file.
    public var key: String
    /// Its version; nil where what it holds has to be looked at by the next run, since somebody
    /// else wrote to it in between.
    public var eTag: ETag?
    /// Further versions that the file as it is now must have come from; nil where the one above is
    /// known to have come from all that the state ever vouched for. Several runs at the same time
    /// leave them.
    public var descendsFrom: [ETag]?
    /// All its rows.
    public var rows: Int
    /// Its groups, ordered by their values.
    public var groups: [Group]

    init(key: String, eTag: ETag?, rows: Int, groups: [Group]) {
      self.key = key
      self.eTag = eTag
      self.rows = rows
      self.groups = groups
    }

    /// Whether the file holds one of some groups.
    func holds(_ wanted: Set<[String]>?) -> Bool {
      guard let wanted else { return true }
      return groups.contains { wanted.contains($0.values) }
    }

    /// Whether a version of the file holds everything that the state vouches for.
    ///
    /// - Parameter ancestors: The versions that it came from by merging alone.
    func isKept(in version: ETag, _ ancestors: [ETag]) -> Bool {
      guard let eTag else { return false }
      return ([eTag] + (descendsFrom ?? [])).allSatisfy { $0 == version || ancestors.contains($0) }
    }

    /// This entry, such that it vouches for what another one does as well.
    ///
    /// - Parameter ancestors: The versions that this one came from, as far as that is known.
    mutating func merge(_ other: Checkpoint, ancestors: [ETag]) {
      guard let mine = eTag, let theirs = other.eTag else {
        eTag = nil
        descendsFrom = nil
        return
      }
      var needed: [ETag] = []
      for tag in [theirs] + (other.descendsFrom ?? []) + (descendsFrom ?? [])
      where tag != mine && !ancestors.contains(tag) && !needed.contains(tag) {
        needed.append(tag)
      }
      descendsFrom = needed.isEmpty ? nil : needed
      // A file does not name more, so nothing could be found out.
      if needed.count > CheckpointFooter.maximumAncestors {
        eTag = nil
        descendsFrom = nil
      }
    }

    enum CodingKeys: String, CodingKey {
      case key
      case eTag = "etag"
      case descendsFrom = "descends_from"
      case rows
      case groups
    }
  }

  /// The store that the objects come from, and the prefix of their keys.
  public var source: String
  /// The key template of the checkpoints.
  public var keyTemplate: String
  /// The fingerprint of the event schema, in hexadecimal.
  public var schema: String
  /// What happens to unknown fields: `refuse` or `ignore`.
  public var unknownFields: String
  /// Every object modified before this instant is merged, left out, refused, or in ``toRetry``.
  /// Nil where nothing is.
  public var completeUntil: Timestamp?
  /// 64-bit hashes of key, ETag and LastModified of the objects modified at or after ``completeUntil`` that
  /// are merged, left out or refused.
  public var seen: Set<UInt64>
  /// The objects that are to be tried again, the oldest first.
  public var toRetry: [Retry]
  /// The objects that are not merged because they lie in an archive storage class.
  public var archived: Archived
  /// The checkpoints, ordered by key.
  public var checkpoints: [Checkpoint]
  /// How many objects are refused; which ones and why is recorded under `_refused/`.
  public var refused: Int
  /// How many objects the last listing showed that lie so far back that no more can come; nil where
  /// nobody has counted.
  var listed: ListedCounts?

  /// The most entries of ``seen``; objects beyond it are fetched again.
  public static let maximumSeen = 200_000
  /// The most entries of ``toRetry``; beyond it ``completeUntil`` stays behind.
  public static let maximumRetries = 10_000

  /// A state that says that nothing is done.
  public init(source: String, keyTemplate: String, schema: EventSchema, unknownFields: String) {
    self.source = source
    self.keyTemplate = keyTemplate
    self.schema = CheckpointState.text(of: schema.fingerprint)
    self.unknownFields = unknownFields
    completeUntil = nil
    seen = []
    toRetry = []
    archived = Archived()
    checkpoints = []
    refused = 0
  }

  /// Sixteen hexadecimal digits.
  static func text(of fingerprint: UInt64) -> String {
    withUnsafeBytes(of: fingerprint.bigEndian) { ContentHash.hexadecimal($0) }
  }

  /// The rows of all checkpoints.
  public var rows: Int { checkpoints.reduce(0) { $0 + $1.rows } }

  /// Whether the two are about the same source, template, schema and policy.
  func isAboutTheSame(as other: CheckpointState) -> Bool {
    source == other.source && keyTemplate == other.keyTemplate && schema == other.schema
      && unknownFields == other.unknownFields
  }
}

// MARK: - Transitions

extension CheckpointState {
  /// Records what is not done, and how far everything else is.
  ///
  /// The oldest of the undone objects go to the list of retries. Those that do not fit hold the
  /// mark back to the oldest of them.
  ///
  /// - Parameters:
  ///   - undone: All objects that are not done.
  ///   - previous: The retries so far, from which attempts are counted on.
  ///   - mark: Until when everything else is done; nil where nothing can be said.
  mutating func settle(undone: UndoneList, previous: [Retry], mark: Timestamp?) {
    var earlier: [String: Retry] = [:]
    for retry in previous { earlier[retry.key] = retry }
    toRetry = undone.entries.map { entry in
      let known = earlier[entry.key]
      let (count, overflow) = (known?.attempts ?? 0).addingReportingOverflow(1)
      return Retry(
        key: entry.key, lastModified: entry.lastModified,
        attempts: entry.reason == nil ? known?.attempts ?? 0 : overflow ? .max : count,
        lastError: entry.reason ?? known?.lastError ?? "It has not been tried yet.")
    }
    completeUntil = mark
    if let mark, let bound = undone.markBound { completeUntil = min(mark, bound) }
  }

  /// Both states as one: what another run recorded in the meantime is kept.
  ///
  /// Each state's mark holds without the other, given its own retries, so the later mark holds for
  /// both together given the retries of both. A checkpoint of which the two say different versions
  /// must have come from both of them, which the next run finds out where it is not known yet.
  ///
  /// - Parameter ancestry: What is known of the versions that the checkpoints of this state came
  ///   from.
  mutating func merge(_ other: CheckpointState, ancestry: [String: [ETag]] = [:]) {
    var retries: [String: Retry] = [:]
    for retry in other.toRetry + toRetry {
      if let known = retries[retry.key] {
        var later = known.lastModified > retry.lastModified ? known : retry
        later.attempts = max(known.attempts, retry.attempts)
        retries[retry.key] = later
      } else {
        retries[retry.key] = retry
      }
    }
    let ordered = retries.values.sorted { ($0.lastModified, $0.key) < ($1.lastModified, $1.key) }
    toRetry = Array(ordered.prefix(CheckpointState.maximumRetries))
    switch (completeUntil, other.completeUntil) {
    case (let mine?, let theirs?): completeUntil = max(mine, theirs)
    case (nil, let theirs): completeUntil = theirs
    case (_, nil): break
    }
    if let mark = completeUntil, ordered.count > CheckpointState.maximumRetries {
      completeUntil = min(mark, ordered[CheckpointState.maximumRetries].lastModified)
    }
    archived.merge(other.archived)
    for hash in other.seen where seen.count < CheckpointState.maximumSeen { seen.insert(hash) }
    var merged: [String: Checkpoint] = [:]
    for checkpoint in checkpoints { merged[checkpoint.key] = checkpoint }
    for theirs in other.checkpoints {
      guard var mine = merged[theirs.key] else {
        merged[theirs.key] = theirs
        continue
      }
      if mine != theirs {
        mine.merge(theirs, ancestors: ancestry[mine.key] ?? [])
        merged[theirs.key] = mine
      }
    }
    checkpoints = merged.values.sorted { ObjectKey.precedes($0.key, $1.key) }
    refused = max(refused, other.refused)
    if let theirs = other.listed, listed.map({ $0.until < theirs.until }) ?? true {
      listed = theirs
    }
  }
}
