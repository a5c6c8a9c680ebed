/// How often in a row Lambda has not given an invocation, and what to do about it.
struct NextFailures: Sendable, Hashable {
  /// How many failures in a row end the loop.
  let limit: Int
  /// How long the first pause is; each is twice the one before.
  let pause: Duration
  private(set) var count = 0

  init(limit: Int, pause: Duration) {
    self.limit = limit
    self.pause = pause
  }

  mutating func succeeded() {
    count = 0
  }

  /// How long to wait before asking again; nil when it has been asked often enough.
  mutating func failed() -> Duration? {
    count += 1
    guard count < limit else { return nil }
    return pause * (1 << min(count - 1, 10))
  }
}
