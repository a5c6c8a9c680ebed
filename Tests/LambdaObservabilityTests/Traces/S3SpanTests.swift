import AsyncHTTPClient
import Foundation
import LambdaObservability
import NIOCore
import S3Lite
import S3TestServer
import Synchronization
import TestSupport
import Testing
import Tracing

@Suite("Spans of calls to S3")
struct S3SpanTests {
  /// Makes calls of a traced client within an invocation.
  static func documents(
    _ header: String = testTraceHeader, _ calls: (S3TestServer, S3Client) async throws -> Void
  ) async throws -> (datagrams: [[UInt8]], requests: [RecordedRequest]) {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    return try await S3TestServer.run { server in
      server.createBucket("visits")
      let configuration = S3Configuration(
        region: "us-east-1", endpoint: S3EndpointSettings(url: server.endpoint),
        retry: RetryConfiguration(maxBackoff: .milliseconds(5)))
      let account = Account.standard
      let credentials = AWSCredentials(
        accessKeyID: account.accessKeyID, secretAccessKey: account.secretAccessKey)
      try await withTracer(tracer) {
        let client = S3Client(
          configuration: configuration, credentials: StaticCredentialProvider(credentials))
        do {
          try await LambdaInvocation.$current.withValue(testInvocation(traceHeader: header)) {
            try await calls(server, client)
          }
        } catch {
          try? await client.shutdown()
          throw error
        }
        try await client.shutdown()
      }
      return (daemon.received(), server.service.state.withLock { $0.requests })
    }
  }

  static func parsed(_ datagrams: [[UInt8]]) throws -> [[String: Any]] {
    try datagrams.map { try object($0.drop { $0 != 0x0A }.dropFirst()) }
  }

  @Test("have the members that the X-Ray SDK for Python sends for the same calls of boto3")
  func sameAsSDK() async throws {
    let (datagrams, _) = try await Self.documents { _, client in
      _ = try await client.putObject(
        PutObjectRequest(bucket: "visits", key: "a/ü b.json"), body: [1, 2, 3])
      _ = try await client.getObject(
        GetObjectRequest(bucket: "visits", key: "a/ü b.json"), limit: 100)
      _ = try await client.listObjectsV2(ListObjectsV2Request(bucket: "visits", prefix: "a/"))
      _ = try? await client.getObject(GetObjectRequest(bucket: "visits", key: "none"), limit: 100)
      _ = try await client.deleteObject(DeleteObjectRequest(bucket: "visits", key: "a/ü b.json"))
    }
    #expect(try await LambdaPeer.faults(.xRay, datagrams).allSatisfy(\.isEmpty))
    let ours = try Self.parsed(datagrams).filter { $0["namespace"] as? String == "aws" }
    let object = ["Bucket": "visits", "Key": "a/ü b.json"]
    let lines = try await LambdaPeer.write(
      "xray-sdk",
      [
        ["create_bucket", ["Bucket": "visits"]],
        ["put_object", object.merging(["Body": "abc"]) { $1 }], ["get_object", object],
        ["list_objects_v2", ["Bucket": "visits", "Prefix": "a/"]],
        ["get_object", ["Bucket": "visits", "Key": "none"]], ["delete_object", object],
      ])
    let theirs = try lines.split(separator: 0x0A).dropFirst().map {
      try LambdaObservabilityTests.object($0)
    }
    #expect(ours.count == theirs.count)
    for (our, their) in zip(ours, theirs) {
      var (ourAWS, theirAWS) = (
        our["aws"] as? [String: Any] ?? [:], their["aws"] as? [String: Any] ?? [:]
      )
      for key in ["request_id", "id_2"] {
        let our = ourAWS.removeValue(forKey: key) as? String
        let their = theirAWS.removeValue(forKey: key) as? String
        if key == "request_id" { #expect(our != nil && their != nil) }
      }
      #expect(ourAWS as NSDictionary == theirAWS as NSDictionary)
      #expect(our["http"] as? NSDictionary == their["http"] as? NSDictionary)
      #expect((our["name"] as? String)?.lowercased() == their["name"] as? String)
      let cause = (our["cause"] as? [String: Any])?["exceptions"] as? [[String: Any]]
      let theirCause = (their["cause"] as? [String: Any])?["exceptions"] as? [[String: Any]]
      #expect(cause?.count == theirCause?.count)
      #expect(cause?.first?["remote"] as? Bool == theirCause?.first?["remote"] as? Bool)
    }
    // Theirs hold to the same schema, but for what they send beyond it.
    let whole = theirs.map { document in
      var document = document
      document["in_progress"] = nil
      return document
    }
    let framed = try whole.map { document in
      Array("{\"format\":\"json\",\"version\":1}\n".utf8)
        + [UInt8](try JSONSerialization.data(withJSONObject: document))
    }
    #expect(try await LambdaPeer.faults(.xRay, framed).allSatisfy(\.isEmpty))
  }

  @Test("each attempt is a span within the call's, and sends the trace on without signing it")
  func attempts() async throws {
    let (datagrams, requests) = try await Self.documents { server, client in
      _ = try await client.putObject(PutObjectRequest(bucket: "visits", key: "a"), body: [1])
      server.service.state.withLock { $0.rules = [FaultRule(.slowDown(), occurrences: 1...2)] }
      _ = try await client.getObject(GetObjectRequest(bucket: "visits", key: "a"), limit: 100)
    }
    let documents = try Self.parsed(datagrams).filter { document in
      let http = document["http"] as? [String: [String: Any]]
      let method = http?["request"]?["method"] as? String
      let operation = (document["aws"] as? [String: Any])?["operation"] as? String
      return method == "GET" || operation == "GetObject"
    }
    #expect(documents.count == 4)
    let call = try #require(documents.last)
    let aws = try #require(call["aws"] as? [String: Any])
    #expect(aws["retries"] as? Int == 2)
    #expect(call["fault"] == nil)
    for attempt in documents.dropLast() {
      #expect(attempt["parent_id"] as? String == call["id"] as? String)
      #expect(attempt["namespace"] as? String == "remote")
    }
    #expect(documents.map { $0["fault"] as? Bool ?? false } == [true, true, false, false])
    let id = try #require(call["id"] as? String)
    let sent = requests.filter { $0.method == "GET" }
    #expect(sent.count == 3)
    for request in sent {
      let header = try #require(request.header("X-Amzn-Trace-Id"))
      #expect(header.contains("Parent=\(id);Sampled=1"))
      let authorization = try #require(request.header("Authorization"))
      #expect(!authorization.lowercased().contains("trace"))
    }
  }

  @Test("an answer that cannot be used is a fault, one that says not modified is none")
  func unusable() async throws {
    let (datagrams, _) = try await Self.documents { server, client in
      let put = try await client.putObject(
        PutObjectRequest(bucket: "visits", key: "a"), body: [1, 2])
      _ = try? await client.getObject(
        GetObjectRequest(bucket: "visits", key: "a", ifNoneMatch: put.eTag), limit: 100)
      _ = try? await client.getObject(GetObjectRequest(bucket: "visits", key: "a"), limit: 1)
      server.service.state.withLock {
        $0.rules = [
          FaultRule(.toAnswer(.body(Array("<nothing/>".utf8))), occurrences: 1...9)
        ]
      }
      _ = try? await client.listObjectsV2(ListObjectsV2Request(bucket: "visits"))
    }
    #expect(try await LambdaPeer.faults(.xRay, datagrams).allSatisfy(\.isEmpty))
    let calls = try Self.parsed(datagrams).filter { $0["namespace"] as? String == "aws" }
    #expect(calls.map { $0["fault"] as? Bool ?? false } == [false, false, true, true])
    #expect(calls.map { $0["cause"] != nil } == [false, true, true, true])
  }

  @Test("of a trace that is not sampled there are none, and the header says so on")
  func unsampled() async throws {
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
    let (datagrams, requests) = try await Self.documents(header) { _, client in
      _ = try await client.putObject(PutObjectRequest(bucket: "visits", key: "a"), body: [1])
    }
    #expect(datagrams.isEmpty)
    #expect(requests.map { $0.header("X-Amzn-Trace-Id") } == [header])
  }

  @Test("without a tracer nothing is sent on, and nothing is recorded")
  func untraced() async throws {
    try await S3TestServer.run { server in
      server.createBucket("visits")
      let client = S3Client(
        configuration: S3Configuration(
          region: "us-east-1", endpoint: S3EndpointSettings(url: server.endpoint)),
        credentials: StaticCredentialProvider(
          AWSCredentials(
            accessKeyID: Account.standard.accessKeyID,
            secretAccessKey: Account.standard.secretAccessKey)))
      try await LambdaInvocation.$current.withValue(testInvocation()) {
        _ = try await client.putObject(PutObjectRequest(bucket: "visits", key: "a"), body: [1])
      }
      try await client.shutdown()
      let requests = server.service.state.withLock { $0.requests }
      #expect(requests.allSatisfy { $0.header("X-Amzn-Trace-Id") == nil })
    }
  }

  @Test("async-http-client's own spans are children of the span around the request")
  func asyncHTTPClient() async throws {
    let daemon = try DatagramReceiver()
    let tracer = try daemon.tracer()
    try await S3TestServer.run { server in
      try await withTracer(tracer) {
        let client = HTTPClient(configuration: HTTPClient.Configuration())
        try await LambdaInvocation.$current.withValue(testInvocation()) {
          try await tracer.withSpan("ask") { _ in
            _ = try await client.execute(
              HTTPClientRequest(url: "\(server.endpoint)/none?x=1"), timeout: .seconds(30))
          }
        }
        try await client.shutdown()
      }
      let datagrams = daemon.received()
      #expect(try await LambdaPeer.faults(.xRay, datagrams).allSatisfy(\.isEmpty))
      let documents = try Self.parsed(datagrams)
      #expect(documents.count == 2)
      #expect(documents[0]["parent_id"] as? String == documents[1]["id"] as? String)
      #expect(documents[0]["namespace"] as? String == "remote")
      #expect(documents[0]["error"] as? Bool == true)
      let http = documents[0]["http"] as? [String: [String: Any]]
      #expect(http?["request"]?["url"] as? String == "\(server.endpoint)/none")
      let sent = server.service.state.withLock { $0.requests }
      let header = sent.first?.header("X-Amzn-Trace-Id") ?? ""
      #expect(header.hasPrefix("Root=1-5759e988-bd862e3fe1be46a994272793;Parent="))
    }
  }
}
