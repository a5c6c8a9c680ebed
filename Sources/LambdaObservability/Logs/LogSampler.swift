/// Decides which of many alike events get a line of their own, and counts the others, so that a
/// million bad files do not become a million lines.
///
///     var sampler = LogSampler(first: 5)
///     for fault in faults {
///       if sampler.admits(fault.code) { logger.warning("\(fault)") }
///     }
///     for (kind, count) in sampler.counts where count.withheld > 0 {
///       logger.warning("\(count.withheld) more like these", metadata: ["kind": "\(kind)"])
///     }
public struct LogSampler: Sendable {
  /// How often events of a kind have come.
  public struct Count: Sendable, Hashable {
    /// All of them.
    public var total: Int
    /// Those without a line of their own.
    public var withheld: Int
  }

  /// The kind that events count as once there are too many kinds.
  public static let otherKinds = "other"

  private let first: Int
  private let mostKinds: Int
  private var byKind: [String: Count] = [:]

  /// A sampler that has seen nothing yet.
  ///
  /// - Parameters:
  ///   - first: How many events of a kind get a line.
  ///   - mostKinds: How many kinds are told apart; all others count as ``otherKinds``.
  public init(first: Int, mostKinds: Int = 100) {
    self.first = max(0, first)
    self.mostKinds = max(1, mostKinds)
  }

  /// Counts an event, and says whether it gets a line.
  public mutating func admits(_ kind: String) -> Bool {
    var kind = kind
    if byKind[kind] == nil, byKind.count >= mostKinds { kind = LogSampler.otherKinds }
    var count = byKind[kind] ?? Count(total: 0, withheld: 0)
    count.total += 1
    let isAdmitted = count.total <= first
    if !isAdmitted { count.withheld += 1 }
    byKind[kind] = count
    return isAdmitted
  }

  /// What has been counted, the most frequent kind first.
  public var counts: [(kind: String, count: Count)] {
    byKind.map { ($0.key, $0.value) }
      .sorted { ($1.count.total, $0.kind) < ($0.count.total, $1.kind) }
  }

  /// How many events there were.
  public var total: Int { byKind.values.reduce(0) { $0 + $1.total } }
}
