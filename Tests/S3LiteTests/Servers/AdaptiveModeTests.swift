import NIOCore
import S3TestServer
import Testing

@testable import S3Lite

@Suite("Adaptive mode", .timeLimit(.minutes(5)))
struct AdaptiveModeTests {
  let request = PutObjectRequest(bucket: "bucket", key: "key")

  /// A client whose clock goes on only when somebody sleeps.
  func withClient(
    _ body: (S3TestServer, S3Client, ManualTime) async throws -> Void
  ) async throws {
    let time = ManualTime(seconds: S3Service.systemClock())
    try await withClient(time.source) { server, client in try await body(server, client, time) }
  }

  func withClient(
    _ time: TimeSource, _ body: (S3TestServer, S3Client) async throws -> Void
  ) async throws {
    try await S3TestServer.run { server in
      server.createBucket("bucket")
      let retry = RetryConfiguration(mode: .adaptive)
      let client = S3Client(
        configuration: S3Configuration(
          region: "us-east-1", endpoint: S3EndpointSettings(url: server.endpoint), retry: retry),
        credentials: StaticCredentialProvider(.testServer),
        retries: RetryController(retry, time: time, random: { 0 }))
      do {
        try await body(server, client)
        try await client.shutdown()
      } catch {
        try? await client.shutdown()
        throw error
      }
    }
  }

  @Test("After a SlowDown requests wait for their turn; before it nobody waits")
  func slowDown() async throws {
    try await withClient { server, client, time in
      for _ in 0..<3 { try await client.putObject(request, body: [1]) }
      #expect(time.sleeps.isEmpty)
      server.inject(.slowDown())
      // Full jitter with 0 retries at once: what is waited for is the rate alone.
      for _ in 0..<3 { try await client.putObject(request, body: [1]) }
      #expect(time.sleeps.reduce(.zero, +) > .seconds(1))
      #expect(server.requests.count == 7)
    }
  }

  @Test("A SlowDown counts that comes to a request which cannot be repeated")
  func unrepeatable() async throws {
    try await withClient { server, client, time in
      server.inject(.slowDown())
      let before = client.retries.budgetAvailable
      let error = try await s3Error {
        try await client.putObject(
          request, body: AsyncList([ByteBuffer(repeating: 1, count: 10)]), length: 10)
      }
      #expect(error?.code == .slowDown)
      #expect(error?.bucket == "bucket")
      #expect(server.requests.count == 1)
      // It takes nothing from the budget for retries, since there is none.
      #expect(client.retries.budgetAvailable == before)
      try await client.putObject(request, body: [1])
      #expect(!time.sleeps.isEmpty)
    }
  }

  @Test("A deadline ends a call that waits for its turn")
  func deadline() async throws {
    let system = TimeSource.system
    // A clock that stands still, so that no turn ever comes.
    let time = TimeSource(
      wallClock: system.wallClock, monotonic: { .zero },
      sleep: { _ in try await Task.sleep(for: .seconds(3_600)) })
    try await withClient(time) { server, client in
      server.inject(.slowDown())
      let error = try await s3Error {
        _ = try await client.listObjectsV2(
          ListObjectsV2Request(bucket: "bucket"),
          options: S3RequestOptions(deadline: .now + .seconds(1)))
      }
      #expect(error?.code == .deadlineExceeded)
      #expect(server.requests.count <= 1)
    }
  }
}
