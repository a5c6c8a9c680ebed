import S3TestServer
import Synchronization
import Testing

@testable import S3Lite

/// A client of a test's, whose waits before retries take no time and are taken note of.
struct TestClient {
  let client: S3Client
  let waits: Waits

  /// The waits that a client has asked for.
  final class Waits: Sendable {
    private let durations = Mutex<[Duration]>([])

    var all: [Duration] { durations.withLock { $0 } }

    func append(_ duration: Duration) {
      durations.withLock { $0.append(duration) }
    }
  }

  /// Runs `body` with a client, which is shut down after.
  ///
  /// - Parameters:
  ///   - account: Whose credentials sign; nil sends requests without a signature.
  ///   - provider: Where credentials come from, in place of the account.
  ///   - stall: How long the client waits for the first byte, and for the next.
  ///   - random: What full jitter multiplies with.
  static func run<Result>(
    _ endpoint: String, region: String = "us-east-1", account: Account? = .standard,
    provider: (any AWSCredentialProvider)? = nil, stall: Duration = .seconds(30),
    random: Double = 0.5, change: (inout S3Configuration) -> Void = { _ in },
    _ body: (TestClient) async throws -> Result
  ) async throws -> Result {
    var configuration = S3Configuration(
      region: region, endpoint: S3EndpointSettings(url: endpoint),
      timeouts: S3Timeouts(connect: .seconds(5), firstByte: stall, idle: stall))
    change(&configuration)
    let waits = Waits()
    let system = TimeSource.system
    let time = TimeSource(
      wallClock: system.wallClock, monotonic: system.monotonic,
      sleep: { duration in
        try Task.checkCancellation()
        waits.append(duration)
      })
    let credentials = account.map {
      AWSCredentials(
        accessKeyID: $0.accessKeyID, secretAccessKey: $0.secretAccessKey,
        sessionToken: $0.sessionToken)
    }
    let client = S3Client(
      configuration: configuration,
      credentials: provider ?? credentials.map { StaticCredentialProvider($0) },
      retries: RetryController(configuration.retry, time: time, random: { random }))
    do {
      let result = try await body(TestClient(client: client, waits: waits))
      try await client.shutdown()
      return result
    } catch {
      try? await client.shutdown()
      throw error
    }
  }
}

/// Calls `body` with a server that has the bucket `bucket`, and a client of it.
func withServerAndClient<Result>(
  stall: Duration = .seconds(30),
  server configuration: S3Service.Configuration = S3Service.Configuration(),
  change: (inout S3Configuration) -> Void = { _ in },
  _ body: (S3TestServer, TestClient) async throws -> Result
) async throws -> Result {
  try await S3TestServer.run(configuration) { server in
    server.createBucket("bucket")
    return try await TestClient.run(server.endpoint, stall: stall, change: change) { client in
      try await body(server, client)
    }
  }
}

/// The S3Error that a call throws; nil if it throws none.
func s3Error(_ call: () async throws -> Void) async throws -> S3Error? {
  do {
    try await call()
    return nil
  } catch let error as S3Error {
    return error
  }
}

/// Expects a call to give this.
func expect<Value: Equatable>(
  _ expected: Value, sourceLocation: SourceLocation = #_sourceLocation,
  _ call: () async throws -> Value
) async throws {
  let value = try await call()
  #expect(value == expected, sourceLocation: sourceLocation)
}
