/// How often, and how soon, a request that failed is sent again.
///
/// AWS SDKs and Tools Reference Guide, "Retry behavior".
public struct RetryConfiguration: Sendable, Hashable {
  /// The rules.
  public enum Mode: Sendable, Hashable {
    /// Backoff with full jitter, and a budget of retries that all requests of a client share.
    case standard
    /// ``standard``, and a limit to the rate of all requests that follows S3's `SlowDown`.
    case adaptive
    /// One attempt.
    case off
  }

  /// The rules.
  public var mode: Mode
  /// How often a request is sent at most, the first time included; at least 1.
  public var maxAttempts: Int
  /// The longest wait before a retry where S3 asks for none.
  public var maxBackoff: Duration
  /// The longest wait that S3 can ask for; where it asks for more, this long.
  public var maxRetryAfter: Duration

  /// Rules; numbers below their smallest value are raised to it.
  public init(
    mode: Mode = .standard, maxAttempts: Int = 3, maxBackoff: Duration = .seconds(20),
    maxRetryAfter: Duration = .seconds(60)
  ) {
    self.mode = mode
    self.maxAttempts = max(1, maxAttempts)
    self.maxBackoff = max(.zero, maxBackoff)
    self.maxRetryAfter = max(.zero, maxRetryAfter)
  }
}
