internal import AsyncHTTPClient
internal import NIOCore
import Synchronization

/// Hands the pieces of a body, one after the other, to the connection that asks for them.
///
/// A piece is followed by the next one when the connection has sent it. The HTTP client's own sign
/// that it can take more, the future of a write, is not waited for: where a request fails, or is
/// answered before its body has been sent, that future is never completed.
final class BodyGate: BodyFeed {
  private struct State {
    var writer: HTTPClient.Body.StreamWriter?
    /// Who waits for the connection, or for its piece to be sent.
    var waiting: CheckedContinuation<Void, any Error>?
    /// What is to be written.
    var piece: ByteBuffer?
    /// How many bytes have not been written yet.
    var left = 0
    var isDone = false
    var isHeld = false
    var isEnded = false
    /// How the body ended while it was held.
    var result: Result<Void, any Error>?
  }

  let eventLoop: any EventLoop
  private let watch: StallWatch
  private let done: EventLoopPromise<Void>
  private let state = Mutex(State())

  /// A gate for one request.
  ///
  /// - Parameters:
  ///   - eventLoop: Where the request's delegate is called.
  ///   - watch: What notices that a piece is not sent in time.
  init(on eventLoop: any EventLoop, watch: StallWatch) {
    self.eventLoop = eventLoop
    self.watch = watch
    done = eventLoop.makePromise()
  }

  var waitsForSource: Bool { true }

  /// Writes a body, from the moment when the connection is there.
  func write(_ stream: EncodedStream) async {
    state.withLock { $0.left = stream.encodedLength }
    do {
      try await pass(nil)
      try await stream.write { try await pass($0) }
      finish(.success(()))
    } catch {
      finish(.failure(error))
    }
  }

  /// Waits until a piece has been sent; without one, until the connection is there.
  private func pass(_ piece: ByteBuffer?) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        // Within the lock, so that a cancellation either shows here or finds who waits.
        let outcome = state.withLock { state -> Result<Void, any Error>? in
          if state.isEnded || Task.isCancelled { return .failure(CancellationError()) }
          if piece == nil, state.writer != nil { return .success(()) }
          state.waiting = continuation
          state.piece = piece
          return nil
        }
        if let outcome {
          continuation.resume(with: outcome)
        } else if piece != nil {
          eventLoop.execute { self.writePiece() }
        }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        state.piece = nil
        defer { state.waiting = nil }
        return state.waiting
      }
      waiting?.resume(throwing: CancellationError())
    }
  }

  /// On the event loop, so that no answer comes between the look and the write.
  private func writePiece() {
    let next = state.withLock { state -> (HTTPClient.Body.StreamWriter, ByteBuffer, Bool)? in
      guard !state.isHeld, !state.isEnded, let writer = state.writer, let piece = state.piece
      else { return nil }
      state.piece = nil
      state.left -= piece.readableBytes
      return (writer, piece, state.left == 0)
    }
    guard let (writer, piece, isLast) = next else { return }
    watch.sending(piece.readableBytes)
    _ = writer.write(.byteBuffer(piece))
    if isLast { finish(.success(())) }
  }

  private func finish(_ result: Result<Void, any Error>) {
    let isNow = state.withLock { state in
      if state.isDone { return false }
      if state.isHeld, !state.isEnded {
        state.result = result
        return false
      }
      state.isDone = true
      return true
    }
    if isNow { done.completeWith(result) }
  }

  // MARK: What the connection says; all of it on the event loop

  func open(_ writer: HTTPClient.Body.StreamWriter) -> EventLoopFuture<Void> {
    let waiting = state.withLock { state in
      state.writer = writer
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume()
    return done.futureResult
  }

  /// The piece has been sent.
  func didSend() {
    let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      if state.isHeld { return nil }
      defer { state.waiting = nil }
      return state.waiting
    }
    guard let waiting else { return }
    // Now it is the body's source that is waited for.
    watch.pause()
    waiting.resume()
  }

  /// An answer has begun that makes the rest of the body needless. Who writes waits for the request
  /// to end, since the HTTP client takes the end of a body, if only by an error, for that of the
  /// request.
  func hold() {
    state.withLock { $0.isHeld = true }
  }

  /// The request has ended.
  func end() {
    let (waiting, result) = state.withLock { state in
      state.isEnded = true
      defer {
        state.waiting = nil
        state.result = nil
      }
      return (state.waiting, state.result)
    }
    waiting?.resume(throwing: CancellationError())
    if let result { done.completeWith(result) }
  }
}
