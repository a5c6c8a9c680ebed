import CheckpointCore
import Metrics

/// What a run was about, as far as it decides what of it is measured.
enum RunScope: Sendable {
  /// The whole source: the run knows what is left to do.
  case source
  /// Some objects.
  case objects
  /// What other invocations have read, and have measured already.
  case partials
}

/// The metrics of the function, by swift-metrics.
struct RunMetrics: Sendable {
  private let factory: any MetricsFactory

  init(_ factory: any MetricsFactory) {
    self.factory = factory
  }

  /// The first invocation of a process.
  func noteColdStart() {
    count("ColdStart", 1)
  }

  /// A run that could do nothing.
  func noteFailure() {
    count("CheckpointSaveFailures", 1)
  }

  /// What a run did.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the objects that it read.
  ///   - scope: What it was about.
  func note(_ summary: RunSummary, bytesFetched bytes: Int, _ scope: RunScope) {
    if scope != .partials {
      count("ObjectsListed", summary.listed)
      count("ObjectsFetched", summary.fetched)
      count("BytesFetched", bytes)
      count("EventsFiltered", summary.filteredEvents)
      count("EventsRefused", summary.refused)
    }
    Timer(label: "ExecutionTime", dimensions: [], factory: factory)
      .recordMilliseconds(summary.durationMilliseconds)
    guard !summary.isDryRun else { return }
    // Only a run over everything knows it; that there is one is the sign that such runs go on.
    if scope == .source {
      Gauge(label: "Backlog", dimensions: [], factory: factory).record(summary.remaining)
    }
    count("CheckpointsSaved", summary.savedCheckpoints.count)
    // So that an alarm has something to look at while all is well. The backend adds up what has
    // dimensions.
    if summary.failedGroups.isEmpty || summary.stateError != nil {
      count("CheckpointSaveFailures", summary.stateError == nil ? 0 : 1)
    }
    for group in summary.successfulGroups where group.events > 0 {
      count(
        "EventsProcessedByStudyDatatype", group.events, dimensions(group.names, group.values))
    }
    for group in summary.failedGroups {
      count("CheckpointSaveFailures", 1, dimensions(group.names, group.values))
    }
  }

  private func count(_ label: String, _ amount: Int, _ dimensions: [(String, String)] = []) {
    Counter(label: label, dimensions: dimensions, factory: factory).increment(by: amount)
  }

  /// Group fields as CloudWatch's own dimensions are written: `Study`, `Datatype`.
  private func dimensions(_ names: [String], _ values: [String]) -> [(String, String)] {
    zip(names, values).map { name, value in
      (name.prefix(1).uppercased() + name.dropFirst(), value)
    }
  }
}

extension RunSummary {
  /// The checkpoints that were written, with what is new in each, ordered by key.
  var savedCheckpoints: [(key: String, events: Int, rows: Int)] {
    var saved: [String: (events: Int, rows: Int)] = [:]
    for group in successfulGroups where group.events > 0 && !isDryRun {
      let known = saved[group.checkpointKey] ?? (0, 0)
      saved[group.checkpointKey] = (known.events + group.events, known.rows + group.rows)
    }
    return saved.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { ($0.key, $0.value.events, $0.value.rows) }
  }
}
