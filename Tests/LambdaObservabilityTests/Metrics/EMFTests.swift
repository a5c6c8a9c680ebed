import CoreMetrics
import Foundation
import LambdaObservability
import TestSupport
import Testing

@Suite("Metrics in the embedded metric format")
struct EMFTests {
  static func factory(
    _ lines: Lines, rollUp: Bool = true, units: [String: MetricUnit] = [:],
    dimensions: [(String, String)] = [("service", "event-log"), ("Environment", "dev")]
  ) -> EMFMetricsFactory {
    EMFMetricsFactory(
      namespace: "EventLogCheckpoint", defaultDimensions: dimensions, publishesRollUp: rollUp,
      units: units, output: lines.output, now: testTime)
  }

  /// What CloudWatch takes from documents: values by name and dimensions.
  static func published(_ lines: Lines) throws -> [String: [Double]] {
    var published: [String: [Double]] = [:]
    for line in lines.all {
      let root = try object(line)
      let aws = try #require(root["_aws"] as? [String: Any])
      #expect(aws["Timestamp"] as? Int == 1_620_037_219_650)
      for directive in try #require(aws["CloudWatchMetrics"] as? [[String: Any]]) {
        for names in try #require(directive["Dimensions"] as? [[String]]) {
          let dimensions = names.sorted().map { "\($0)=\(root[$0] as? String ?? "?")" }
          for metric in try #require(directive["Metrics"] as? [[String: Any]]) {
            let name = try #require(metric["Name"] as? String)
            let values = root[name] as? [Double] ?? (root[name] as? Double).map { [$0] } ?? []
            let key = ([name, metric["Unit"] as? String ?? "-"] + dimensions).joined(separator: " ")
            published[key, default: []] += values
          }
        }
      }
    }
    return published
  }

  static func expectValid(_ lines: Lines) async throws {
    let faults = try await LambdaPeer.faults(.emf, lines.all).filter { !$0.isEmpty }
    #expect(faults == [])
  }

  @Test("the set of metrics of a run is written right, by dimension and over all of them")
  func run() async throws {
    let lines = Lines()
    let factory = Self.factory(
      lines, units: ["BytesFetched": .bytes, "Backlog": .count, "ColdStart": .count])
    Counter(label: "EventsFiltered", factory: factory).increment(by: 4)
    for (study, datatype, count) in [
      ("adrc", "form", 30), ("adrc", "dicom", 5), ("dvcid", "form", 1),
    ] {
      let dimensions = [("Study", study), ("Datatype", datatype)]
      Counter(label: "EventsProcessedByStudyDatatype", dimensions: dimensions, factory: factory)
        .increment(by: count)
      Counter(label: "CheckpointsSaved", dimensions: dimensions, factory: factory).increment()
      Counter(label: "CheckpointSaveFailures", dimensions: dimensions, factory: factory)
        .increment(by: 0)
    }
    for _ in 0..<3 { Counter(label: "ObjectsFetched", factory: factory).increment(by: 2) }
    Counter(label: "BytesFetched", factory: factory).increment(by: 1 << 40)
    let timer = Timer(label: "ExecutionTime", factory: factory)
    timer.recordNanoseconds(1_500_000)
    timer.recordNanoseconds(2_000_000_000)
    let backlog = Gauge(label: "Backlog", factory: factory)
    backlog.record(9)
    backlog.record(7)
    LambdaInvocation.$current.withValue(testInvocation()) { factory.flush() }
    try await Self.expectValid(lines)
    let all = "Environment=dev"
    let form = "Datatype=form Environment=dev Study=adrc"
    let published = try Self.published(lines).filter {
      !$0.key.contains("dvcid") && !$0.key.contains("dicom")
    }
    let expected: [String: [Double]] = [
      "EventsFiltered Count \(all) service=event-log": [4],
      "EventsProcessedByStudyDatatype Count \(form) service=event-log": [30],
      "EventsProcessedByStudyDatatype Count \(all) service=event-log": [30, 5, 1],
      "CheckpointsSaved Count \(form) service=event-log": [1],
      "CheckpointsSaved Count \(all) service=event-log": [1, 1, 1],
      "CheckpointSaveFailures Count \(form) service=event-log": [0],
      "CheckpointSaveFailures Count \(all) service=event-log": [0, 0, 0],
      "ObjectsFetched Count \(all) service=event-log": [6],
      "BytesFetched Bytes \(all) service=event-log": [1_099_511_627_776],
      "ExecutionTime Milliseconds \(all) service=event-log": [1.5, 2_000],
      "Backlog Count \(all) service=event-log": [7],
    ]
    #expect(published == expected)
    let first = try object(try #require(lines.all.first))
    #expect(first["function_request_id"] as? String == testInvocation().requestID)
    // Nothing is written twice.
    let count = lines.all.count
    factory.flush()
    #expect(lines.all.count == count)
  }

  @Test("a document has the members that Powertools for Python writes for the same metrics")
  func sameAsPowertools() async throws {
    let lines = Lines()
    let factory = Self.factory(lines, units: ["Size": .bytes])
    Counter(label: "EventsFiltered", factory: factory).increment(by: 3)
    let timer = Timer(label: "ExecutionTime", factory: factory)
    timer.recordNanoseconds(1_500_000)
    timer.recordNanoseconds(2_500_000)
    Recorder(label: "Size", factory: factory).record(350)
    factory.flush()
    let theirs = try await object(
      LambdaPeer.write(
        "powertools-metrics",
        [
          "namespace": "EventLogCheckpoint", "service": "event-log",
          "dimensions": ["Environment": "dev"],
          "metrics": [
            ["EventsFiltered", "Count", 3], ["ExecutionTime", "Milliseconds", 1.5],
            ["ExecutionTime", "Milliseconds", 2.5], ["Size", "Bytes", 350],
          ],
        ]))
    #expect(lines.all.count == 1)
    let ours = try object(try #require(lines.all.first))
    #expect(Self.normal(ours) == Self.normal(theirs))
    #expect(
      try await LambdaPeer.faults(
        .emf, [[UInt8](JSONSerialization.data(withJSONObject: theirs))]) == [""]
    )
  }

  /// A document without its time, values as arrays, dimensions sorted.
  static func normal(_ document: [String: Any]) -> NSDictionary {
    var document = document
    var aws = document["_aws"] as? [String: Any] ?? [:]
    aws["Timestamp"] = nil
    let directives = aws["CloudWatchMetrics"] as? [[String: Any]] ?? []
    aws["CloudWatchMetrics"] = directives.map { directive in
      var directive = directive
      directive["Dimensions"] = (directive["Dimensions"] as? [[String]])?.map { $0.sorted() }
      return directive
    }
    for (name, value) in document where name != "_aws" {
      if let number = value as? Double { document[name] = [number] }
    }
    document["_aws"] = aws
    return document as NSDictionary
  }

  @Test("documents that break the format are found out")
  func checks() async throws {
    let lines = Lines()
    let factory = Self.factory(lines)
    Counter(label: "A", factory: factory).increment()
    factory.flush()
    let right = String(decoding: try #require(lines.all.first), as: UTF8.self)
    let wrong = [
      right.replacing("\"A\":1", with: "\"B\":1"), right.replacing("\"A\":1", with: "\"A\":\"1\""),
      right.replacing("\"A\":1", with: "\"A\":NaN"), right.replacing("Count", with: "Counts"),
      right.replacing("\"dev\"", with: "\"\""), right.replacing("\"Namespace\"", with: "\"Space\""),
      right.replacing("\"A\":1", with: "\"A\":1,\"A\":2"), right.replacing("\"dev\"", with: "5"),
      right.replacing(
        "\"A\":1", with: "\"A\":[\((0...100).map(String.init).joined(separator: ","))]"),
    ]
    let faults = try await LambdaPeer.faults(.emf, ([right] + wrong).map { Array($0.utf8) })
    #expect(faults.map(\.isEmpty) == [true] + wrong.map { _ in false }, "\(faults)")
  }

  @Test("limits of the format are kept, and every value is published once")
  func limits() async throws {
    for seed in UInt64(1)...3 {
      var random = SplitMix64(seed: seed)
      let lines = Lines()
      let defaults = (0..<random.below(25)).map { ("default\($0)", "v") }
      let factory = Self.factory(lines, rollUp: false, dimensions: defaults)
      var sums: [String: Double] = [:]
      let names = (0..<250).map { index in
        "metric\(index)" + String(repeating: "n", count: random.below(60))
      }
      for _ in 0..<1_500 {
        let own = random.below(40)
        let dimensions = (0..<own).map { ("own\($0)", random.one(in: 9) ? "w" : "v") }
        let value = Double(random.below(1_000)) / 8
        let name = random.pick(names)
        if random.one(in: 2) {
          Recorder(label: "r" + name, dimensions: dimensions, factory: factory).record(value)
          sums["r" + name, default: 0] += value
        } else {
          FloatingPointCounter(label: "c" + name, dimensions: dimensions, factory: factory)
            .increment(by: value)
          sums["c" + name, default: 0] += value
        }
      }
      factory.flush()
      try await Self.expectValid(lines)
      var published: [String: Double] = [:]
      for (key, values) in try Self.published(lines) {
        let name = String(key.prefix { $0 != " " })
        published[name, default: 0] += values.reduce(0, +)
      }
      #expect(published == sums, "seed \(seed)")
    }
  }

  @Test("names and values that CloudWatch refuses become ones that it takes")
  func odd() async throws {
    let lines = Lines()
    let factory = Self.factory(
      lines,
      dimensions: [
        ("service", "größe\n"), ("", "x"), ("empty", " "), (":colon", "y"), ("_aws", "z"),
        ("long", String(repeating: "é", count: 2_000)), ("twice", "1"), ("twice", "2"),
      ])
    for label in [
      "", "_aws", "service", "function_request_id", "näme", String(repeating: "m", count: 300),
    ] {
      Counter(label: label, factory: factory).increment()
    }
    Recorder(label: "odd", factory: factory).record(Double.nan)
    Recorder(label: "odd", factory: factory).record(Double.infinity)
    Recorder(label: "odd", factory: factory).record(1e300)
    Recorder(label: "tiny", factory: factory).record(Double.leastNonzeroMagnitude)
    Counter(label: "both", factory: factory).increment()
    Recorder(label: "both", factory: factory).record(2)
    LambdaInvocation.$current.withValue(testInvocation()) { factory.flush() }
    try await Self.expectValid(lines)
    let names = try Self.published(lines).keys.map { String($0.prefix { $0 != " " }) }
    #expect(!names.contains("odd"))
    #expect(names.filter { $0 == "both" }.count == 2)
    #expect(names.contains("service_") && names.contains("n%c3%a4me"))
  }

  @Test("what threads record at the same time is published completely, in bounded memory")
  func threads() async throws {
    let lines = Lines()
    let factory = Self.factory(lines)
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          let counter = Counter(label: "count", factory: factory)
          let recorder = Recorder(label: "value", factory: factory)
          for index in 0..<2_000 {
            counter.increment()
            recorder.record(1)
            Counter(label: "many\(index % 1_200)", factory: factory).increment()
            if index % 500 == task { factory.flush() }
          }
        }
      }
    }
    factory.flush()
    try await Self.expectValid(lines)
    let published = try Self.published(lines)
    func sum(_ name: String) -> Double {
      published.filter { $0.key.hasPrefix(name) }.reduce(0) { $0 + $1.value.reduce(0, +) }
    }
    #expect(sum("count ") == 8_000)
    #expect(sum("value ") == 8_000)
    #expect(sum("many") == 8_000)
  }

  @Test("timers are written in the unit that was asked for")
  func timers() throws {
    let lines = Lines()
    let factory = Self.factory(lines, units: ["fixed": .seconds])
    for (label, unit) in [
      ("a", nil), ("b", .seconds), ("c", .microseconds), ("d", .hours), ("e", .nanoseconds),
      ("fixed", .microseconds),
    ] as [(String, TimeUnit?)] {
      let timer =
        unit.map { Timer(label: label, dimensions: [], preferredDisplayUnit: $0, factory: factory) }
        ?? Timer(label: label, factory: factory)
      timer.recordNanoseconds(90_000_000_000)
    }
    factory.flush()
    let published = try Self.published(lines)
    let short = Dictionary(
      uniqueKeysWithValues: published.map {
        ($0.key.split(separator: " ").prefix(2).joined(separator: " "), $0.value)
      })
    #expect(
      short == [
        "a Milliseconds": [90_000], "b Seconds": [90], "c Microseconds": [90_000_000],
        "d Seconds": [90], "e Microseconds": [90_000_000], "fixed Seconds": [90],
      ])
  }

  @Test("a meter's value goes on from document to document; a reset counter starts anew")
  func meters() throws {
    let lines = Lines()
    let factory = Self.factory(lines)
    let meter = Meter(label: "meter", factory: factory)
    meter.set(5)
    factory.flush()
    meter.increment(by: 2)
    meter.decrement(by: 1)
    let counter = Counter(label: "counter", factory: factory)
    counter.increment(by: 10)
    counter.reset()
    counter.increment(by: 1)
    factory.flush()
    let published = try Self.published(lines)
    #expect(published.first { $0.key.hasPrefix("meter") }?.value == [5, 6])
    #expect(published.first { $0.key.hasPrefix("counter") }?.value == [1])
  }
}
