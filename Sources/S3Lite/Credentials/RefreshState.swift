/// When credentials are used, renewed or waited for: the rules of ``RefreshingCredentials`` without
/// clock and tasks. All times are in microseconds since 1970-01-01T00:00:00Z.
struct RefreshState: Sendable {
  /// How long before their end credentials are renewed at the latest, and at the earliest.
  static let window: ClosedRange<Int64> = 300_000_000...600_000_000
  /// How long is waited after a renewal has failed while the credentials are still good.
  static let pause: ClosedRange<Int64> = 30_000_000...60_000_000

  /// What a caller is to do.
  enum Action: Sendable {
    /// Use these.
    case use(AWSCredentials)
    /// Get new ones, and tell the outcome.
    case refresh
    /// Wait for the one who gets new ones.
    case wait
  }

  private(set) var current: ExpiringCredentials?
  /// When the current ones are to be renewed; nil for never.
  private var refreshTime: Int64?
  /// Whether somebody gets new ones now.
  private(set) var isRefreshing = false

  /// What the caller is to do.
  mutating func next(at now: Int64) -> Action {
    if let current, isGood(current, at: now) {
      // While one caller renews them, the others go on with what they have.
      guard let refreshTime, now >= refreshTime, !isRefreshing else {
        return .use(current.credentials)
      }
      isRefreshing = true
      return .refresh
    }
    if isRefreshing { return .wait }
    isRefreshing = true
    return .refresh
  }

  /// New credentials are there.
  ///
  /// - Parameter random: From 0 up to, not including, 1: many machines that began together must not
  ///   renew together.
  mutating func didRefresh(_ credentials: ExpiringCredentials, at now: Int64, random: Double) {
    isRefreshing = false
    current = credentials
    refreshTime = credentials.expiration.map { end in
      let lifetime = max(0, end.subtractingReportingOverflow(now).partialValue)
      // Those that live shorter than the window would be renewed with each request.
      return end - min(RefreshState.pick(RefreshState.window, random), lifetime / 2)
    }
  }

  /// There are no new credentials.
  ///
  /// - Returns: The current ones, where they are still good.
  mutating func didFail(at now: Int64, random: Double) -> AWSCredentials? {
    isRefreshing = false
    guard let current, isGood(current, at: now) else { return nil }
    refreshTime = now + RefreshState.pick(RefreshState.pause, random)
    return current.credentials
  }

  /// Whoever was getting new ones was cancelled. While the current ones are good the next caller does
  /// not try at once: what was too slow for this one's deadline would be too slow for that one's.
  mutating func didCancel(at now: Int64, random: Double) {
    _ = didFail(at: now, random: random)
  }

  /// Forgets the current ones, if they are these.
  mutating func invalidate(_ rejected: AWSCredentials) {
    if current?.credentials == rejected { current = nil }
  }

  private func isGood(_ credentials: ExpiringCredentials, at now: Int64) -> Bool {
    credentials.expiration.map { now < $0 } ?? true
  }

  private static func pick(_ range: ClosedRange<Int64>, _ random: Double) -> Int64 {
    range.lowerBound + Int64(Double(range.upperBound - range.lowerBound) * random)
  }
}
