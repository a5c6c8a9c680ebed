/// Which invocations wait, which one is at work, and who waits for one.
///
/// A value without clock, network or tasks: each step returns what is to be done. As AWS has it: one
/// invocation at a time; `next` before the answer, and an answer that nobody has asked for, are
/// refused; an id is good for one answer.
struct InvocationBook: Sendable {
  typealias PollerID = Int

  private(set) var waiting: [InvocationRequest] = []
  private(set) var atWork: String?
  private(set) var poller: PollerID?
  private(set) var initFailure: ReportedFailure?
  /// Whether the runtime has asked for an invocation, which ends its initialisation.
  private(set) var isInitialised = false

  enum Polled: Sendable, Hashable {
    case take(InvocationRequest)
    case wait
    case refused
  }

  /// A runtime asks for an invocation.
  mutating func poll(_ id: PollerID) -> Polled {
    guard atWork == nil, poller == nil else { return .refused }
    isInitialised = true
    if waiting.isEmpty {
      poller = id
      return .wait
    }
    let invocation = waiting.removeFirst()
    atWork = invocation.requestID
    return .take(invocation)
  }

  /// A runtime that waited has gone away.
  mutating func pollerLeft(_ id: PollerID) {
    if poller == id { poller = nil }
  }

  enum Enqueued: Sendable, Hashable {
    /// The runtime that waits is given it.
    case give(to: PollerID)
    case queued
    case failed(ReportedFailure)
  }

  /// Somebody invokes the function.
  mutating func enqueue(_ invocation: InvocationRequest) -> Enqueued {
    if let initFailure { return .failed(initFailure) }
    guard let id = poller else {
      waiting.append(invocation)
      return .queued
    }
    poller = nil
    atWork = invocation.requestID
    return .give(to: id)
  }

  enum Answered: Sendable, Hashable {
    case accepted
    case invalidRequestID
    case invalidState
  }

  /// The runtime answers an invocation.
  mutating func answer(_ requestID: String) -> Answered {
    guard let current = atWork else { return isInitialised ? .invalidRequestID : .invalidState }
    guard current == requestID else { return .invalidRequestID }
    atWork = nil
    return .accepted
  }

  /// An invocation is over without an answer.
  mutating func expire(_ requestID: String) {
    if atWork == requestID { atWork = nil }
    waiting.removeAll { $0.requestID == requestID }
  }

  /// The runtime could not be made ready. Returns the invocations that this answers; nil when it is too
  /// late to say so.
  mutating func failInit(_ failure: ReportedFailure) -> [InvocationRequest]? {
    guard !isInitialised, initFailure == nil else { return nil }
    initFailure = failure
    defer { waiting = [] }
    return waiting
  }
}
