import Synchronization

/// Keeps credentials, and gets new ones before they expire.
///
/// Many callers at once cause one refresh. It runs in the task of the caller that came first; the
/// others wait for its outcome. When that task is cancelled, one of those that wait takes over, so
/// that no caller depends on another one's fate; a caller that is cancelled while it waits leaves at
/// once. A refresh that fails is no failure as long as the credentials are still good.
final class RefreshingCredentials: Sendable {
  /// What a caller that has waited hears.
  private enum News {
    case found(AWSCredentials)
    case failed(any Error)
    /// The one who was getting new ones is gone, or has got none that this caller can use.
    case lookAgain
    case cancelled
  }

  private struct State {
    var refresh = RefreshState()
    var waiting: [UInt64: CheckedContinuation<News, Never>] = [:]
    /// Callers that were cancelled before they began to wait.
    var cancelled: Set<UInt64> = []
    var lastWaiter: UInt64 = 0
  }

  private let time: TimeSource
  private let random: @Sendable () -> Double
  private let retrieve: @Sendable () async throws -> ExpiringCredentials
  private let state = Mutex(State())

  /// - Parameter retrieve: Gets new credentials.
  init(
    time: TimeSource, random: @escaping @Sendable () -> Double,
    retrieve: @escaping @Sendable () async throws -> ExpiringCredentials
  ) {
    self.time = time
    self.random = random
    self.retrieve = retrieve
  }

  /// How many callers wait now.
  var waiterCount: Int { state.withLock { $0.waiting.count + $0.cancelled.count } }

  /// Credentials that are good now.
  func credentials() async throws -> AWSCredentials {
    while true {
      try Task.checkCancellation()
      let now = time.wallClock()
      switch state.withLock({ $0.refresh.next(at: now) }) {
      case .use(let credentials): return credentials
      case .refresh: return try await refresh()
      case .wait:
        switch await waitForNews() {
        case .found(let credentials): return credentials
        case .failed(let error): throw error
        case .lookAgain: continue
        case .cancelled: throw CancellationError()
        }
      }
    }
  }

  /// Forgets credentials that AWS has refused.
  func invalidate(_ rejected: AWSCredentials) {
    state.withLock { $0.refresh.invalidate(rejected) }
  }

  // MARK: The one who gets new ones

  private func refresh() async throws -> AWSCredentials {
    let outcome: Result<ExpiringCredentials, any Error>
    do {
      outcome = .success(try await retrieve())
    } catch {
      outcome = .failure(error)
    }
    let now = time.wallClock()
    let chance = random()
    switch outcome {
    case .success(let found):
      if let end = found.expiration, end <= now {
        let error = CredentialError(
          .sourceFailed, "The credentials have expired already when they come. Is the clock right?")
        return try settleFailure(error, at: now, chance: chance)
      }
      let waiting = state.withLock { state in
        state.refresh.didRefresh(found, at: now, random: chance)
        return RefreshingCredentials.takeWaiting(&state)
      }
      for waiter in waiting { waiter.resume(returning: .found(found.credentials)) }
      return found.credentials
    case .failure(let error) where error is CancellationError || Task.isCancelled:
      // One of the others takes over; the rest waits for that one.
      let waiting = state.withLock { state in
        state.refresh.didCancel(at: now, random: chance)
        return RefreshingCredentials.takeWaiting(&state)
      }
      for waiter in waiting { waiter.resume(returning: .lookAgain) }
      throw CancellationError()
    case .failure(let error):
      return try settleFailure(error, at: now, chance: chance)
    }
  }

  private func settleFailure(_ error: any Error, at now: Int64, chance: Double) throws
    -> AWSCredentials
  {
    let (kept, waiting) = state.withLock { state in
      (
        state.refresh.didFail(at: now, random: chance),
        RefreshingCredentials.takeWaiting(&state)
      )
    }
    for waiter in waiting { waiter.resume(returning: kept.map { .found($0) } ?? .failed(error)) }
    guard let kept else { throw error }
    return kept
  }

  private static func takeWaiting(_ state: inout State) -> [CheckedContinuation<News, Never>] {
    let waiting = Array(state.waiting.values)
    state.waiting.removeAll()
    return waiting
  }

  // MARK: The others

  private func waitForNews() async -> News {
    let waiter = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    let news = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let news = state.withLock { state -> News? in
          if state.cancelled.remove(waiter) != nil { return .cancelled }
          // The outcome may have come between the look and the wait.
          guard state.refresh.isRefreshing else { return .lookAgain }
          state.waiting[waiter] = continuation
          return nil
        }
        if let news { continuation.resume(returning: news) }
      }
    } onCancel: {
      let continuation = state.withLock { state -> CheckedContinuation<News, Never>? in
        if let waiting = state.waiting.removeValue(forKey: waiter) { return waiting }
        state.cancelled.insert(waiter)
        return nil
      }
      continuation?.resume(returning: .cancelled)
    }
    // A cancellation that came too late to be heard leaves no trace.
    state.withLock { _ = $0.cancelled.remove(waiter) }
    return news
  }
}
