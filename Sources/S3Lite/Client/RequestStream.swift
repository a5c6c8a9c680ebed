internal import AsyncHTTPClient
internal import NIOCore
import Synchronization

/// The body of a request in pieces, as its caller has them.
struct RequestStream: Sendable {
  typealias Next = () async throws -> ByteBuffer?

  /// How many bytes there are in all.
  let length: Int
  /// Whether it can be read more than once.
  let isReplayable: Bool
  /// Begins to read.
  let makeNext: @Sendable () -> Next
  private let begun = Begun()

  private final class Begun: Sendable {
    let value = Atomic(false)
  }

  /// A body that a sequence yields.
  init<Pieces: AsyncSequence & Sendable>(
    _ pieces: Pieces, length: Int, isReplayable: Bool
  ) where Pieces.Element == ByteBuffer {
    self.length = length
    self.isReplayable = isReplayable
    makeNext = {
      var iterator = pieces.makeAsyncIterator()
      return { try await iterator.next() }
    }
  }

  /// Whether the body can be sent: it is replayable, or nothing of it has been read yet.
  var canBeSent: Bool { isReplayable || !begun.value.load(ordering: .relaxed) }

  /// Reads the body, and hands each piece to a function.
  ///
  /// - Throws: What the sequence or the function throws, and ``S3Error/Code/bodyLengthMismatch``.
  func forEach(_ body: (ByteBuffer) async throws -> Void) async throws {
    begun.value.store(true, ordering: .relaxed)
    let next = makeNext()
    var left = length
    while let piece = try await next() {
      if piece.readableBytes == 0 { continue }
      guard piece.readableBytes <= left else {
        throw S3Error(
          .bodyLengthMismatch, "The body has more than the \(length) bytes announced.")
      }
      left -= piece.readableBytes
      try await body(piece)
    }
    guard left == 0 else {
      throw S3Error(
        .bodyLengthMismatch, "The body ended \(left) bytes before the \(length) announced.")
    }
  }
}

/// Hands what a task has to write to the connection that asks for it.
final class BodyGate: Sendable {
  private struct State {
    var writer: HTTPClient.Body.StreamWriter?
    var waiting: CheckedContinuation<HTTPClient.Body.StreamWriter, any Error>?
    var isCancelled = false
  }

  private let done: EventLoopPromise<Void>
  private let state = Mutex(State())

  init(on eventLoop: any EventLoop) {
    done = eventLoop.makePromise()
  }

  /// The connection is there. The future completes with the body.
  func open(_ writer: HTTPClient.Body.StreamWriter) -> EventLoopFuture<Void> {
    let waiting = state.withLock { state in
      state.writer = writer
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: writer)
    return done.futureResult
  }

  /// Writes a body; each piece waits for the connection to take it.
  func write(_ send: (HTTPClient.Body.StreamWriter) async throws -> Void) async {
    do {
      try await send(try await writer())
      done.succeed()
    } catch {
      done.fail(error)
    }
  }

  private func writer() async throws -> HTTPClient.Body.StreamWriter {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let ready = state.withLock { state -> Result<HTTPClient.Body.StreamWriter, any Error>? in
          if let writer = state.writer { return .success(writer) }
          if state.isCancelled { return .failure(CancellationError()) }
          state.waiting = continuation
          return nil
        }
        if let ready { continuation.resume(with: ready) }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        state.isCancelled = true
        defer { state.waiting = nil }
        return state.waiting
      }
      waiting?.resume(throwing: CancellationError())
    }
  }
}
