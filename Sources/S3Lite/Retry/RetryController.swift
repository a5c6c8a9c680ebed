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
/// Thread safe. Its rules are in the values ``RetryBudget``, ``Backoff``, ``AdaptiveRate`` and
/// ``ClockOffset``.
final class RetryController: Sendable {
  let configuration: RetryConfiguration
  private let time: TimeSource
  private let random: @Sendable () -> Double

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
  }

  /// Waits until the next attempt may be sent (in adaptive mode that can take a while), and says
  /// with which time to sign it.
  ///
  /// - Throws: `CancellationError`.
  func willAttempt(_ attempts: inout RequestAttempts) async throws {
    try Task.checkCancellation()
    attempts.count += 1
    attempts.signingSeconds = time.wallClock() / 1_000_000
  }

  /// Takes note of a failure, and says what to do.
  func didFail(_ failure: AttemptFailure, _ attempts: inout RequestAttempts) -> RetryDecision {
    .giveUp(.notRetryable)
  }

  /// Takes note of a success: some of the budget comes back.
  func didSucceed(_ attempts: RequestAttempts) {}

  /// Waits before a retry.
  ///
  /// - Throws: `CancellationError`.
  func sleep(_ delay: Duration) async throws {
    if delay > .zero { try await time.sleep(delay) }
  }
}
