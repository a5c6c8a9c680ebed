internal import NIOCore
import Synchronization

/// Notices when an answer does not begin, or does not go on, in time.
///
/// One timer serves a whole answer: pieces only move the instant that it looks at when it goes off.
final class StallWatch: Sendable {
  private struct State {
    var due = NIODeadline.distantFuture
    var hasBegun = false
    var isPaused = false
    var isStopped = false
    var timer: Scheduled<Void>?
  }

  private let timeouts: S3Timeouts
  private let state = Mutex(State())

  /// A watch for one answer.
  init(_ timeouts: S3Timeouts) {
    self.timeouts = timeouts
  }

  /// Begins to watch: the request has been sent.
  ///
  /// - Parameter fail: Called with the error if there is a stall.
  func start(on eventLoop: any EventLoop, fail: @escaping @Sendable (S3Error) -> Void) {
    let isRunning = state.withLock { state in
      if state.isStopped { return false }
      state.due = .now() + TimeAmount(state.hasBegun ? timeouts.idle : timeouts.firstByte)
      return true
    }
    if isRunning { schedule(on: eventLoop, fail) }
  }

  /// Something came.
  func received() {
    state.withLock { state in
      state.hasBegun = true
      state.due = .now() + TimeAmount(timeouts.idle)
    }
  }

  /// Nobody wants more for the moment.
  func pause() {
    state.withLock { $0.isPaused = true }
  }

  /// More is wanted again.
  func resume() {
    state.withLock { state in
      state.isPaused = false
      state.due = .now() + TimeAmount(timeouts.idle)
    }
  }

  /// Ends the watch.
  func stop() {
    let timer = state.withLock { state in
      state.isStopped = true
      defer { state.timer = nil }
      return state.timer
    }
    timer?.cancel()
  }

  private func schedule(
    on eventLoop: any EventLoop, _ fail: @escaping @Sendable (S3Error) -> Void
  ) {
    // Once the answer has begun, what is due comes earlier than it was thought before.
    let look = NIODeadline.now() + TimeAmount(timeouts.idle)
    let next = state.withLock { $0.isPaused ? look : min($0.due, look) }
    let timer = eventLoop.scheduleTask(deadline: next) { [self] in
      let outcome = state.withLock { state -> S3Error?? in
        state.timer = nil
        if state.isStopped { return .none }
        if state.isPaused || state.due > .now() { return .some(nil) }
        return state.hasBegun
          ? S3Error(.timedOut, "S3 stopped sending for \(timeouts.idle).")
          : S3Error(.timedOut, "S3 did not begin to answer within \(timeouts.firstByte).")
      }
      switch outcome {
      case .none: break
      case .some(nil): schedule(on: eventLoop, fail)
      case .some(let error?): fail(error)
      }
    }
    let isStopped = state.withLock { state in
      if !state.isStopped { state.timer = timer }
      return state.isStopped
    }
    if isStopped { timer.cancel() }
  }
}

extension TimeAmount {
  /// A duration; what does not fit into 64 bits of nanoseconds is the longest that does.
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowsToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    // A hundred years, so that adding it to an instant cannot overflow either.
    let longest: Int64 = 3_155_760_000 * 1_000_000_000
    self = .nanoseconds(overflows || overflowsToo ? longest : min(sum, longest))
  }
}
