import Foundation
import LambdaObservability
import Logging
import TestSupport
import Testing

@Suite("Log lines")
struct LogLineTests {
  static let variables = [
    "AWS_LAMBDA_FUNCTION_NAME": "checkpoint", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3008",
  ]

  static func logger(
    _ lines: Lines, _ more: [String: String] = [:], level: Logger.Level = .trace
  ) -> Logger {
    let environment = LambdaEnvironment(variables.merging(more) { $1 })
    return Logger(label: "test") { label in
      LambdaLogHandler(
        label: label, service: "event-log", environment: environment, logLevel: level,
        output: lines.output, now: testTime)
    }
  }

  struct Failure: Error, CustomStringConvertible {
    var description: String { "bad \"input\"" }
  }

  static let text = "Größe \"2\"\\\n\t\u{0}\u{1F}\u{7F}\u{2028}😀"

  @Test(
    "have the members that Powertools for Python writes for the same call",
    arguments: [Logger.Level.debug, .info, .warning, .error, .critical])
  func sameAsPowertools(_ level: Logger.Level) async throws {
    let lines = Lines()
    let logger = Self.logger(lines)
    LambdaInvocation.$current.withValue(testInvocation()) {
      logger.log(
        level: level, "\(Self.text)",
        metadata: [
          "count": .stringConvertible(3), "ratio": .stringConvertible(0.25),
          "deep": ["list": ["1", .stringConvertible(true)], "text": "\(Self.text)"],
        ])
    }
    let invocation = testInvocation()
    let theirs = try await object(
      LambdaPeer.write(
        "powertools-log",
        [
          "environment": [
            "POWERTOOLS_SERVICE_NAME": "event-log", "_X_AMZN_TRACE_ID": testTraceHeader,
            "TZ": "UTC",
          ],
          "context": [
            "function_name": "checkpoint", "memory_limit_in_mb": 3008,
            "invoked_function_arn": invocation.functionARN,
            "aws_request_id": invocation.requestID,
          ], "level": "\(level)", "message": Self.text,
          "extra": [
            "count": 3, "ratio": 0.25, "deep": ["list": ["1", true], "text": Self.text],
          ],
        ]))
    var ours = try object(try #require(lines.all.first))
    var expected = theirs
    // Theirs are of a function of their own, and of now.
    for key in ["location", "timestamp"] {
      let (our, their) = (ours.removeValue(forKey: key), expected.removeValue(forKey: key))
      #expect(Self.shape(our) == Self.shape(their), "\(key)")
    }
    #expect(ours as NSDictionary == expected as NSDictionary)
  }

  /// A text with all letters and digits alike.
  static func shape(_ value: Any?) -> String {
    let text = value as? String ?? "none"
    if text.contains("(") { return "name:0" }
    if text.hasPrefix("handler:") { return "name:0" }
    return String(text.map { $0.isNumber ? "0" : $0 })
  }

  @Test("name an error as Powertools names an exception")
  func errors() async throws {
    let lines = Lines()
    Self.logger(lines).error("failed", error: Failure())
    let line = try object(try #require(lines.all.first))
    #expect(line["exception"] as? String == "bad \"input\"")
    #expect(line["exception_name"] as? String == "Failure")
    let theirs = try await object(
      LambdaPeer.write(
        "powertools-log",
        [
          "environment": ["POWERTOOLS_SERVICE_NAME": "event-log"],
          "context": [
            "function_name": "f", "memory_limit_in_mb": 128, "invoked_function_arn": "a",
            "aws_request_id": "r",
          ], "message": "failed", "error": "bad", "extra": [String: String](),
        ]))
    #expect(theirs["exception_name"] as? String == "ValueError")
    #expect(theirs["exception"] is String)
  }

  @Test("write the time of the event, in the form that the receiver needs")
  func times() throws {
    let lines = Lines()
    Self.logger(lines).info("one")
    Self.logger(lines, ["AWS_LAMBDA_LOG_LEVEL": "INFO"]).info("two")
    let times = try lines.all.map { try object($0)["timestamp"] as? String }
    #expect(times == ["2021-05-03 10:20:19,650+0000", "2021-05-03T10:20:19.650Z"])
  }

  @Test("agree with Foundation about dates from 1600 to 2400")
  func dates() {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
    let seed: UInt64 = 13
    var random = SplitMix64(seed: seed)
    let lines = Lines()
    for _ in 0..<300 {
      let seconds = random.below(25_000_000_000) - 11_600_000_000
      let handler = LambdaLogHandler(
        label: "", service: "", environment: LambdaEnvironment(), output: lines.output,
        now: { WallTime(microseconds: Int64(seconds) * 1_000_000 + 7_000) })
      Logger(label: "", handler).info("")
      let line = String(decoding: lines.all.last ?? [], as: UTF8.self)
      let date = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(line.contains("\"\(date),007+0000\""), "\(seconds), seed \(seed): \(line)")
    }
  }

  @Test("survive every Unicode scalar below U+3000 and random ones above")
  func escaping() throws {
    let seed: UInt64 = 7
    var random = SplitMix64(seed: seed)
    var scalars = (0..<0x3000).compactMap { Unicode.Scalar(UInt32($0)) }
    for _ in 0..<2_000 {
      if let scalar = Unicode.Scalar(UInt32(random.below(0x11_0000))) { scalars.append(scalar) }
    }
    let lines = Lines()
    let logger = Self.logger(lines)
    for start in stride(from: 0, to: scalars.count, by: 4_096) {
      var text = ""
      text.unicodeScalars.append(contentsOf: scalars[start..<min(start + 4_096, scalars.count)])
      logger.info("\(text)", metadata: ["\(text)": "\(text)"])
      let bytes = try #require(lines.all.last)
      #expect(bytes.last == 0x0A && !bytes.dropLast().contains { $0 < 0x20 })
      let line = try object(bytes)
      #expect(
        (line["message"] as? String)?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
      let value = line[text] as? String
      #expect(value?.unicodeScalars.elementsEqual(text.unicodeScalars) == true, "seed \(seed)")
    }
  }

  @Test("keep to the size of a log event, and say when something is missing")
  func size() throws {
    let seed: UInt64 = 3
    var random = SplitMix64(seed: seed)
    let lines = Lines()
    let logger = Self.logger(lines)
    for _ in 0..<40 {
      let pieces = ["é", "\u{1}", "😀", "x", "\""]
      let message = String(repeating: random.pick(pieces), count: random.below(300_000))
      var metadata: Logger.Metadata = [:]
      for index in 0..<random.below(12) {
        let text = String(repeating: random.pick(pieces), count: random.below(80_000))
        metadata["key\(index)"] =
          random.one(in: 3)
          ? .array(Array(repeating: .string(text), count: random.below(20))) : .string(text)
      }
      logger.info("\(message)", metadata: metadata)
      let bytes = try #require(lines.all.last)
      #expect(bytes.count <= 256 * 1_024 - 26, "seed \(seed)")
      let line = try object(bytes)
      let isWhole =
        line["message"] as? String == message && metadata.keys.allSatisfy { line[$0] != nil }
      if !isWhole { #expect(line["log_truncated"] as? Bool == true, "seed \(seed)") }
      #expect(message.hasPrefix(try #require(line["message"] as? String)))
    }
  }

  @Test("write each key once: what is said last counts, and own keys stay what they are")
  func keys() throws {
    let lines = Lines()
    let environment = LambdaEnvironment(Self.variables)
    var handler = LambdaLogHandler(
      label: "", service: "event-log", environment: environment,
      metadataProvider: Logger.MetadataProvider { ["b": "provider", "c": "provider"] },
      output: lines.output, now: testTime)
    handler.metadata = ["a": "handler", "b": "handler", "c": "handler", "level": "mine"]
    Logger(label: "", handler).info("m", metadata: ["c": "event"])
    let bytes = try #require(lines.all.first)
    let line = try object(bytes)
    #expect(line["a"] as? String == "handler")
    #expect(line["b"] as? String == "provider")
    #expect(line["c"] as? String == "event")
    #expect(line["level"] as? String == "INFO")
    #expect(line["metadata.level"] as? String == "mine")
  }

  @Test("are JSON also where Lambda says that the format is Text, as it does by default")
  func defaultFormat() throws {
    let lines = Lines()
    Self.logger(lines, ["AWS_LAMBDA_LOG_FORMAT": "Text"]).info("hello")
    let line = try JSONSerialization.jsonObject(with: Data(try #require(lines.all.first)))
    #expect(line is [String: Any])
  }

  @Test("are text where that is asked for, one line each")
  func text() throws {
    let lines = Lines()
    let logger = Self.logger(lines, ["LOG_FORMAT": "text"])
    LambdaInvocation.$current.withValue(testInvocation()) {
      logger.warning("two\nlines", error: Failure(), metadata: ["b": "2", "a": "é"])
    }
    #expect(
      String(decoding: try #require(lines.all.first), as: UTF8.self)
        == "[WARNING]\t2021-05-03T10:20:19.650Z\t52fdfc07-2182-154f-163f-5f0f9a621d72\t"
        + "two lines a=é b=2 exception=bad \"input\"\n")
    logger.info("\(String(repeating: "é", count: 400_000))")
    let long = try #require(lines.all.last)
    #expect(long.count <= 256 * 1_024 - 26)
    #expect(String(validating: long, as: UTF8.self) != nil)
  }

  @Test("are written whole by one write each, whatever other threads write")
  func standardOutput() async throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("lines-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    let file = try #require(FileHandle(forWritingAtPath: path))
    let output = LineOutput(fileDescriptor: file.fileDescriptor)
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          let logger = Logger(label: "") { label in
            LambdaLogHandler(
              label: label, service: "s", environment: LambdaEnvironment(), output: output)
          }
          for index in 0..<200 {
            logger.info(
              "\(task)/\(index)",
              metadata: ["fill": "\(String(repeating: "x", count: index * 40))"])
          }
        }
      }
    }
    try file.close()
    let content = try Data(contentsOf: URL(fileURLWithPath: path))
    let messages = try content.split(separator: 0x0A).map { try object($0)["message"] as? String }
    #expect(Set(messages).count == 800)
    #expect(messages.count == 800)
  }
}

extension Logger {
  /// A logger with this handler.
  init(label: String, _ handler: LambdaLogHandler) {
    self.init(label: label) { _ in handler }
  }
}
