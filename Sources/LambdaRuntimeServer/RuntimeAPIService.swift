import NIOCore
import Synchronization

/// What the server knows, behind a lock that is never held over an await.
final class RuntimeAPIService: Sendable {
  /// How a poller is given its invocation, on its own event loop.
  typealias Deliver = @Sendable (InvocationRequest) -> Void

  struct State: Sendable {
    var book = InvocationBook()
    var deliveries: [InvocationBook.PollerID: Deliver] = [:]
    var outcomes: [String: CheckedContinuation<InvocationOutcome, Never>] = [:]
    var rules: [RuntimeAPIFaultRule] = []
    var calls: [RecordedCall] = []
    var connections = 0
    var pollers = 0
    var isStopped = false
  }

  let state = Mutex(State())
  let configuration: LambdaRuntimeServer.Configuration

  init(_ configuration: LambdaRuntimeServer.Configuration) {
    self.configuration = configuration
  }

  func connected() -> Int {
    state.withLock { state in
      state.connections += 1
      return state.connections - 1
    }
  }

  /// Notes a request; returns its number and the fault that it meets.
  func admit(_ call: RecordedCall, _ kind: RuntimeAPICall.Kind?) -> (Int, RuntimeAPIFault?) {
    state.withLock { state in
      state.calls.append(call)
      var fault: RuntimeAPIFault?
      if let kind,
        let index = state.rules.firstIndex(where: { $0.kind == kind && $0.remaining > 0 })
      {
        state.rules[index].remaining -= 1
        fault = state.rules[index].fault
      }
      return (state.calls.count - 1, fault)
    }
  }

  func answered(_ index: Int, _ status: Int) {
    state.withLock { $0.calls[index].status = status }
  }

  enum Poll: Sendable {
    case take(InvocationRequest)
    case wait(InvocationBook.PollerID)
    case refused
  }

  /// A runtime asks for an invocation; `deliver` is called once if it has to wait.
  func poll(_ deliver: @escaping Deliver) -> Poll {
    state.withLock { state in
      let id = state.pollers
      state.pollers += 1
      switch state.book.poll(id) {
      case .take(let invocation): return .take(invocation)
      case .wait:
        state.deliveries[id] = deliver
        return .wait(id)
      case .refused: return .refused
      }
    }
  }

  func pollerLeft(_ id: InvocationBook.PollerID) {
    state.withLock { state in
      state.book.pollerLeft(id)
      state.deliveries[id] = nil
    }
  }

  func respond(_ requestID: String, _ body: [UInt8]) -> ServedAnswer {
    let isTooLarge = body.count > configuration.responseLimit
    let tooLarge = ServedAnswer.error(
      413, "RequestEntityTooLarge",
      "Exceeded maximum allowed payload size (\(configuration.responseLimit) bytes).")
    let outcome: InvocationOutcome =
      isTooLarge
      ? .functionError(
        ReportedFailure(
          type: "Function.ResponseSizeTooLarge", contentType: "application/json",
          body: tooLarge.body))
      : .response(body)
    return conclude(requestID, outcome, "response", accepted: isTooLarge ? tooLarge : .accepted)
  }

  func fail(_ requestID: String, _ failure: ReportedFailure) -> ServedAnswer {
    conclude(requestID, .functionError(failure), "error", accepted: .accepted)
  }

  private func conclude(
    _ requestID: String, _ outcome: InvocationOutcome, _ call: String, accepted: ServedAnswer
  ) -> ServedAnswer {
    let (answered, continuation) = state.withLock { state in
      let answered = state.book.answer(requestID)
      return (answered, answered == .accepted ? state.outcomes.removeValue(forKey: requestID) : nil)
    }
    continuation?.resume(returning: outcome)
    switch answered {
    case .accepted: return accepted
    case .invalidRequestID: return .invalidRequestID
    case .invalidState: return .invalidState(call)
    }
  }

  func failInit(_ failure: ReportedFailure) -> ServedAnswer {
    let continuations = state.withLock { state in
      state.book.failInit(failure)?.compactMap { state.outcomes.removeValue(forKey: $0.requestID) }
    }
    guard let continuations else { return .invalidState("init/error") }
    for continuation in continuations { continuation.resume(returning: .initError(failure)) }
    return .accepted
  }

  /// Has an invocation wait for the runtime.
  func enqueue(
    _ invocation: InvocationRequest, _ continuation: CheckedContinuation<InvocationOutcome, Never>
  ) {
    enum Step {
      case deliver(Deliver?)
      case finish(InvocationOutcome)
      case none
    }
    let step: Step = state.withLock { state in
      guard !state.isStopped, state.outcomes[invocation.requestID] == nil else {
        return .finish(.abandoned)
      }
      switch state.book.enqueue(invocation) {
      case .failed(let failure): return .finish(.initError(failure))
      case .queued:
        state.outcomes[invocation.requestID] = continuation
        return .none
      case .give(let id):
        state.outcomes[invocation.requestID] = continuation
        return .deliver(state.deliveries.removeValue(forKey: id))
      }
    }
    switch step {
    case .deliver(let deliver): deliver?(invocation)
    case .finish(let outcome): continuation.resume(returning: outcome)
    case .none: break
    }
  }

  /// Ends an invocation that was not answered.
  func expire(_ requestID: String, _ outcome: InvocationOutcome) {
    let continuation = state.withLock { state in
      guard let continuation = state.outcomes.removeValue(forKey: requestID) else {
        return nil as CheckedContinuation<InvocationOutcome, Never>?
      }
      state.book.expire(requestID)
      return continuation
    }
    continuation?.resume(returning: outcome)
  }

  func stop() {
    let continuations = state.withLock { state in
      state.isStopped = true
      defer { state.outcomes = [:] }
      return Array(state.outcomes.values)
    }
    for continuation in continuations { continuation.resume(returning: .abandoned) }
  }
}
