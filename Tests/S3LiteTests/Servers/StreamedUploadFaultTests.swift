import NIOCore
import NIOHTTP1
import S3TestServer
import Synchronization
import Testing

@testable import S3Lite

/// Bodies that are larger than all buffers on the way, so that whoever writes them waits for the
/// server, which then fails, stalls, or answers early.
@Suite("Uploads in pieces that are cut off", .timeLimit(.minutes(5)))
struct StreamedUploadFaultTests {
  static let size = 6 << 20
  static let pieces = AsyncList(
    [ByteBuffer](repeating: ByteBuffer(repeating: 7, count: 64 << 10), count: size / (64 << 10)))
  let request = PutObjectRequest(bucket: "bucket", key: "key")

  func withServer(
    stall: Duration = .seconds(3_600), _ fault: Fault,
    _ body: (S3TestServer, S3Client) async throws -> Void
  ) async throws {
    var configuration = S3Service.Configuration()
    configuration.receiveBuffer = 64 << 10
    try await withServerAndClient(stall: stall, server: configuration) { server, test in
      server.inject(fault, on: .putObject, occurrences: 1...100)
      try await body(server, test.client)
      // Whatever became of the request, it has given everything back.
      #expect(test.client.limiter.usage.inFlight == 0)
      #expect(test.client.streamedUploads.usage.inFlight == 0)
      #expect(test.client.transport.budget.usage == (0, 0))
      server.change { $0.rules = [] }
      try await test.client.putObject(request, body: [1, 2, 3])
      #expect(server.object("key", in: "bucket")?.body == [1, 2, 3])
    }
  }

  func put(
    _ client: S3Client, isReplayable: Bool = false, deadline: Duration? = nil
  ) async throws {
    try await client.putObject(
      request, body: Self.pieces, length: Self.size, isReplayable: isReplayable,
      options: S3RequestOptions(deadline: deadline.map { .now + $0 }))
  }

  static let ends: [(String, Fault.Manner)] = [("reset", .reset), ("closed", .close)]

  @Test("A connection that ends in the middle is an error", arguments: ends, [true, false])
  func ended(_ end: (String, Fault.Manner), _ isReplayable: Bool) async throws {
    try await withServer(Fault(.inBody(after: 1 << 20), end.1)) { server, client in
      let error = try await s3Error { try await put(client, isReplayable: isReplayable) }
      #expect(error?.code == .connectionFailed)
      #expect(error?.mayHaveSucceeded == true)
      #expect(server.requests.count == (isReplayable ? 3 : 1))
    }
  }

  @Test("A deadline ends one that the server takes no more of")
  func deadline() async throws {
    try await withServer(Fault(.inBody(after: 1 << 20), .silence)) { _, client in
      let error = try await s3Error { try await put(client, deadline: .seconds(1)) }
      #expect(error?.code == .deadlineExceeded)
      #expect(error?.mayHaveSucceeded == true)
    }
  }

  @Test("Cancelling the task ends one that the server takes no more of")
  func cancellation() async throws {
    try await withServer(Fault(.inBody(after: 1 << 20), .silence)) { server, client in
      let task = Task { try await put(client) }
      while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      try await Task.sleep(for: .milliseconds(300))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test("One that the server takes no more of times out")
  func stall() async throws {
    try await withServer(stall: .seconds(1), Fault(.inBody(after: 1 << 20), .silence)) {
      _, client in
      let error = try await s3Error { try await put(client) }
      #expect(error?.code == .timedOut)
      #expect(error?.mayHaveSucceeded == true)
    }
  }

  static let refusals: [(String, Fault.Manner, Int)] = [
    ("with a body", .failure(S3Failure(403, "AccessDenied", "No.")), 403),
    ("without a body", .answer(ServedAnswer(403)), 403),
    ("with a header alone", .silenceInBody(after: 0), 500),
    ("whose end comes late", .lateEnd(after: .milliseconds(200)), 500),
    ("whose end never comes", .lateEnd(after: .seconds(3_600)), 500),
  ]

  @Test(
    "An answer that comes early is the error, whatever of the body is left", arguments: refusals)
  func early(_ refusal: (String, Fault.Manner, Int)) async throws {
    try await withServer(Fault(.inBody(after: 1 << 20), refusal.1)) { server, client in
      let error = try await s3Error { try await put(client) }
      #expect(error?.httpStatus == refusal.2)
      if refusal.0 == "with a body" { #expect(error?.code == .accessDenied) }
      #expect(server.requests.count == 1)
    }
  }

  @Test("An answer counts whose connection is closed right behind it", arguments: [true, false])
  func closedBehind(_ isStreamed: Bool) async throws {
    try await withServer(Fault.toAnswer(.closeInBody(after: 0))) { server, client in
      for count in 1...10 {
        // Before the client takes notice, it may try a connection that is closed; that is repeated,
        // and the server never sees it.
        if isStreamed {
          try await put(client, isReplayable: true)
        } else {
          try await client.putObject(request, body: [UInt8](repeating: 7, count: Self.size))
        }
        #expect(server.requests.count == count)
      }
    }
  }

  @Test("An early SlowDown is waited out where the pieces can be read again")
  func slowDown() async throws {
    let fault = Fault(.inBody(after: 1 << 20), .failure(S3Failure(503, "SlowDown", "Slower.")))
    try await withServer(fault) { server, client in
      server.change { $0.rules = [] }
      server.inject(fault, on: .putObject, occurrences: 1...2)
      try await put(client, isReplayable: true)
      #expect(server.requests(.putObject).count == 3)
      #expect(server.object("key", in: "bucket")?.body.count == Self.size)
    }
  }

  @Test("An early refusal that ends with the connection is read")
  func earlyThenClosed() async throws {
    let refusal = S3Failure(403, "AccessDenied", "No.", headers: [("Connection", "close")])
    try await withServer(Fault(.atHead, .failure(refusal))) { _, client in
      let error = try await s3Error { try await put(client) }
      #expect(error?.code == .accessDenied)
    }
  }

  @Test("What the pieces throw is thrown, and ends the request")
  func sourceThrows() async throws {
    struct Broken: Error {}
    try await withServerAndClient { server, test in
      let pieces = AsyncList(
        [ByteBuffer](repeating: ByteBuffer(repeating: 7, count: 1 << 20), count: 3),
        failure: Broken())
      await #expect(throws: Broken.self) {
        try await test.client.putObject(request, body: pieces, length: Self.size)
      }
      #expect(server.object("key", in: "bucket") == nil)
      #expect(server.requests.count == 1)
      #expect(test.client.streamedUploads.usage.inFlight == 0)
    }
  }

  /// Pieces that can be read once, although whoever sends them was told that they can be read again.
  struct ReadOnce: AsyncSequence, Sendable {
    final class Count: Sendable { let value = Atomic(0) }
    let count = Count()

    struct AsyncIterator: AsyncIteratorProtocol {
      let isFirst: Bool
      var isAtEnd = false

      mutating func next() async throws -> ByteBuffer? {
        if !isFirst { throw S3Error(.noSuchKey, "The source is gone.") }
        defer { isAtEnd = true }
        return isAtEnd ? nil : ByteBuffer(repeating: 1, count: 10)
      }
    }

    func makeAsyncIterator() -> AsyncIterator {
      AsyncIterator(isFirst: count.value.add(1, ordering: .relaxed).newValue == 1)
    }
  }

  @Test("What the pieces throw after an attempt without an answer says that it may have succeeded")
  func sourceThrowsLater() async throws {
    try await withServerAndClient { server, test in
      server.inject(.toAnswer(.close))
      let error = try await s3Error {
        try await test.client.putObject(
          request, body: ReadOnce(), length: 10, isReplayable: true)
      }
      #expect(error?.code == .noSuchKey)
      #expect(error?.mayHaveSucceeded == true)
      #expect(server.object("key", in: "bucket") != nil)
    }
  }

  @Test("Waiting for the pieces is no stall")
  func slowSource() async throws {
    try await withServerAndClient(stall: .seconds(4)) { server, test in
      let (pieces, source) = AsyncThrowingStream.makeStream(of: ByteBuffer.self)
      let feeding = Task {
        for byte in 1...3 as ClosedRange<UInt8> {
          if byte == 2 { try await Task.sleep(for: .seconds(6)) }
          source.yield(ByteBuffer(repeating: byte, count: 70_000))
        }
        source.finish()
      }
      try await test.client.putObject(request, body: pieces, length: 210_000)
      try await feeding.value
      #expect(server.requests.count == 1)
      #expect(server.object("key", in: "bucket")?.body.count == 210_000)
    }
  }

  @Test("A body from memory that the server takes no more of times out")
  func stallFromMemory() async throws {
    var configuration = S3Service.Configuration()
    configuration.receiveBuffer = 64 << 10
    try await withServerAndClient(stall: .milliseconds(300), server: configuration) {
      server, test in
      server.inject(
        Fault(.inBody(after: 1 << 20), .silence), on: .putObject, occurrences: 1...100)
      var transport = test.client.transport
      transport.slowestUpload = 64 << 20
      let sent = OutgoingRequest(
        method: .PUT, url: "\(server.endpoint)/bucket/key", headers: [:],
        body: .bytes(ByteBuffer(repeating: 7, count: Self.size)))
      let error = try await s3Error {
        _ = try await transport.send(sent, limits: .init(allowed: 1_000))
      }
      #expect(error?.code == .timedOut)
    }
  }

  @Test(
    "More bytes than announced never make an object", arguments: [S3UploadChecksum.none, .crc32c])
  func surplus(_ checksum: S3UploadChecksum) async throws {
    try await withServerAndClient(change: { $0.uploadChecksum = checksum }) { server, test in
      let pieces = AsyncList([
        ByteBuffer(repeating: 1, count: 100), ByteBuffer(repeating: 2, count: 1),
      ])
      let error = try await s3Error {
        try await test.client.putObject(request, body: pieces, length: 100)
      }
      #expect(error?.code == .bodyLengthMismatch)
      #expect(error?.mayHaveSucceeded == false)
      try await Task.sleep(for: .milliseconds(100))
      #expect(server.object("key", in: "bucket") == nil)
    }
  }
}
