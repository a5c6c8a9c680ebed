import Tracing

/// Puts the spans of an invocation under the trace that its header names.
struct InvocationTrace: Sendable {
  private let context: ServiceContext

  init(header: String?) {
    var context = ServiceContext.current ?? .topLevel
    if let header {
      InstrumentationSystem.instrument.extract(
        ["X-Amzn-Trace-Id": header], into: &context, using: HeaderExtractor())
    }
    self.context = context
  }

  /// Does some work under a span.
  func span<Outcome>(
    _ name: String, _ work: () async throws -> Outcome
  ) async rethrows -> Outcome {
    try await withSpan(name, context: context) { _ in try await work() }
  }
}

/// Finds a header by its name in any case.
private struct HeaderExtractor: Extractor {
  func extract(key: String, from carrier: [String: String]) -> String? {
    carrier.first { $0.key.lowercased() == key.lowercased() }?.value
  }
}
