internal import Synchronization

/// Keeps the series that have values to write, and writes them.
final class MetricCollector: Sendable {
  /// How many series wait to be written; one more writes them all.
  private static let mostWaiting = 1_000

  private let waiting = Mutex<[MetricSeries]>([])
  private let namespace: String
  private let publishesRollUp: Bool
  private let output: LineOutput
  private let now: @Sendable () -> WallTime

  init(
    namespace: String, publishesRollUp: Bool, output: LineOutput,
    now: @escaping @Sendable () -> WallTime
  ) {
    self.namespace = namespace
    self.publishesRollUp = publishesRollUp
    self.output = output
    self.now = now
  }

  /// A series has got its first value.
  func willHaveValues(_ series: MetricSeries) {
    let isFull = waiting.withLock { waiting in
      waiting.append(series)
      return waiting.count >= MetricCollector.mostWaiting
    }
    if isFull { flush() }
  }

  /// Writes all that has been recorded.
  func flush() {
    let series = waiting.withLock { waiting in
      let all = waiting
      waiting.removeAll(keepingCapacity: true)
      return all
    }
    write(series)
  }

  /// Writes these series. One that is still waiting as well is found empty later.
  func write(_ series: [MetricSeries]) {
    let values = series.compactMap { $0.take() }
    guard !values.isEmpty else { return }
    let documents = EMFDocument.make(
      values, namespace: namespace, publishesRollUp: publishesRollUp, time: now(),
      requestID: LambdaInvocation.current?.requestID)
    for document in documents { output.write(document) }
  }
}
