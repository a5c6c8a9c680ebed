/// How many requests may be in flight: the limit grows while S3 keeps up and shrinks when it does not
/// (additive increase, multiplicative decrease).
///
/// It begins by doubling with each round trip, as TCP does, until the first sign of congestion. One
/// such sign counts once: failures of requests that were sent before the limit shrank say nothing
/// new.
struct AdaptiveLimit: Sendable {
  /// How a request ended, as far as it says something of S3's load.
  enum Outcome: Sendable, Hashable {
    /// S3 answered, after so long where that is known and comparable.
    case answered(after: Duration?)
    /// S3 asked for fewer requests, or did not answer in time.
    case congested
    /// It says nothing: the connection failed, or the caller gave up.
    case unknown
  }

  private let bounds: S3ConcurrencyLimits
  /// The limit; its fraction is the progress to the next number.
  private(set) var limit: Double
  /// How often the limit has shrunk.
  private(set) var epoch = 0
  private var doubles = true
  /// The shortest wait for an answer of late, in seconds; it rises slowly, or a change of S3's pace
  /// would never be learnt.
  private var shortestWait = Double.infinity
  /// The usual wait for an answer, in seconds.
  private var usualWait = 0.0

  /// How much of the limit is left after a sign of congestion.
  private static let decrease = 0.7
  /// By how much the shortest wait rises with each answer.
  private static let rise = 1.0005
  /// The weight of one answer in the usual wait.
  private static let weight = 1.0 / 32

  /// A limit that begins at the initial one.
  init(_ bounds: S3ConcurrencyLimits) {
    self.bounds = bounds
    limit = Double(bounds.initial)
  }

  /// How many requests may be in flight.
  var count: Int { Int(limit) }

  /// Takes note of a request that ended.
  ///
  /// - Parameters:
  ///   - epoch: The one in which the request was sent.
  ///   - inFlight: How many were in flight, this one included.
  mutating func ended(_ outcome: Outcome, sentIn epoch: Int, inFlight: Int) {
    switch outcome {
    case .unknown: break
    case .congested:
      guard epoch == self.epoch else { return }
      self.epoch += 1
      doubles = false
      limit = max(Double(bounds.minimum), limit * AdaptiveLimit.decrease)
    case .answered(let wait):
      if let wait { learn(wait) }
      // A limit that is not used teaches nothing, and must not grow without bounds.
      guard inFlight * 2 >= count, count < bounds.maximum else { return }
      if isQueueing {
        doubles = false
      } else {
        limit = min(Double(bounds.maximum), limit + (doubles ? 1 : 1 / limit))
      }
    }
  }

  /// Whether answers take so much longer than they could that more requests would only wait.
  private var isQueueing: Bool { usualWait > 4 * shortestWait + 0.05 }

  private mutating func learn(_ wait: Duration) {
    let (whole, attoseconds) = wait.components
    let seconds = Double(whole) + Double(attoseconds) * 1e-18
    shortestWait = min(shortestWait * AdaptiveLimit.rise, seconds)
    usualWait += (seconds - usualWait) * AdaptiveLimit.weight
  }
}
