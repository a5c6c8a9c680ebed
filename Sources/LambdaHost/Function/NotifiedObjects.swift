import CheckpointCore

/// What some notifications ask for: objects to read, and what needs no reading.
struct NotifiedObjects: Sendable {
  /// The keys of event objects that were written, each once, relative to the source's store.
  private(set) var keys: [String] = []
  /// How many notifications are about other buckets, other prefixes, or objects that are no events.
  private(set) var foreign = 0
  /// How many say that an event object was removed: its row stays.
  private(set) var removed = 0
  /// How many are about something that leaves an object's content as it is.
  private(set) var other = 0
  /// Some of the objects that need no reading.
  private(set) var examples: [String] = []
  private var known: Set<String> = []

  /// How many notifications ask for nothing.
  var withoutWork: Int { foreign + removed + other }

  /// As many things are named one by one.
  static let listed = 10

  init(_ notifications: [ObjectNotification], _ configuration: FunctionConfiguration) {
    let prefix = configuration.sourcePrefix
    let directory = configuration.sourceDirectory.utf8.count
    for notification in notifications {
      let key = String(Substring(notification.key.utf8.dropFirst(directory)))
      guard notification.bucket == configuration.sourceBucket,
        notification.key.utf8.starts(with: prefix.utf8), RunConfiguration.isEventKey(key)
      else {
        foreign += 1
        note("s3://\(notification.bucket)/\(notification.key)")
        continue
      }
      switch notification.change {
      case .written: add(key)
      case .removed:
        removed += 1
        note(notification.key)
      case .other:
        other += 1
        note(notification.key)
      }
    }
  }

  /// What several messages ask for.
  init(merging all: [NotifiedObjects]) {
    for objects in all {
      for key in objects.keys { add(key) }
      foreign += objects.foreign
      removed += objects.removed
      other += objects.other
      for example in objects.examples { note(example) }
    }
  }

  private mutating func add(_ key: String) {
    if known.insert(key).inserted { keys.append(key) }
  }

  private mutating func note(_ example: String) {
    if examples.count < NotifiedObjects.listed { examples.append(example) }
  }
}
