import Logging
import Metrics
import Synchronization

/// Keeps what is logged.
final class LogRecorder: Sendable {
  /// A line of the log.
  struct Line: Sendable {
    let level: String
    let message: String
    let metadata: [String: String]
  }

  private let kept = Mutex<[Line]>([])

  var lines: [Line] { kept.withLock { $0 } }

  /// The lines with a message.
  func lines(_ message: String) -> [Line] { lines.filter { $0.message == message } }

  var logger: Logger {
    Logger(label: "test") { [self] _ in Handler(recorder: self) }
  }

  private struct Handler: LogHandler {
    let recorder: LogRecorder
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let metadata = metadata.merging(event.metadata ?? [:]) { $1 }
      let line = Line(
        level: event.level.rawValue, message: "\(event.message)",
        metadata: metadata.mapValues { "\($0)" })
      recorder.kept.withLock { $0.append(line) }
    }
  }
}

/// Keeps what is measured, by label and dimensions: `Label[Study=adrc]`.
final class MetricsRecorder: MetricsFactory {
  private let kept = Mutex<[String: [Double]]>([:])

  /// The values of a metric, in their order.
  subscript(name: String) -> [Double] { kept.withLock { $0[name] ?? [] } }

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    Handler(recorder: self, name: Self.name(label, dimensions))
  }

  func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    Handler(recorder: self, name: Self.name(label, dimensions))
  }

  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    Handler(recorder: self, name: Self.name(label, dimensions))
  }

  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}

  private static func name(_ label: String, _ dimensions: [(String, String)]) -> String {
    dimensions.isEmpty
      ? label : label + "[" + dimensions.map { "\($0)=\($1)" }.joined(separator: ",") + "]"
  }

  private final class Handler: CounterHandler, RecorderHandler, TimerHandler {
    let recorder: MetricsRecorder
    let name: String

    init(recorder: MetricsRecorder, name: String) {
      self.recorder = recorder
      self.name = name
    }

    func keep(_ value: Double) {
      recorder.kept.withLock { $0[name, default: []].append(value) }
    }

    func increment(by amount: Int64) { keep(Double(amount)) }
    func reset() {}
    func record(_ value: Int64) { keep(Double(value)) }
    func record(_ value: Double) { keep(value) }
    func recordNanoseconds(_ duration: Int64) { keep(Double(duration)) }
  }
}
