internal import NIOCore
import Synchronization

/// Notices when a request is not sent, or its answer does not begin or does not go on, in time.
///
/// One timer serves the whole exchange: pieces only move the instant that it looks at when it goes
/// off.
final class StallWatch: Sendable {
  private enum Stage {
    case sending, waiting, receiving
  }

  private struct State {
    var due = NIODeadline.distantFuture
    var stage = Stage.waiting
    var isPaused = false
    var isStopped = false
    var timer: Scheduled<Void>?
  }

  /// Bytes a second. The last of a body has been handed to the system long before it is on its way,
  /// so S3 is given the time that all of it takes at this pace.
  static let slowestUpload = 64 << 10

  private let timeouts: S3Timeouts
  private let bodySize: Int
  private let pace: Int
  private let state = Mutex(State())

  /// A watch for one exchange.
  ///
  /// - Parameters:
  ///   - bodySize: How many bytes the request's body has.
  ///   - pace: At how many bytes a second they are sent at least.
  init(_ timeouts: S3Timeouts, bodySize: Int = 0, pace: Int = StallWatch.slowestUpload) {
    self.timeouts = timeouts
    self.bodySize = bodySize
    self.pace = pace
  }

  /// Begins to watch a request that has been sent, or that goes on with its body.
  ///
  /// - Parameters:
  ///   - isSent: Whether all of it has been sent.
  ///   - fail: Called with the error if there is a stall.
  func start(
    on eventLoop: any EventLoop, isSent: Bool, fail: @escaping @Sendable (S3Error) -> Void
  ) {
    let isRunning = state.withLock { state in
      if state.isStopped { return false }
      if !isSent { state.stage = .sending }
      state.due = due(state.stage, bytes: bodySize)
      return true
    }
    if isRunning { schedule(on: eventLoop, fail) }
  }

  /// A piece of the body is on its way.
  func sending(_ bytes: Int) {
    state.withLock { state in
      state.isPaused = false
      state.due = due(state.stage, bytes: bytes)
    }
  }

  /// The whole request has been sent.
  func sent() {
    state.withLock { state in
      if state.stage == .sending { state.stage = .waiting }
      state.isPaused = false
      state.due = due(state.stage, bytes: bodySize)
    }
  }

  /// Something came.
  func received() {
    state.withLock { state in
      state.stage = .receiving
      state.isPaused = false
      state.due = due(.receiving, bytes: 0)
    }
  }

  /// Nobody wants more, or has more, for the moment.
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

  private func due(_ stage: Stage, bytes: Int) -> NIODeadline {
    stage == .receiving
      ? .now() + TimeAmount(timeouts.idle) : .now() + TimeAmount(allowance(bytes))
  }

  private func allowance(_ bytes: Int) -> Duration {
    timeouts.firstByte + .seconds(bytes / pace)
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
        return error(state.stage)
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

  private func error(_ stage: Stage) -> S3Error {
    switch stage {
    case .sending:
      S3Error(.timedOut, "S3 stopped receiving for longer than \(timeouts.firstByte).")
    case .waiting:
      S3Error(.timedOut, "S3 did not begin to answer within \(allowance(bodySize)).")
    case .receiving: S3Error(.timedOut, "S3 stopped sending for \(timeouts.idle).")
    }
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
