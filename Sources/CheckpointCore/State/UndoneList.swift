import EventLogModel

/// Objects that a run has not done, the oldest of them, up to a bound. What does not fit is counted,
/// and holds the mark back.
struct UndoneList {
  /// An object that is not done, for whatever reason.
  struct Entry: Sendable, Hashable {
    var key: String
    var lastModified: Timestamp
    /// Why, as a sentence; nil where the object was not tried.
    var reason: String?
  }

  private var all: [Entry] = []
  /// How many there are.
  private(set) var count = 0
  /// The time of the oldest that does not fit.
  private(set) var cutFrom: Timestamp?

  /// The most characters of a reason.
  private static let maximumReason = 400

  /// The objects that fit, the oldest first.
  var entries: [Entry] {
    var list = self
    list.cut()
    return list.all
  }

  /// Notes an object.
  mutating func add(_ entry: Entry) {
    count += 1
    if let cutFrom, entry.lastModified >= cutFrom { return }
    var entry = entry
    if let reason = entry.reason, reason.count > UndoneList.maximumReason {
      entry.reason = reason.prefix(UndoneList.maximumReason) + "…"
    }
    all.append(entry)
    if all.count >= 2 * CheckpointState.maximumRetries { cut() }
  }

  private mutating func cut() {
    all.sort { ($0.lastModified, $0.key) < ($1.lastModified, $1.key) }
    guard all.count > CheckpointState.maximumRetries else { return }
    let first = all[CheckpointState.maximumRetries].lastModified
    cutFrom = min(cutFrom ?? first, first)
    all.removeSubrange(CheckpointState.maximumRetries...)
  }

  /// The time of the oldest that does not fit, which ``entries`` leaves out.
  var markBound: Timestamp? {
    var list = self
    list.cut()
    return list.cutFrom
  }
}
