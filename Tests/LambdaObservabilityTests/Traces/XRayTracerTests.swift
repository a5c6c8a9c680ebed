import Foundation
import LambdaObservability
import Logging
import TestSupport
import Testing
import Tracing

@Suite("The X-Ray tracer")
struct XRayTracerTests {
  struct Failure: Error, CustomStringConvertible {
    var description: String { "it \"failed\"" }
  }

  static func inInvocation<Result>(
    _ header: String? = testTraceHeader, _ body: () throws -> Result
  ) rethrows -> Result {
    try LambdaInvocation.$current.withValue(testInvocation(traceHeader: header), operation: body)
  }

  @Test(
    "spans become subsegments, children of the spans around them and of the invocation's segment")
  func tree() async throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    let before = Date().timeIntervalSince1970
    Self.inInvocation {
      tracer.withSpan("run") { _ in
        tracer.withSpan("fetch") { span in span.attributes["count"] = 3 }
        tracer.withSpan("commit") { _ in }
      }
    }
    let datagrams = daemon.received()
    #expect(try await LambdaPeer.faults(.xRay, datagrams) == ["", "", ""])
    let documents = try datagrams.map { try object($0.drop { $0 != 0x0A }.dropFirst()) }
    #expect(documents.map { $0["name"] as? String } == ["fetch", "commit", "run"])
    let ids = documents.map { $0["id"] as? String }
    #expect(Set(ids).count == 3)
    #expect(
      documents.map { $0["parent_id"] as? String } == [ids[2], ids[2], "53995c3f42cd8ad8"])
    for document in documents {
      #expect(document["trace_id"] as? String == "1-5759e988-bd862e3fe1be46a994272793")
      let (start, end) = (
        document["start_time"] as? Double ?? 0, document["end_time"] as? Double ?? 0
      )
      #expect(before - 0.01 <= start && start <= end && end <= Date().timeIntervalSince1970 + 0.01)
    }
    let metadata = documents[0]["metadata"] as? [String: [String: Int]]
    #expect(metadata == ["default": ["count": 3]])
  }

  @Test(
    "nothing is recorded of what is not sampled, or belongs to no trace",
    arguments: [
      nil, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
      "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
      "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "nonsense",
    ])
  func unsampled(_ header: String?) throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    Self.inInvocation(header) {
      tracer.withSpan("run") { span in
        #expect(!span.isRecording)
        span.attributes["a"] = 1
        span.recordError(Failure())
        #expect(span.attributes.isEmpty)
        tracer.withSpan("within") { #expect(!$0.isRecording) }
      }
    }
    tracer.withSpan("outside of any invocation") { #expect(!$0.isRecording) }
    #expect(daemon.received().isEmpty)
  }

  @Test("an error that is thrown through a span is its cause")
  func errors() async throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    #expect(throws: Failure.self) {
      try Self.inInvocation { try tracer.withSpan("run") { _ in throw Failure() } }
    }
    let datagrams = daemon.received()
    #expect(try await LambdaPeer.faults(.xRay, datagrams) == [""])
    let document = try object(try #require(datagrams.first).drop { $0 != 0x0A }.dropFirst())
    #expect(document["fault"] as? Bool == true)
    let exceptions = (document["cause"] as? [String: Any])?["exceptions"] as? [[String: Any]]
    #expect(exceptions?.count == 1)
    #expect(exceptions?.first?["message"] as? String == "it \"failed\"")
    #expect(exceptions?.first?["type"] as? String == "Failure")
    #expect(exceptions?.first?["remote"] as? Bool == false)
  }

  @Test(
    "the status of an answer says whose failure it was",
    arguments: [
      (200, []), (304, []), (404, ["error"]), (412, ["error"]), (429, ["error", "throttle"]),
      (500, ["fault"]), (503, ["fault"]),
    ] as [(Int, [String])])
  func statuses(_ status: Int, _ flags: [String]) async throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    Self.inInvocation {
      tracer.withSpan("GET", ofKind: .client) { span in
        span.updateAttributes { attributes in
          attributes["http.request.method"] = "GET"
          attributes["url.full"] = "https://example.com/a?X-Amz-Signature=secret#x"
          attributes["url.query"] = "X-Amz-Signature=secret"
          attributes["server.address"] = "example.com"
          attributes["http.status_code"] = status
          attributes["http.response.body.size"] = 350
        }
        if status >= 300 { span.setStatus(SpanStatus(code: .error)) }
      }
    }
    let datagrams = daemon.received()
    #expect(try await LambdaPeer.faults(.xRay, datagrams) == [""])
    #expect(!String(decoding: datagrams[0], as: UTF8.self).contains("secret"))
    let document = try object(datagrams[0].drop { $0 != 0x0A }.dropFirst())
    #expect(
      ["error", "fault", "throttle"].filter { document[$0] as? Bool == true } == flags)
    #expect(document["namespace"] as? String == "remote")
    #expect(document["name"] as? String == "example.com")
    let expected: NSDictionary = [
      "request": ["method": "GET", "url": "https://example.com/a"],
      "response": ["status": status, "content_length": 350],
    ]
    #expect(document["http"] as? NSDictionary == expected)
  }

  @Test("annotations are what X-Ray can be searched for, everything else is metadata")
  func annotations() async throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    Self.inInvocation {
      tracer.withSpan("commit: größe? <1>") { span in
        span.attributes["annotation.study"] = "adrc"
        span.attributes["annotation.rows-written"] = 5
        span.attributes["annotation.list"] = ["a", "b"]
        span.attributes["AWS.reserved"] = true
        span.attributes["ratio"] = 0.5
        span.addEvent(SpanEvent(name: "retried", attributes: ["attempt": 2]))
      }
    }
    let datagrams = daemon.received()
    #expect(try await LambdaPeer.faults(.xRay, datagrams) == [""])
    let document = try object(datagrams[0].drop { $0 != 0x0A }.dropFirst())
    #expect(document["name"] as? String == "commit: größe- -1-")
    let expected: NSDictionary = ["study": "adrc", "rows_written": 5]
    #expect(document["annotations"] as? NSDictionary == expected)
    let metadata = (document["metadata"] as? [String: [String: Any]])?["default"]
    #expect(metadata?["annotation.list"] as? String == "a, b")
    #expect(metadata?["ratio"] as? Double == 0.5)
    let events = metadata?["events"] as? [[String: Any]]
    #expect(events?.first?["name"] as? String == "retried")
  }

  @Test("a subsegment is never longer than a datagram, nor broken by what it holds")
  func size() async throws {
    let seed: UInt64 = 11
    var random = SplitMix64(seed: seed)
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    let pieces = ["é", "\u{1}", "\"\\", "😀", "x", "\u{2028}"]
    var datagrams: [[UInt8]] = []
    for _ in 0..<60 {
      func text() -> String { String(repeating: random.pick(pieces), count: random.below(5_000)) }
      Self.inInvocation {
        tracer.withSpan(text(), ofKind: random.one(in: 2) ? .client : .internal) { span in
          var attributes: SpanAttributes = [:]
          for index in 0..<random.below(150) {
            let prefix = random.pick(["annotation.", "", "AWS."])
            attributes["\(prefix)\(index)\(text().prefix(30))"] = text()
          }
          for key in ["rpc.method", "url.full", "aws.request_id", "http.request.method"] {
            if random.one(in: 2) { attributes[key] = text() }
          }
          if random.one(in: 2) { attributes["rpc.system"] = "aws-api" }
          span.attributes = attributes
          for _ in 0..<random.below(50) {
            span.addEvent(SpanEvent(name: text(), attributes: ["text": "\(text())"]))
            if random.one(in: 5) { span.recordError(Failure()) }
          }
        }
      }
      datagrams += daemon.received()
    }
    #expect(datagrams.count == 60)
    let faults = try await LambdaPeer.faults(.xRay, datagrams).filter { !$0.isEmpty }
    #expect(faults == [], "seed \(seed)")
  }

  @Test("documents that break the format are found out")
  func checks() async throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    Self.inInvocation { tracer.withSpan("run") { $0.attributes["annotation.a"] = 1 } }
    let right = String(decoding: daemon.received()[0], as: UTF8.self)
    let wrong = [
      right.replacing("\"version\":1", with: "\"version\":2"), right.replacing("\n", with: ""),
      right.replacing("53995c3f42cd8ad8", with: "53995c3f42cd8ad"),
      right.replacing("\"type\":\"subsegment\",", with: ""), right.replacing("run", with: "<run>"),
      right.replacing("\"a\":1", with: "\"a-b\":1"), right.replacing("\"a\":1", with: "\"a\":[1]"),
      right.replacing("\"end_time\":", with: "\"end_time\":-"),
    ]
    let faults = try await LambdaPeer.faults(.xRay, ([right] + wrong).map { Array($0.utf8) })
    #expect(faults.map(\.isEmpty) == [true] + wrong.map { _ in false }, "\(faults)")
  }

  @Test("an invocation records 500 subsegments, and says how many it left out")
  func budget() throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    Self.inInvocation {
      tracer.withSpan("run") { _ in
        for _ in 0..<700 { tracer.withSpan("small") { _ in } }
      }
    }
    let documents = try daemon.documents()
    #expect(documents.count == 500)
    let metadata = documents.last?["metadata"] as? [String: [String: Int]]
    #expect(metadata == ["default": ["subsegments_left_out": 201]])
    // Another invocation has a budget of its own.
    Self.inInvocation { tracer.withSpan("next") { #expect($0.isRecording) } }
  }

  @Test("a span that has ended is not changed or sent again")
  func ended() throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    Self.inInvocation {
      let span = tracer.startSpan("run")
      span.end()
      span.attributes["late"] = 1
      #expect(!span.isRecording)
      span.end()
    }
    #expect(daemon.received().count == 1)
  }

  struct Carrier: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
      carrier[key] = value
    }

    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
  }

  @Test("a header goes out with the span as the parent, and comes in as the parent of spans")
  func propagation() throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    var headers: [String: String] = [:]
    Self.inInvocation {
      tracer.withSpan("call") { span in
        tracer.inject(span.context, into: &headers, using: Carrier())
      }
    }
    let sent = try #require(try daemon.documents().first?["id"] as? String)
    #expect(
      headers == [
        "X-Amzn-Trace-Id":
          "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=\(sent);Sampled=1;"
          + "Lineage=a87bd80c:1|68fd508a:5"
      ])
    var context = ServiceContext.topLevel
    tracer.extract(headers, into: &context, using: Carrier())
    tracer.withSpan("served", context: context) { _ in }
    #expect(try daemon.documents().first?["parent_id"] as? String == sent)
    // Not sampled: said on, not recorded.
    var unsampled: [String: String] = [:]
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
    Self.inInvocation(header) {
      tracer.withSpan("call") { tracer.inject($0.context, into: &unsampled, using: Carrier()) }
    }
    #expect(unsampled == ["X-Amzn-Trace-Id": header])
    #expect(daemon.received().isEmpty)
  }

  @Test("log lines name the trace and the subsegment that they were written in")
  func logs() throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    let lines = Lines()
    let logger = Logger(
      label: "",
      LambdaLogHandler(
        label: "", service: "s", environment: LambdaEnvironment(), metadataProvider: .xRay,
        output: lines.output))
    Self.inInvocation { tracer.withSpan("run") { _ in logger.info("within") } }
    let line = try object(try #require(lines.all.first))
    #expect(line["xray_trace_id"] as? String == "1-5759e988-bd862e3fe1be46a994272793")
    let id = try daemon.documents().first?["id"] as? String
    #expect(line["xray_segment_id"] as? String == id)
  }

  @Test("nobody waits for a daemon that is not there")
  func absent() throws {
    let port = try DatagramReceiver().port
    let tracer = try #require(XRayTracer(daemon: XRayDaemonAddress(host: "127.0.0.1", port: port)))
    Self.inInvocation {
      for _ in 0..<100 { tracer.withSpan("run") { #expect($0.isRecording) } }
    }
  }
}
