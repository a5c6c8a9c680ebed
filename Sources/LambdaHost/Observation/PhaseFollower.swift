import CheckpointCore
import Logging
import Tracing

/// Follows the progress of a run: a span for each phase, and a debug line where one begins.
struct PhaseFollower: Sendable {
  let logger: Logger

  /// Follows until the run is over.
  func follow(_ progress: AsyncStream<RunProgress>) async {
    var phase: String?
    var span: (any Span)?
    for await step in progress {
      let (name, done, total) = PhaseFollower.parts(of: step)
      if name != phase {
        span?.end()
        span = name.map { startSpan($0) }
        phase = name
        if let name { logger.debug("Phase begins", metadata: ["phase": .string(name)]) }
      }
      if let name {
        logger.trace(
          "Progress",
          metadata: [
            "phase": .string(name), "done": .stringConvertible(done),
            "total": .stringConvertible(total),
          ])
        span?.attributes["\(name).objects"] = SpanAttribute.int64(Int64(done))
      }
    }
    span?.end()
  }

  private static func parts(of step: RunProgress) -> (name: String?, done: Int, total: Int) {
    switch step {
    case .listing(let objects): ("list", objects, objects)
    case .fetching(let done, let total): ("fetch", done, total)
    case .committing(let done, let total): ("commit", done, total)
    case .verifying(let done, let total): ("verify", done, total)
    case .finished: (nil, 0, 0)
    }
  }
}
