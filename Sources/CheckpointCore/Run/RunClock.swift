/// How much of a run's time is left: when it must stop reading so that what it has can still be
/// committed.
struct RunClock {
  private let environment: RunEnvironment
  private let start: Duration
  private let budget: Duration?
  /// The longest time that merging and recording one round took so far.
  private var longestCommit = Duration.zero

  init(_ environment: RunEnvironment, budget: Duration?) {
    self.environment = environment
    self.budget = budget
    start = environment.elapsed()
  }

  /// The time since the run began.
  var elapsed: Duration { environment.elapsed() - start }

  /// When reading ends, from the beginning of the run: what is kept for committing is a fifth of
  /// the budget, or twice what it took before, but never more than four fifths.
  var readingEnds: Duration? {
    guard let budget else { return nil }
    let reserve = min(budget * 4 / 5, max(budget / 5, longestCommit * 2))
    return budget - reserve
  }

  /// How long may still be read; nil for as long as it takes.
  var readingLeft: Duration? { readingEnds.map { $0 - elapsed } }

  /// Whether nothing more is to be read.
  var isReadingOver: Bool { readingLeft.map { $0 <= .zero } ?? false }

  /// Whether the whole budget is spent.
  var isOver: Bool { budget.map { elapsed >= $0 } ?? false }

  /// Notes how long a round's commit took.
  mutating func noteCommit(_ duration: Duration) {
    longestCommit = max(longestCommit, duration)
  }
}

extension Duration {
  /// The whole milliseconds.
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
  }
}
