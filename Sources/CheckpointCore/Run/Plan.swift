import EventLogModel

/// Which of the listed objects a run reads, decided before any of them is read.
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
  }

  /// An object to read.
  struct Item {
    let object: ObjectMetadata
    /// Whether an earlier run has done this very version, so that it is read once more only to
    /// repair a checkpoint.
    let wasDone: Bool
  }

  /// An object that is done and need not be read, but is modified after the mark so far.
  struct Done {
    let version: UInt64
    let lastModified: Timestamp
  }

  private let knowledge: Knowledge
  /// The objects to read; after ``finish()`` the one modified first comes first.
  private(set) var items: [Item] = []
  /// The objects after the mark that are done.
  private(set) var done: [Done] = []
  /// All objects.
  private(set) var listed = 0
  /// Objects that are no events.
  private(set) var ignored = 0
  /// Keys that are to be tried again and have been listed.
  private(set) var retried: Set<String> = []
  /// What lies among the objects and is none.
  private(set) var skipped: [SkippedEntry] = []
  /// How many such there are; only the first ones are kept.
  private(set) var skippedCount = 0
  /// The store's time when the listing began.
  private(set) var serverTime: Timestamp?

  /// As many skipped entries are named; the others are counted.
  private static let namedSkipped = 20

  init(_ knowledge: Knowledge) {
    self.knowledge = knowledge
  }

  /// The events among the objects.
  var events: Int { listed - ignored }

  /// Takes in a page of the listing.
  mutating func add(_ page: ListingPage) {
    if serverTime == nil { serverTime = page.serverTime }
    skippedCount += page.skipped.count
    skipped += page.skipped.prefix(max(0, Plan.namedSkipped - skipped.count))
    for object in page.objects {
      listed += 1
      if RunConfiguration.isEventKey(object.key) { add(object) } else { ignored += 1 }
    }
  }

  private mutating func add(_ object: ObjectMetadata) {
    let isRetry = knowledge.toRetry.contains(object.key)
    if isRetry { retried.insert(object.key) }
    var isDone = false
    if let mark = knowledge.completeUntil, !isRetry {
      if object.lastModified < mark {
        isDone = true
      } else if let eTag = object.eTag {
        let version = ContentHash.version(
          key: object.key, eTag: eTag, lastModified: object.lastModified)
        if knowledge.seen.contains(version) {
          isDone = true
          done.append(Done(version: version, lastModified: object.lastModified))
        }
      }
    }
    let isReread =
      knowledge.readsEverything || knowledge.readsFrom.map { object.lastModified >= $0 } ?? false
    if !isDone || isReread { items.append(Item(object: object, wasDone: isDone)) }
  }

  /// Puts the oldest objects first, so that the mark can advance as far as anything was read.
  mutating func finish() {
    items.sort {
      $0.object.lastModified == $1.object.lastModified
        ? ObjectKey.precedes($0.object.key, $1.object.key)
        : $0.object.lastModified < $1.object.lastModified
    }
  }
}
