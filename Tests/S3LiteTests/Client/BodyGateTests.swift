import AsyncHTTPClient
import NIOCore
import Synchronization
import Testing

@testable import S3Lite

@Suite("How pieces get to a connection", .timeLimit(.minutes(5)))
struct BodyGateTests {
  struct Broken: Error {}

  /// Takes note of what is written, and says nothing of having sent it.
  final class Connection: Sendable {
    let eventLoop = HTTPClient.defaultEventLoopGroup.any()
    let written = Mutex<[ByteBuffer]>([])

    var writer: HTTPClient.Body.StreamWriter {
      HTTPClient.Body.StreamWriter { [self] part in
        if case .byteBuffer(let piece) = part { written.withLock { $0.append(piece) } }
        return eventLoop.makeSucceededVoidFuture()
      }
    }

    /// Runs on the event loop, as the HTTP client calls its delegate.
    func call<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async throws -> Result {
      try await eventLoop.submit(body).get()
    }
  }

  static func stream(_ pieces: [ByteBuffer], failure: (any Error)? = nil) throws -> EncodedStream {
    let length = pieces.reduce(0) { $0 + $1.readableBytes } + (failure == nil ? 0 : 1)
    return try EncodedStream(
      RequestStream(AsyncList(pieces, failure: failure), length: length, isReplayable: false),
      trailer: nil)
  }

  @Test("what the pieces throw after an early answer waits for the answer's end")
  func held() async throws {
    let connection = Connection()
    let gate = BodyGate(on: connection.eventLoop, watch: StallWatch(S3Timeouts()))
    let body = try await connection.call { gate.open(connection.writer) }
    let isOver = Atomic(false)
    body.whenComplete { _ in isOver.store(true, ordering: .relaxed) }
    try await connection.call { gate.hold() }
    await gate.write(try Self.stream([], failure: Broken()))
    try await connection.call {}
    #expect(isOver.load(ordering: .relaxed) == false)
    try await connection.call { gate.end() }
    let error = await #expect(throws: BodyFailure.self) { try await body.get() }
    #expect(error?.underlying is Broken)
  }

  @Test("a piece follows when the one before it has been sent, and none after the end")
  func paced() async throws {
    let connection = Connection()
    let gate = BodyGate(on: connection.eventLoop, watch: StallWatch(S3Timeouts()))
    let pieces = (1...3).map { ByteBuffer(repeating: $0, count: 2) }
    let stream = try Self.stream(pieces)
    let writing = Task { await gate.write(stream) }
    let body = try await connection.call { gate.open(connection.writer) }
    for count in 1...2 {
      while connection.written.withLock({ $0.count }) < count { await Task.yield() }
      // Time enough for another one that did not wait.
      try await Task.sleep(for: .milliseconds(20))
      #expect(connection.written.withLock { $0 } == Array(pieces.prefix(count)))
      if count == 1 { try await connection.call { gate.didSend() } }
    }
    try await connection.call { gate.end() }
    await writing.value
    await #expect(throws: CancellationError.self) { try await body.get() }
    #expect(connection.written.withLock { $0.count } == 2)
  }
}
