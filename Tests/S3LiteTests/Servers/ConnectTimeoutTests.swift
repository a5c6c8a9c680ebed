import NIOCore
import NIOPosix
import Testing

@testable import S3Lite

@Suite("Connections that do not come about", .timeLimit(.minutes(5)))
struct ConnectTimeoutTests {
  @Test("a server that takes no connection in time is a timeout, and nothing has been sent")
  func full() async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    // Nobody accepts: once the line of the system is full, it passes over who asks.
    let server = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1)
      .serverChannelOption(.autoRead, value: false)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(server.localAddress?.port)
    var filling: [any Channel] = []
    for _ in 0..<8 {
      let connected = try? await ClientBootstrap(group: group)
        .connectTimeout(.seconds(2)).connect(host: "127.0.0.1", port: port).get()
      guard let connected else { break }
      filling.append(connected)
    }
    try await TestClient.run(
      "http://127.0.0.1:\(port)", change: { $0.timeouts.connect = .milliseconds(200) }
    ) { test in
      let error = try await s3Error {
        try await test.client.putObject(
          PutObjectRequest(bucket: "bucket", key: "key"), body: [1])
      }
      #expect(error?.code == .timedOut)
      #expect(error?.mayHaveSucceeded == false)
      #expect(test.waits.all.count == 2)
      #expect(test.client.limiter.usage.inFlight == 0)
    }
    for channel in filling { try await channel.close() }
    try await server.close()
  }
}
