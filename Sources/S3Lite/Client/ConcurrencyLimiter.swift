internal import NIOCore
import Synchronization

/// Keeps the requests in flight within an ``AdaptiveLimit``; who finds it reached waits in line.
final class ConcurrencyLimiter: Sendable {
  /// The right to have one request in flight, until it is given back.
  final class Permit: Sendable {
    fileprivate let epoch: Int
    private let limiter: ConcurrencyLimiter
    private let isReleased = Atomic(false)

    fileprivate init(_ limiter: ConcurrencyLimiter, epoch: Int) {
      self.limiter = limiter
      self.epoch = epoch
    }

    /// Gives the right back, the first time. Congestion is noted whenever it shows.
    func release(_ outcome: AdaptiveLimit.Outcome) {
      if !isReleased.exchange(true, ordering: .acquiringAndReleasing) {
        limiter.release(self, outcome)
      } else if outcome == .congested {
        limiter.note(outcome, sentIn: epoch)
      }
    }
  }

  private struct State {
    var limit: AdaptiveLimit
    var inFlight = 0
    var nextID = 0
    /// Who waits, the longest first. Who has given up is still in line, without an entry below.
    var line: CircularBuffer<Int> = []
    var waiters: [Int: CheckedContinuation<Permit, any Error>] = [:]
  }

  private let state: Mutex<State>

  /// A limiter that begins with the initial limit.
  init(_ bounds: S3ConcurrencyLimits) {
    state = Mutex(State(limit: AdaptiveLimit(bounds)))
  }

  /// The limit now, the requests in flight, and who waits.
  var usage: (limit: Int, inFlight: Int, waiting: Int) {
    state.withLock { ($0.limit.count, $0.inFlight, $0.waiters.count) }
  }

  /// Waits until another request may be in flight.
  ///
  /// - Throws: `CancellationError`.
  func acquire() async throws -> Permit {
    let permit = state.withLock { state -> Permit? in
      guard state.waiters.isEmpty, state.inFlight < state.limit.count else { return nil }
      state.inFlight += 1
      return Permit(self, epoch: state.limit.epoch)
    }
    if let permit { return permit }
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let permit = state.withLock { state -> Result<Permit, any Error>? in
          // Cancelled before: the handler has found nobody in line.
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.waiters.isEmpty, state.inFlight < state.limit.count {
            state.inFlight += 1
            return .success(Permit(self, epoch: state.limit.epoch))
          }
          state.line.append(id)
          state.waiters[id] = continuation
          return nil
        }
        if let permit { continuation.resume(with: permit) }
      }
    } onCancel: {
      let continuation = state.withLock { $0.waiters.removeValue(forKey: id) }
      continuation?.resume(throwing: CancellationError())
    }
  }

  private func release(_ permit: Permit, _ outcome: AdaptiveLimit.Outcome) {
    let next = state.withLock { state in
      state.limit.ended(outcome, sentIn: permit.epoch, inFlight: state.inFlight)
      state.inFlight -= 1
      return admit(&state)
    }
    for (continuation, permit) in next { continuation.resume(returning: permit) }
  }

  private func note(_ outcome: AdaptiveLimit.Outcome, sentIn epoch: Int) {
    state.withLock { $0.limit.ended(outcome, sentIn: epoch, inFlight: $0.inFlight) }
  }

  private func admit(_ state: inout State) -> [(CheckedContinuation<Permit, any Error>, Permit)] {
    var admitted: [(CheckedContinuation<Permit, any Error>, Permit)] = []
    while state.inFlight < state.limit.count, let id = state.line.popFirst() {
      guard let continuation = state.waiters.removeValue(forKey: id) else { continue }
      state.inFlight += 1
      admitted.append((continuation, Permit(self, epoch: state.limit.epoch)))
    }
    return admitted
  }
}
