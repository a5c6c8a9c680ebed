/// What all requests of a client together may spend on retries, so that a client whose every request
/// fails does not multiply its load.
///
/// AWS SDKs and Tools Reference Guide, "Retry behavior": the retry quota.
struct RetryBudget: Sendable, Hashable {
  /// What the budget begins with, and its most.
  static let capacity = 500
  /// What a retry takes.
  static let retryCost = 5
  /// What a retry after a timeout takes: it keeps a connection busy for long.
  static let timeoutCost = 10
  /// What a request brings in that succeeds at once.
  static let reward = 1

  /// What is left.
  private(set) var available = capacity

  /// Takes so much, or nothing if there is less.
  mutating func take(_ cost: Int) -> Bool {
    guard cost <= available else { return false }
    available -= cost
    return true
  }

  /// Gives so much back.
  mutating func give(_ amount: Int) {
    available += min(amount, RetryBudget.capacity - available)
  }
}
