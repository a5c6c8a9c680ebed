internal import CoreMetrics
internal import Synchronization

/// What a metric with its dimensions has recorded since it was last written.
final class MetricSeries: Sendable {
  /// How the values of a series are put together.
  enum Kind: Sendable, Hashable {
    /// Added up.
    case sum
    /// The last one counts.
    case last
    /// All of them.
    case distribution
  }

  /// Which series it is; two with the same identity are written as one.
  struct Identity: Sendable, Hashable {
    var name: String
    var dimensions: MetricDimensions
    var kind: Kind
  }

  /// What is to be written of a series.
  struct Values: Sendable {
    var identity: Identity
    var unit: MetricUnit
    var values: [Double]
  }

  private struct State {
    var values: [Double] = []
    var unit: MetricUnit
    /// What a value in nanoseconds is divided by.
    var divisor = 1_000_000.0
  }

  /// How many values a metric has in one document.
  static let mostValues = 100
  /// CloudWatch API Reference, "MetricDatum": values from -2^360 to 2^360.
  private static let largestValue = 2.348542582773833e108

  let identity: Identity
  private let hasFixedUnit: Bool
  private let collector: MetricCollector
  private let state: Mutex<State>

  init(_ identity: Identity, unit: MetricUnit, hasFixedUnit: Bool, collector: MetricCollector) {
    self.identity = identity
    self.hasFixedUnit = hasFixedUnit
    self.collector = collector
    state = Mutex(State(unit: unit))
  }

  /// Records a value; one that CloudWatch does not take is left out.
  func record(_ value: Double) {
    guard value.isFinite, abs(value) <= MetricSeries.largestValue else { return }
    let (isFirst, isFull) = state.withLock { state in
      let isFirst = state.values.isEmpty
      switch identity.kind {
      case .distribution: state.values.append(value)
      case .sum where !isFirst: state.values[0] += value
      case .last where !isFirst: state.values[0] = value
      case .sum, .last: state.values.append(value)
      }
      return (isFirst, state.values.count >= MetricSeries.mostValues)
    }
    if isFirst { collector.willHaveValues(self) }
    if isFull { collector.write([self]) }
  }

  /// Records a time in the unit that was asked for.
  func record(nanoseconds: Int64) {
    record(Double(nanoseconds) / state.withLock { $0.divisor })
  }

  /// What ``record(nanoseconds:)`` writes times in, unless the factory was given a unit. Those that
  /// CloudWatch has no name for are written in the largest unit that it has.
  func prefer(_ unit: TimeUnit) {
    guard !hasFixedUnit else { return }
    let (unit, divisor): (MetricUnit, Double) =
      switch unit {
      case .nanoseconds, .microseconds: (.microseconds, 1_000)
      case .milliseconds: (.milliseconds, 1_000_000)
      default: (.seconds, 1_000_000_000)
      }
    set(unit, divisor)
  }

  /// Writes times in a unit that is one of time.
  func setTimeUnit(_ unit: MetricUnit) {
    switch unit {
    case .seconds: set(.seconds, 1_000_000_000)
    case .microseconds: set(.microseconds, 1_000)
    default: set(.milliseconds, 1_000_000)
    }
  }

  private func set(_ unit: MetricUnit, _ divisor: Double) {
    state.withLock { state in
      // What was recorded keeps its meaning.
      let factor = state.divisor / divisor
      for index in state.values.indices { state.values[index] *= factor }
      state.unit = unit
      state.divisor = divisor
    }
  }

  /// Takes what has been recorded; nil where it is nothing.
  func take() -> Values? {
    state.withLock { state in
      guard !state.values.isEmpty else { return nil }
      let values = Values(identity: identity, unit: state.unit, values: state.values)
      state.values.removeAll(keepingCapacity: true)
      return values
    }
  }
}
