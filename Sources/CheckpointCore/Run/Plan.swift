import EventLogModel

/// Which of the listed objects a run reads, decided before any of them is read.
///
/// Of the objects to read the oldest are kept, up to a bound; what lies beyond it is only counted,
/// and read after another listing. What is done already leaves nothing behind here, so memory
/// follows the bound, not the number of objects.
struct Plan {
  /// What a run already knows of the objects.
  struct Knowledge {
    /// Every object modified before it is done, unless it is to be retried; nil where nothing is.
    var completeUntil: Timestamp?
    /// The versions done since.
    var seen: Set<UInt64> = []
    /// The keys that are to be tried again.
    var toRetry: Set<String> = []
    /// Every object is read, done or not.
    var readsEverything = false
    /// Every object modified at or after it is read, done or not: a checkpoint of somebody else
    /// says nothing of them.
    var readsFrom: Timestamp?
    /// What was not read because it lay in an archive.
    var archived = CheckpointState.Archived()
    /// Hashes of the keys of refused objects that are to be read again.
    var refused: Set<UInt64> = []
    /// What an earlier listing showed, where that is to be compared.
    var listed: ListedCounts?
    /// How far back objects lie that are counted.
    var countsUntil: Timestamp?
    /// Months whose objects are read, done or not: some have appeared among them.
    var grownMonths: Set<Int> = []
  }

  /// An object to read.
  struct Item {
    let key: String
    let lastModified: Timestamp
    /// Whether an earlier run has done this very version, so that it is read once more only to
    /// repair a checkpoint.
    let wasDone: Bool
    /// Whether it is on the list of retries.
    let isRetry: Bool
  }

  /// An object that is done and need not be read, but is modified after the mark so far.
  struct Done {
    let version: UInt64
    let lastModified: Timestamp
  }

  /// An item without an allocation of its own: its key lies in ``keys``.
  private struct Entry {
    var start: Int
    let length: UInt16
    let wasDone: Bool
    let isRetry: Bool
    /// Whether the mark must not pass it as long as it is not read: no list knows of it.
    let holdsMark: Bool
    let lastModified: Timestamp
  }

  private let knowledge: Knowledge
  /// The most items.
  private let bound: Int
  private var keys: [UInt8] = []
  private var entries: [Entry] = []
  /// Objects to read that lie beyond the bound, and the time of the oldest of them.
  private(set) var leftOut = 0
  private(set) var leftOutFrom: Timestamp?
  /// Likewise, of those that are not done.
  private var leftUndoneFrom: Timestamp?
  /// The objects after the mark that are done.
  private(set) var done: [Done] = []
  /// All objects.
  private(set) var listed = 0
  /// Objects that are no events.
  private(set) var ignored = 0
  /// Keys that are to be tried again and have been listed.
  private(set) var retried: Set<String> = []
  /// Hashes of the keys of refused objects that have been listed.
  private(set) var refused: Set<UInt64> = []
  /// What lies among the objects and is none.
  private(set) var skipped: [SkippedEntry] = []
  /// How many such there are; only the first ones are kept.
  private(set) var skippedCount = 0
  /// Objects that are not merged because they lie in an archive.
  private(set) var archived = CheckpointState.Archived()
  /// Some of their keys.
  private(set) var archivedKeys: [String] = []
  /// The store's time when the listing began.
  private(set) var serverTime: Timestamp?
  /// The objects that lie far enough back, by month.
  private(set) var counts: ListedCounts?
  /// Those of them that the earlier listing counted as well, or should have.
  private var recounts: ListedCounts?

  /// As many skipped and archived objects are named; the others are counted.
  private static let named = 20

  init(_ knowledge: Knowledge, bound: Int = .max) {
    self.knowledge = knowledge
    self.bound = max(1, bound)
    counts = knowledge.countsUntil.map(ListedCounts.init(until:))
    recounts = knowledge.listed.map { ListedCounts(until: $0.until) }
  }

  /// A plan of objects that somebody names, once each and in their order. What is known of them is
  /// their keys.
  ///
  /// - Parameters:
  ///   - keys: The objects.
  ///   - prefix: Others are counted as ignored.
  init(keys: [String], prefix: String) {
    self.init(Knowledge())
    var known: Set<String> = []
    for key in keys where known.insert(key).inserted {
      listed += 1
      guard RunConfiguration.isEventKey(key), key.utf8.starts(with: prefix.utf8) else {
        ignored += 1
        continue
      }
      append(key, .earliest, wasDone: false, isRetry: false, holdsMark: false)
    }
  }

  /// Months in which objects have appeared since the earlier listing.
  var grownMonths: Set<Int> {
    guard let recounts, let earlier = knowledge.listed else { return [] }
    return recounts.grown(since: earlier)
  }

  /// The events among the objects.
  var events: Int { listed - ignored }

  /// The number of items; after ``finish()`` the one modified first comes first.
  var count: Int { entries.count }

  /// Takes in a page of the listing.
  mutating func add(_ page: ListingPage) {
    if serverTime == nil { serverTime = page.serverTime }
    skippedCount += page.skipped.count
    skipped += page.skipped.prefix(max(0, Plan.named - skipped.count))
    for object in page.objects {
      listed += 1
      if RunConfiguration.isEventKey(object.key) { add(object) } else { ignored += 1 }
    }
  }

  private mutating func add(_ object: ObjectMetadata) {
    counts?.add(object.lastModified)
    recounts?.add(object.lastModified)
    let isRetry = knowledge.toRetry.contains(object.key)
    if isRetry { retried.insert(object.key) }
    let wasArchived = knowledge.archived.mayHold(object)
    let isAsked = isAskedFor(object.key)
    var isDone = false
    var seenVersion: UInt64?
    if let mark = knowledge.completeUntil, !isRetry, !wasArchived {
      if object.lastModified < mark {
        isDone = true
      } else if let eTag = object.eTag {
        let version = ContentHash.version(
          key: object.key, eTag: eTag, lastModified: object.lastModified)
        if knowledge.seen.contains(version) {
          isDone = true
          seenVersion = version
        }
      }
    }
    let isReread =
      knowledge.readsEverything || knowledge.readsFrom.map { object.lastModified >= $0 } ?? false
      || !knowledge.grownMonths.isEmpty
        && knowledge.grownMonths.contains(ListedCounts.month(of: object.lastModified))
    guard !isDone || isReread || isAsked else {
      if let seenVersion {
        done.append(Done(version: seenVersion, lastModified: object.lastModified))
      }
      return
    }
    guard !object.isArchived else {
      archived.add(object)
      if archivedKeys.count < Plan.named { archivedKeys.append(object.key) }
      return
    }
    plan(
      object, wasDone: isDone, isRetry: isRetry, holdsMark: !isRetry && (!isDone || isReread))
  }

  private mutating func isAskedFor(_ key: String) -> Bool {
    guard !knowledge.refused.isEmpty else { return false }
    let hash = ContentHash.key(key)
    guard knowledge.refused.contains(hash) else { return false }
    refused.insert(hash)
    return true
  }

  private mutating func plan(
    _ object: ObjectMetadata, wasDone: Bool, isRetry: Bool, holdsMark: Bool
  ) {
    if let leftOutFrom, object.lastModified >= leftOutFrom {
      leftOut += 1
      if holdsMark || isRetry { noteUndone(object.lastModified) }
      return
    }
    append(
      object.key, object.lastModified, wasDone: wasDone, isRetry: isRetry, holdsMark: holdsMark)
    // A quarter beyond the bound, so that cutting stays linear in all, but for the logarithm.
    if entries.count > bound, entries.count - bound > bound / 4 { cut() }
  }

  private mutating func append(
    _ key: String, _ lastModified: Timestamp, wasDone: Bool, isRetry: Bool, holdsMark: Bool
  ) {
    guard let length = UInt16(exactly: key.utf8.count) else { return }
    entries.append(
      Entry(
        start: keys.count, length: length, wasDone: wasDone, isRetry: isRetry,
        holdsMark: holdsMark, lastModified: lastModified))
    keys.append(contentsOf: key.utf8)
  }

  /// Puts the oldest objects first, so that the mark can advance as far as anything was read.
  mutating func finish() {
    if entries.count > bound { cut() } else { sort() }
  }

  /// Keys lie in the order of the listing, so their places order those of one instant.
  private mutating func sort() {
    entries.sort { ($0.lastModified, $0.start) < ($1.lastModified, $1.start) }
  }

  private mutating func cut() {
    sort()
    leftOut += entries.count - bound
    leftOutFrom = entries[bound].lastModified
    let undone = entries[bound...].first { $0.holdsMark || $0.isRetry }
    if let undone { noteUndone(undone.lastModified) }
    entries.removeSubrange(bound...)
    // The keys that stay move together, in the order in which they lie.
    let order = entries.indices.sorted { entries[$0].start < entries[$1].start }
    var kept: [UInt8] = []
    for index in order {
      let range = entries[index].start..<entries[index].start + Int(entries[index].length)
      entries[index].start = kept.count
      kept.append(contentsOf: keys[range])
    }
    keys = kept
  }

  private mutating func noteUndone(_ lastModified: Timestamp) {
    leftUndoneFrom = min(leftUndoneFrom ?? lastModified, lastModified)
  }

  /// An item. The index must be less than ``count``.
  subscript(index: Int) -> Item {
    let entry = entries[index]
    return Item(
      key: String(decoding: keys[entry.start..<entry.start + Int(entry.length)], as: UTF8.self),
      lastModified: entry.lastModified, wasDone: entry.wasDone, isRetry: entry.isRetry)
  }

  /// Whether an earlier run has done the version of an item.
  func wasDone(_ index: Int) -> Bool { entries[index].wasDone }

  /// Whether the mark must not pass an item as long as it is not read: no list knows of it.
  func holdsMark(_ index: Int) -> Bool { entries[index].holdsMark }

  /// Whether an item is on the list of retries.
  func isRetry(_ index: Int) -> Bool { entries[index].isRetry }

  /// The time of the oldest object from an item on that holds back the mark: listed or left out.
  ///
  /// - Parameter hasRetries: Whether the mark has a list of retries beside it; a footer's has none.
  func oldest(from index: Int, hasRetries: Bool = true) -> Timestamp? {
    let next = entries[index...].first { $0.holdsMark || !hasRetries }?.lastModified
    guard let left = hasRetries ? leftUndoneFrom : leftOutFrom else { return next }
    return min(next ?? left, left)
  }
}
