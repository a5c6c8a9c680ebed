/// What went wrong with one attempt, as far as it matters for the next.
struct AttemptFailure: Sendable, Hashable {
  /// The kind of failure.
  enum Kind: Sendable, Hashable {
    /// S3 answered with an error.
    case service(S3Error.Retryability)
    /// There was no whole answer in time.
    case timeout
    /// The connection could not be made, or ended before the whole answer was there.
    case connection
  }

  /// The kind of failure.
  var kind: Kind
  /// How long S3 asks to wait (``RetryAfter``).
  var retryAfter: Duration?
  /// S3's time (the header `Date`), in microseconds since 1970-01-01T00:00:00Z.
  var serverDate: Int64?

  init(_ kind: Kind, retryAfter: Duration? = nil, serverDate: Int64? = nil) {
    self.kind = kind
    self.retryAfter = retryAfter
    self.serverDate = serverDate
  }
}

/// What to do after an attempt has failed.
enum RetryDecision: Sendable, Hashable {
  /// Send the request again after this long.
  case retry(after: Duration)
  /// Give up.
  case giveUp(Reason)

  /// Why no further attempt is made.
  enum Reason: Sendable, Hashable {
    /// It would fail again.
    case notRetryable
    /// The request has been sent as often as allowed.
    case attemptsExhausted
    /// Too many requests of this client have failed lately.
    case budgetExhausted
  }
}
