/// The rate at which a client may send, as the answers of the service let it: it falls with each
/// answer that says "slow down", and then grows back along a cubic curve, slowly around the rate at
/// which it was told so, faster beyond it (Ha, Rhee, Xu: "CUBIC: a new TCP-friendly high-speed TCP
/// variant", 2008).
///
/// AWS SDKs and Tools Reference Guide, "Retry behavior": adaptive mode. All times are in seconds of
/// one monotonic clock, all rates in requests a second. Until the first "slow down" nothing waits.
struct AdaptiveRate: Sendable {
  /// By how much the rate falls.
  static let beta = 0.7
  /// How fast the cubic curve grows.
  static let scale = 0.4
  /// How much of the measured rate comes from the latest half second.
  static let smoothing = 0.8
  /// The lowest rate.
  static let lowestRate = 0.5
  /// The smallest number of requests that may be sent at once after a pause.
  static let smallestBurst = 1.0

  /// Whether the service has ever asked to slow down.
  private(set) var isLimiting = false
  /// The rate at which requests may be sent.
  private(set) var rate = lowestRate
  /// The rate at which answers came lately.
  private(set) var measuredRate = 0.0

  private var burst = smallestBurst
  /// What may be sent now; negative where there are tickets that are not due yet.
  private var capacity = 0.0
  private var lastFill: Double?
  private var window: Double
  private var countInWindow = 0
  /// The rate before the latest "slow down".
  private(set) var lastLargestRate: Double
  /// When it came.
  private(set) var lastThrottle: Double
  private var ticketsGiven = 0

  /// A rate without limit yet.
  ///
  /// - Parameters:
  ///   - start: The time now.
  ///   - largestRate: The rate at which the service is taken to have last said "slow down".
  init(start: Double, largestRate: Double = 0) {
    window = start.rounded(.down)
    lastThrottle = start
    lastLargestRate = largestRate
  }

  // MARK: Sending

  /// A place in the queue of requests, or nil where none has to wait.
  mutating func takeTicket(at now: Double) -> Int? {
    guard isLimiting else { return nil }
    fill(until: now)
    capacity -= 1
    ticketsGiven += 1
    return ticketsGiven
  }

  /// How long it takes until a ticket's request may be sent, at the rate as it is now; 0 if it may be
  /// sent.
  mutating func wait(for ticket: Int, at now: Double) -> Double {
    fill(until: now)
    let ticketsDue = capacity + Double(ticketsGiven)
    return max(0, (Double(ticket) - ticketsDue) / rate)
  }

  /// Gives back a ticket whose request is not sent.
  mutating func returnTicket() {
    capacity = min(burst, capacity + 1)
  }

  // MARK: Answers

  /// Takes note of an answer.
  ///
  /// - Parameter isThrottling: Whether it says "slow down".
  mutating func didReceiveAnswer(isThrottling: Bool, at now: Double) {
    measure(at: now)
    let wanted: Double
    if isThrottling {
      let base = isLimiting ? min(measuredRate, rate) : measuredRate
      isLimiting = true
      wanted = rateAfterThrottling(at: base, now: now)
    } else {
      wanted = rateAfterSuccess(at: now)
    }
    fill(until: now)
    let allowed = min(wanted, 2 * measuredRate)
    rate = max(allowed, AdaptiveRate.lowestRate)
    burst = max(allowed, AdaptiveRate.smallestBurst)
    capacity = min(capacity, burst)
  }

  /// The rate that follows a success: the cubic curve.
  func rateAfterSuccess(at now: Double) -> Double {
    let distance = now - lastThrottle - timeToRecover
    return AdaptiveRate.scale * distance * distance * distance + lastLargestRate
  }

  /// The rate that follows "slow down" at some rate.
  mutating func rateAfterThrottling(at rate: Double, now: Double) -> Double {
    lastLargestRate = rate
    lastThrottle = now
    return rate * AdaptiveRate.beta
  }

  /// How long the curve takes until it is back at the rate before.
  private var timeToRecover: Double {
    cubeRoot(lastLargestRate * (1 - AdaptiveRate.beta) / AdaptiveRate.scale)
  }

  private mutating func measure(at now: Double) {
    let halfSecond = (now * 2).rounded(.down) / 2
    countInWindow += 1
    guard halfSecond > window else { return }
    let current = Double(countInWindow) / (halfSecond - window)
    measuredRate =
      current * AdaptiveRate.smoothing + measuredRate * (1 - AdaptiveRate.smoothing)
    countInWindow = 0
    window = halfSecond
  }

  private mutating func fill(until now: Double) {
    if let lastFill, now > lastFill {
      capacity = min(burst, capacity + (now - lastFill) * rate)
    }
    lastFill = max(now, lastFill ?? now)
  }

  /// The cube root of a number that is not negative, by Newton's method: the standard library has
  /// none, and a mathematical library for this one line would be much.
  private func cubeRoot(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return 0 }
    // A third of the exponent is near enough to begin with.
    var root = Double(sign: .plus, exponent: value.exponent / 3, significand: 1)
    for _ in 0..<64 {
      let next = (2 * root + value / (root * root)) / 3
      if abs(next - root) <= next * 1e-15 { return next }
      root = next
    }
    return root
  }
}
