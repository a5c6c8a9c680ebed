internal import Tracing

/// What is recorded of a span.
struct Subsegment: Sendable {
  /// An error.
  struct Fault: Sendable {
    var id: UInt64
    var message: String
    var type: String
  }

  static let mostEvents = 32
  static let mostFaults = 8

  var id: UInt64
  var traceID: XRayTraceID
  var parent: UInt64
  /// The span's name.
  var name: String
  /// Whether it is a call to somebody else.
  var isClient: Bool
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  var start: UInt64
  var end: UInt64 = 0
  var attributes: SpanAttributes = [:]
  var hasFailed = false
  var faults: [Fault] = []
  var events: [SpanEvent] = []
  /// How many subsegments of the invocation were not recorded.
  var leftOut = 0

  init(
    id: UInt64, traceID: XRayTraceID, parent: UInt64, name: String, isClient: Bool, start: UInt64
  ) {
    self.id = id
    self.traceID = traceID
    self.parent = parent
    self.name = name
    self.isClient = isClient
    self.start = start
  }
}
