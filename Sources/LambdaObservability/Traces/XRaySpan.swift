public import Instrumentation
internal import Synchronization
public import Tracing

/// A span of ``XRayTracer``: a subsegment that is being recorded, or nothing.
public struct XRaySpan: Tracing.Span {
  /// Where in the trace what runs within the span is.
  public let context: ServiceContext
  let recording: SubsegmentRecording?

  /// Whether the span is recorded.
  public var isRecording: Bool { recording?.isOpen ?? false }

  /// The name.
  public var operationName: String {
    get { recording?.read { $0.name } ?? "" }
    nonmutating set { recording?.update { $0.name = newValue } }
  }

  /// What is known of the operation, by the names that OpenTelemetry's conventions give it.
  ///
  /// Those of HTTP become the subsegment's `http`, those of calls to AWS (`rpc.system` is `aws-api`)
  /// its `aws`; one whose name begins with `annotation.` becomes an annotation, which X-Ray can be
  /// searched for, and all others are metadata.
  public var attributes: SpanAttributes {
    get { recording?.read { $0.attributes } ?? [:] }
    nonmutating set { recording?.update { $0.attributes = newValue } }
  }

  /// How the operation ended.
  public func setStatus(_ status: SpanStatus) {
    recording?.update { $0.hasFailed = status.code == .error }
  }

  /// Notes something that happened; the first 32 are kept.
  public func addEvent(_ event: SpanEvent) {
    recording?.update { subsegment in
      if subsegment.events.count < Subsegment.mostEvents { subsegment.events.append(event) }
    }
  }

  /// Notes an error as the cause of a failure; the first 8 are kept.
  public func recordError<Instant: TracerInstant>(
    _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
  ) {
    recording?.record(error)
  }

  /// Links are not sent.
  public func addLink(_ link: SpanLink) {}

  /// Ends the subsegment, and sends it; once.
  public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
    recording?.end(at: instant().nanosecondsSinceEpoch)
  }
}

/// A subsegment between its beginning and its end.
final class SubsegmentRecording: Sendable {
  private struct State {
    var subsegment: Subsegment
    var isOpen = true
  }

  private let state: Mutex<State>
  private let isOutermost: Bool
  private let budget: SubsegmentBudget
  private let send: @Sendable ([UInt8]) -> Void
  private let nextID: @Sendable () -> UInt64

  init(
    _ subsegment: Subsegment, isOutermost: Bool, budget: SubsegmentBudget,
    send: @escaping @Sendable ([UInt8]) -> Void, nextID: @escaping @Sendable () -> UInt64
  ) {
    state = Mutex(State(subsegment: subsegment))
    self.isOutermost = isOutermost
    self.budget = budget
    self.send = send
    self.nextID = nextID
  }

  var isOpen: Bool { state.withLock { $0.isOpen } }

  func read<Value: Sendable>(_ read: (Subsegment) -> Value) -> Value {
    state.withLock { read($0.subsegment) }
  }

  /// Changes the subsegment, unless it has ended.
  func update(_ change: (inout Subsegment) -> Void) {
    state.withLock { state in
      if state.isOpen { change(&state.subsegment) }
    }
  }

  func record(_ error: any Error) {
    let id = nextID()
    let fault = Subsegment.Fault(
      id: id, message: "\(error)", type: "\(type(of: error))")
    update { subsegment in
      subsegment.hasFailed = true
      if subsegment.faults.count < Subsegment.mostFaults { subsegment.faults.append(fault) }
    }
  }

  func end(at nanoseconds: UInt64) {
    let ended: Subsegment? = state.withLock { state in
      guard state.isOpen else { return nil }
      state.isOpen = false
      state.subsegment.end = nanoseconds
      return state.subsegment
    }
    guard var ended else { return }
    if isOutermost { ended.leftOut = budget.leftOut }
    send(SubsegmentDocument.datagram(ended))
  }
}
