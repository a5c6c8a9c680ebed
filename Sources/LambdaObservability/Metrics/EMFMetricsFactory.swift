public import CoreMetrics

/// A backend of swift-metrics that writes CloudWatch's embedded metric format to standard output,
/// where AWS Lambda takes it from: no request, no library, no agent.
///
///     let metrics = EMFMetricsFactory(
///       namespace: "EventLogCheckpoint", defaultDimensions: [("service", "event-log")],
///       units: ["BytesFetched": .bytes])
///     MetricsSystem.bootstrap(metrics)
///     Counter(label: "ObjectsFetched").increment(by: 10)
///     metrics.flush()
///
/// A metric's label is its name. Counters are written as what came since they were last written,
/// gauges and meters as their last value, recorders and timers as all their values. A metric that
/// nothing was recorded of is not written; a counter that was incremented by 0 is, as 0.
///
/// Call ``flush()`` at the end of each invocation, before the answer: a function is frozen then.
/// Values are written earlier where a metric has 100 of them, or 1,000 metrics wait, so that memory
/// is bounded and nothing is lost.
public struct EMFMetricsFactory: MetricsFactory {
  private let collector: MetricCollector
  private let defaults: MetricDimensions
  private let units: [String: MetricUnit]

  /// A factory.
  ///
  /// - Parameters:
  ///   - namespace: The namespace in CloudWatch: 1 to 255 characters.
  ///   - defaultDimensions: The dimensions that all metrics have before their own.
  ///   - publishesRollUp: Whether a metric with dimensions of its own is published without them as
  ///     well, over all their values: an alarm of CloudWatch's looks at one metric, and cannot sum
  ///     up those of all dimensions.
  ///   - units: The units by the metrics' names. Without one here it is `Count` for counters, what
  ///     was preferred or `Milliseconds` for timers, and `None` for others.
  ///   - output: Where documents go.
  ///   - now: The time.
  public init(
    namespace: String, defaultDimensions: [(String, String)] = [], publishesRollUp: Bool = true,
    units: [String: MetricUnit] = [:], output: LineOutput = .standardOutput,
    now: @escaping @Sendable () -> WallTime = WallTime.now
  ) {
    let name = MetricDimensions.text(namespace, limit: 255)
    collector = MetricCollector(
      namespace: name.isEmpty ? "Default" : name, publishesRollUp: publishesRollUp,
      output: output, now: now)
    defaults = MetricDimensions(defaults: defaultDimensions)
    self.units = units
  }

  /// Writes all that has been recorded since the last time.
  public func flush() {
    collector.flush()
  }

  private func series(
    _ label: String, _ dimensions: [(String, String)], _ kind: MetricSeries.Kind,
    _ unit: MetricUnit
  ) -> MetricSeries {
    let name = MetricDimensions.text(label, limit: 255)
    return MetricSeries(
      MetricSeries.Identity(
        name: name.isEmpty ? "Unnamed" : name,
        dimensions: MetricDimensions(defaults, own: dimensions), kind: kind),
      unit: units[label] ?? unit, hasFixedUnit: units[label] != nil, collector: collector)
  }

  /// A counter, of which the increments since the last document are written.
  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    EMFCounter(series(label, dimensions, .sum, .count))
  }

  /// A counter of fractions, of which the increments since the last document are written.
  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    EMFCounter(series(label, dimensions, .sum, .count))
  }

  /// A meter, of which the last value is written.
  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    EMFMeter(series(label, dimensions, .last, .none))
  }

  /// A recorder, of which all values are written where it aggregates, else the last one.
  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    EMFRecorder(series(label, dimensions, aggregate ? .distribution : .last, .none))
  }

  /// A timer, of which all values are written.
  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    let series = series(label, dimensions, .distribution, .milliseconds)
    if let unit = units[label] { series.setTimeUnit(unit) }
    return EMFTimer(series)
  }

  /// Nothing is kept of a counter but what is to be written.
  public func destroyCounter(_ handler: any CounterHandler) {}
  /// Nothing is kept of a counter but what is to be written.
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  /// Nothing is kept of a meter but what is to be written.
  public func destroyMeter(_ handler: any MeterHandler) {}
  /// Nothing is kept of a recorder but what is to be written.
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  /// Nothing is kept of a timer but what is to be written.
  public func destroyTimer(_ handler: any TimerHandler) {}
}
