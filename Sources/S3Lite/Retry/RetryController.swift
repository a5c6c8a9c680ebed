import Synchronization

/// Decides for all requests of a client when they are sent, and whether they are sent again.
///
///     var attempts = RequestAttempts()
///     while true {
///       try await controller.willAttempt(&attempts)
///       // Sign with attempts.signingSeconds, and send.
///       // controller.didSucceed(attempts), or
///       switch controller.didFail(failure, &attempts) {
///       case .retry(let delay): try await controller.sleep(delay)
///       case .giveUp: throw error
///       }
///     }
///
/// Thread safe. Its rules are in the values ``RequestAttempts``, ``RetryBudget``, ``Backoff``,
/// ``AdaptiveRate`` and ``ClockOffset``.
final class RetryController: Sendable {
  private struct State {
    var budget = RetryBudget()
    var offset = ClockOffset()
    var rate: AdaptiveRate?
  }

  let configuration: RetryConfiguration
  private let time: TimeSource
  private let random: @Sendable () -> Double
  private let state: Mutex<State>

  /// The longest that a request in the queue of adaptive mode waits before it looks at the rate
  /// again, which may have grown.
  private static let longestLook = 1.0

  /// A controller for one client.
  ///
  /// - Parameter random: Gives numbers from 0 up to, not including, 1.
  init(
    _ configuration: RetryConfiguration, time: TimeSource = .system,
    random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
  ) {
    self.configuration = configuration
    self.time = time
    self.random = random
    var state = State()
    if configuration.mode == .adaptive {
      state.rate = AdaptiveRate(start: time.monotonic() / .seconds(1))
    }
    self.state = Mutex(state)
  }

  /// What is left for retries.
  var budgetAvailable: Int { state.withLock { $0.budget.available } }

  /// The time to sign with what this client does not send itself, in seconds since
  /// 1970-01-01T00:00:00Z: this machine's, corrected by what is known of S3's.
  var signingSeconds: Int64 {
    let localTime = time.wallClock()
    return state.withLock { $0.offset }.corrected(localTime) / 1_000_000
  }

  /// Waits until the next attempt may be sent (in adaptive mode that can take a while), and says
  /// with which time to sign it.
  ///
  /// - Throws: `CancellationError`.
  func willAttempt(_ attempts: inout RequestAttempts) async throws {
    try Task.checkCancellation()
    if configuration.mode == .adaptive { try await waitForTurn() }
    let localTime = time.wallClock()
    attempts.begin(localTime: localTime, offset: state.withLock { $0.offset })
  }

  /// Takes note of a failure, and says what to do.
  ///
  /// - Parameter canBeSent: Whether the request can be sent again at all; if not, nothing is taken
  ///   from the budget for it.
  func didFail(
    _ failure: AttemptFailure, _ attempts: inout RequestAttempts, canBeSent: Bool = true
  ) -> RetryDecision {
    let localTime = time.wallClock()
    let now = time.monotonic() / .seconds(1)
    let isThrottling = failure.kind == .service(.throttling)
    return state.withLock { state in
      state.rate?.didReceiveAnswer(isThrottling: isThrottling, at: now)
      // A clock that is off is corrected even so, for the requests that follow.
      if !canBeSent, failure.kind != .service(.afterCorrectingClock) {
        return .giveUp(.notRetryable)
      }
      return attempts.decide(
        failure, configuration: configuration, budget: &state.budget, offset: &state.offset,
        localTime: localTime, random: random)
    }
  }

  /// Takes note of a success: what its last retry took from the budget comes back.
  func didSucceed(_ attempts: RequestAttempts) {
    let now = configuration.mode == .adaptive ? time.monotonic() / .seconds(1) : 0
    state.withLock { state in
      state.budget.give(
        attempts.budgetTaken > 0 ? attempts.budgetTaken : RetryBudget.reward)
      state.rate?.didReceiveAnswer(isThrottling: false, at: now)
    }
  }

  /// Waits before a retry.
  ///
  /// - Throws: `CancellationError`.
  func sleep(_ delay: Duration) async throws {
    if delay > .zero { try await time.sleep(delay) }
  }

  private func waitForTurn() async throws {
    let now = time.monotonic() / .seconds(1)
    guard let ticket = state.withLock({ $0.rate?.takeTicket(at: now) }) else { return }
    do {
      while true {
        let now = time.monotonic() / .seconds(1)
        let wait = state.withLock { $0.rate?.wait(for: ticket, at: now) ?? 0 }
        if wait < 1e-6 { return }
        try await time.sleep(.seconds(min(wait, RetryController.longestLook)))
      }
    } catch {
      state.withLock { $0.rate?.returnTicket() }
      throw error
    }
  }
}
