internal import CoreMetrics
internal import Synchronization

/// A counter of both sorts.
final class EMFCounter: CounterHandler, FloatingPointCounterHandler {
  private let series: MetricSeries

  init(_ series: MetricSeries) {
    self.series = series
  }

  func increment(by amount: Int64) { series.record(Double(amount)) }

  func increment(by amount: Double) { series.record(amount) }

  /// Drops what was not written yet.
  func reset() { _ = series.take() }
}

/// A recorder, or a gauge.
final class EMFRecorder: RecorderHandler {
  private let series: MetricSeries

  init(_ series: MetricSeries) {
    self.series = series
  }

  func record(_ value: Int64) { series.record(Double(value)) }

  func record(_ value: Double) { series.record(value) }
}

/// A meter; its value outlives a document, since increments are of what it was.
final class EMFMeter: MeterHandler {
  private let series: MetricSeries
  private let value = Mutex(0.0)

  init(_ series: MetricSeries) {
    self.series = series
  }

  func set(_ value: Int64) { set(Double(value)) }

  func set(_ value: Double) { update { $0 = value } }

  func increment(by amount: Double) { update { $0 += amount } }

  func decrement(by amount: Double) { update { $0 -= amount } }

  private func update(_ change: (inout Double) -> Void) {
    let changed = value.withLock { value in
      change(&value)
      return value
    }
    series.record(changed)
  }
}

/// A timer.
final class EMFTimer: TimerHandler {
  private let series: MetricSeries

  init(_ series: MetricSeries) {
    self.series = series
  }

  func recordNanoseconds(_ duration: Int64) { series.record(nanoseconds: duration) }

  func preferDisplayUnit(_ unit: TimeUnit) { series.prefer(unit) }
}
