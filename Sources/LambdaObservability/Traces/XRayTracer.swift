public import Instrumentation
public import Tracing

/// A backend of swift-distributed-tracing that sends spans to X-Ray's daemon, as subsegments of the
/// segment that AWS Lambda makes for each invocation.
///
///     if let tracer = XRayTracer(environment: LambdaEnvironment(variables)) {
///       InstrumentationSystem.bootstrap(tracer)
///     }
///
/// A span belongs to the span around it, else to the invocation (``LambdaInvocation/current``). Where
/// there is neither, or the trace is not sampled, nothing is recorded, and a span costs next to
/// nothing; where there is no daemon there is no tracer. An invocation records at most 500
/// subsegments, since X-Ray keeps no more than 500 kB of a trace; how many were left out is in the
/// metadata of the outermost.
///
/// Each subsegment is sent when it ends, in a datagram of its own. Links between spans are not sent:
/// a subsegment has no place for them.
public struct XRayTracer: Tracer {
  private let send: @Sendable ([UInt8]) -> Void
  private let nextID: @Sendable () -> UInt64

  /// A tracer for the daemon that the environment names; nil where it names none that can be sent to.
  public init?(environment: LambdaEnvironment) {
    guard let text = environment.xRayDaemonAddress, let address = XRayDaemonAddress(text) else {
      return nil
    }
    self.init(daemon: address)
  }

  /// A tracer for a daemon; nil where the address is none that can be sent to.
  public init?(daemon: XRayDaemonAddress) {
    guard let sender = DatagramSender(daemon) else { return nil }
    self.init(
      send: { sender.send($0) }, nextID: { UInt64.random(in: 1...UInt64.max) })
  }

  /// A tracer that hands over each datagram.
  ///
  /// - Parameter nextID: The ids of subsegments and exceptions.
  init(send: @escaping @Sendable ([UInt8]) -> Void, nextID: @escaping @Sendable () -> UInt64) {
    self.send = send
    self.nextID = nextID
  }

  /// Begins a subsegment.
  public func startSpan<Instant: TracerInstant>(
    _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
    at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
  ) -> XRaySpan {
    var context = context()
    guard let place = context.xRay ?? LambdaInvocation.current?.trace else {
      return XRaySpan(context: context, recording: nil)
    }
    guard place.isSampled == true, let parent = place.parent, place.budget.take() else {
      if context.xRay == nil { context.xRay = place }
      return XRaySpan(context: context, recording: nil)
    }
    let id = nextID()
    let recording = SubsegmentRecording(
      Subsegment(
        id: id, traceID: place.traceID, parent: parent, name: operationName,
        isClient: kind == .client,
        start: instant().nanosecondsSinceEpoch),
      isOutermost: context.xRay == nil, budget: place.budget, send: send, nextID: nextID)
    var inner = place
    inner.parent = id
    context.xRay = inner
    return XRaySpan(context: context, recording: recording)
  }

  /// Nothing waits to be sent.
  public func forceFlush() {}

  /// Writes `X-Amzn-Trace-Id` for a request, which then belongs to the same trace.
  public func inject<Carrier, Inject: Injector>(
    _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
  ) where Inject.Carrier == Carrier {
    guard let place = context.xRay ?? LambdaInvocation.current?.trace else { return }
    injector.inject(place.header.description, forKey: XRayTraceHeader.name, into: &carrier)
  }

  /// Reads `X-Amzn-Trace-Id` of a request.
  public func extract<Carrier, Extract: Extractor>(
    _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
  ) where Extract.Carrier == Carrier {
    guard let text = extractor.extract(key: XRayTraceHeader.name, from: carrier),
      let header = XRayTraceHeader(text)
    else { return }
    context.xRay = XRayTraceContext(header)
  }
}
