import S3Lite
import S3TestServer
import Testing

/// Whatever a call is waiting for, its deadline and the cancellation of its task end it. The waits
/// would be an hour long otherwise.
@Suite("Deadlines and cancellation", .timeLimit(.minutes(1)))
struct DeadlineTests {
  static let stalls: [(String, Fault)] = [
    ("at the head", Fault(.atHead, .silence)),
    ("before the answer", Fault(.beforeEffect, .silence)),
    ("in the body", .toAnswer(.silenceInBody(after: 2))),
    ("asking to wait", .slowDown(retryAfter: 3_600)),
  ]
  let request = GetObjectRequest(bucket: "bucket", key: "key")

  /// A server that stalls, and a client that really waits.
  func withStall(_ fault: Fault, _ body: (S3TestServer, S3Client) async throws -> Void) async throws
  {
    try await S3TestServer.run { server in
      server.createBucket("bucket")
      server.put("key", in: "bucket", [1, 2, 3, 4])
      server.inject(fault, occurrences: 1...1_000)
      var configuration = S3Configuration(
        region: "us-east-1", endpoint: S3EndpointSettings(url: server.endpoint),
        retry: RetryConfiguration(maxRetryAfter: .seconds(3_600)),
        timeouts: S3Timeouts(firstByte: .seconds(3_600), idle: .seconds(3_600)))
      configuration.concurrency = S3ConcurrencyLimits(minimum: 1, initial: 1, maximum: 1)
      let credentials = AWSCredentials(
        accessKeyID: Account.standard.accessKeyID,
        secretAccessKey: Account.standard.secretAccessKey)
      let client = S3Client(
        configuration: configuration, credentials: StaticCredentialProvider(credentials))
      do {
        try await body(server, client)
        try await client.shutdown()
      } catch {
        try? await client.shutdown()
        throw error
      }
    }
  }

  @Test("a deadline ends a call", arguments: stalls)
  func deadline(_ stall: (String, Fault)) async throws {
    try await withStall(stall.1) { server, client in
      let options = S3RequestOptions(deadline: .now + .milliseconds(300))
      let error = try await s3Error {
        _ = try await client.getObject(request, limit: 4, options: options)
      }
      #expect(error?.code == .deadlineExceeded)
      #expect(error?.mayHaveSucceeded == false)
    }
  }

  @Test("a deadline that has passed sends nothing, and one ahead does not matter")
  func passed() async throws {
    try await withServerAndClient { server, client in
      server.put("key", in: "bucket", [1])
      let passed = S3RequestOptions(deadline: .now - .seconds(1))
      let error = try await s3Error {
        _ = try await client.client.getObject(request, limit: 1, options: passed)
      }
      #expect(error?.code == .deadlineExceeded)
      #expect(server.requests.isEmpty)
      let ahead = S3RequestOptions(deadline: .now + .seconds(3_600))
      _ = try await client.client.getObject(request, limit: 1, options: ahead)
    }
  }

  @Test("a write that its deadline ends says that it may have succeeded")
  func write() async throws {
    try await withStall(.toAnswer(.silence)) { server, client in
      let options = S3RequestOptions(deadline: .now + .milliseconds(300))
      let error = try await s3Error {
        try await client.putObject(
          PutObjectRequest(bucket: "bucket", key: "new"), body: [1], options: options)
      }
      #expect(error?.code == .deadlineExceeded)
      #expect(error?.mayHaveSucceeded == true)
    }
  }

  @Test("cancelling a task ends its call, and the connection", arguments: stalls)
  func cancellation(_ stall: (String, Fault)) async throws {
    try await withStall(stall.1) { server, client in
      let task = Task { try await client.getObject(request, limit: 4) }
      while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      // The one connection that there may be is free again.
      server.change { $0.rules = [] }
      let result = try await client.getObject(request, limit: 4)
      #expect(result.body == [1, 2, 3, 4])
    }
  }

  @Test("a deadline ends a call that waits for credentials")
  func credentials() async throws {
    struct Stuck: AWSCredentialProvider {
      func credentials() async throws -> AWSCredentials {
        try await Task.sleep(for: .seconds(3_600))
        return .testServer
      }
    }
    try await S3TestServer.run { server in
      try await TestClient.run(server.endpoint, provider: Stuck()) { test in
        let options = S3RequestOptions(deadline: .now + .milliseconds(200))
        let error = try await s3Error {
          _ = try await test.client.getObject(request, limit: 4, options: options)
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(server.requests.isEmpty)
      }
    }
  }

  @Test("a call that waits for its turn ends, too")
  func waiting() async throws {
    try await withStall(Fault(.beforeEffect, .silence)) { server, client in
      let first = Task { try await client.getObject(request, limit: 4) }
      while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      let options = S3RequestOptions(deadline: .now + .milliseconds(200))
      let error = try await s3Error {
        _ = try await client.getObject(request, limit: 4, options: options)
      }
      #expect(error?.code == .deadlineExceeded)
      let second = Task { try await client.getObject(request, limit: 4) }
      try await Task.sleep(for: .milliseconds(50))
      second.cancel()
      await #expect(throws: CancellationError.self) { try await second.value }
      #expect(server.requests.count == 1)
      first.cancel()
      await #expect(throws: CancellationError.self) { try await first.value }
    }
  }
}
