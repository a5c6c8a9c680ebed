/// The attempts of one request; a value that the request's task keeps to itself.
struct RequestAttempts: Sendable {
  /// How often the request has been sent; corrections count as well.
  private(set) var count = 0
  /// The time to sign the attempt with, in seconds since 1970-01-01T00:00:00Z: this machine's,
  /// corrected by what is known of S3's.
  private(set) var signingSeconds: Int64 = 0

  /// How often it was sent again after a failure, corrections not counted.
  private var retries = 0
  /// What was taken from the retry budget for the latest attempt.
  private(set) var budgetTaken = 0
  /// The correction in ``signingSeconds``, in microseconds.
  private var clockOffset: Int64 = 0
  /// The corrections that were tried, each of them once.
  private var corrections: Set<S3Error.Retryability> = []

  /// Nothing sent yet.
  init() {}

  /// Another attempt is about to be sent.
  mutating func begin(localTime: Int64, offset: ClockOffset) {
    count += 1
    clockOffset = offset.microseconds
    signingSeconds = offset.corrected(localTime) / 1_000_000
  }

  /// What to do after a failure.
  ///
  /// A correction (of the clock, the credentials, the region) is tried once, at once, and beyond the
  /// number of attempts: it is another request than the one that failed.
  mutating func decide(
    _ failure: AttemptFailure, configuration: RetryConfiguration, budget: inout RetryBudget,
    offset: inout ClockOffset, localTime: Int64, random: () -> Double
  ) -> RetryDecision {
    let cost: Int
    switch failure.kind {
    case .service(.never):
      return .giveUp(.notRetryable)
    case .service(.afterCorrectingClock):
      guard let serverDate = failure.serverDate,
        corrections.insert(.afterCorrectingClock).inserted,
        offset.correct(serverDate: serverDate, localTime: localTime, used: clockOffset)
      else { return .giveUp(.notRetryable) }
      return .retry(after: .zero)
    case .service(.withFreshCredentials), .service(.inAnotherRegion):
      guard case .service(let correction) = failure.kind, corrections.insert(correction).inserted
      else { return .giveUp(.notRetryable) }
      return .retry(after: .zero)
    case .service(.transient), .service(.throttling), .connection:
      cost = RetryBudget.retryCost
    case .timeout:
      cost = RetryBudget.timeoutCost
    }
    guard configuration.mode != .off, retries + 1 < configuration.maxAttempts else {
      return .giveUp(.attemptsExhausted)
    }
    guard budget.take(cost) else { return .giveUp(.budgetExhausted) }
    budgetTaken = cost
    let backoff = Backoff.delay(
      afterRetries: retries, random: random(), longest: configuration.maxBackoff)
    retries += 1
    let asked = min(failure.retryAfter ?? .zero, configuration.maxRetryAfter)
    return .retry(after: max(backoff, asked))
  }
}
