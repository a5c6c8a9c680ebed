public import Instrumentation
internal import Synchronization

/// Where in a trace a task is.
public struct XRayTraceContext: Sendable {
  /// The trace.
  public let traceID: XRayTraceID
  /// The segment or subsegment that new ones belong to; nil where there is none.
  public internal(set) var parent: UInt64?
  /// Whether the trace is recorded; nil where that has not been decided, which counts as no.
  public let isSampled: Bool?
  /// Lambda's own field, which goes on as it came.
  let lineage: String?
  /// How many subsegments the trace may still get from here.
  let budget: SubsegmentBudget

  /// The place that a header names.
  public init(_ header: XRayTraceHeader) {
    traceID = header.root
    parent = header.parent
    isSampled = header.isSampled
    lineage = header.lineage
    budget = SubsegmentBudget()
  }

  /// The header that names this place.
  public var header: XRayTraceHeader {
    XRayTraceHeader(root: traceID, parent: parent, isSampled: isSampled, lineage: lineage)
  }
}

/// Counts the subsegments of an invocation, of which X-Ray keeps only so many: a trace has at most
/// 500 kB.
final class SubsegmentBudget: Sendable {
  /// How many are recorded.
  static let most = 500

  private let taken = Atomic(0)

  /// Whether there is room for another one, which is then taken.
  func take() -> Bool {
    taken.add(1, ordering: .relaxed).newValue <= SubsegmentBudget.most
  }

  /// How many there was no room for.
  var leftOut: Int { max(0, taken.load(ordering: .relaxed) - SubsegmentBudget.most) }
}

private enum XRayContextKey: ServiceContextKey {
  typealias Value = XRayTraceContext
  static var nameOverride: String? { "x-ray" }
}

extension ServiceContext {
  /// Where in an X-Ray trace a task is; nil where it is in none that it knows of.
  public var xRay: XRayTraceContext? {
    get { self[XRayContextKey.self] }
    set { self[XRayContextKey.self] = newValue }
  }
}
