/// The attempts of one request; a value that the request's task keeps to itself.
struct RequestAttempts: Sendable {
  /// How often the request has been sent.
  var count = 0
  /// The time to sign the attempt with, in seconds since 1970-01-01T00:00:00Z: this machine's,
  /// corrected by what is known of S3's.
  var signingSeconds: Int64 = 0
  /// What was taken from the retry budget for the latest attempt.
  var budgetTaken = 0
  /// The correction in ``signingSeconds``, in microseconds.
  var clockOffset: Int64 = 0
  /// The corrections that were tried, each of them once.
  var corrections: Set<S3Error.Retryability> = []
}
