internal import AsyncHTTPClient
internal import NIOCore
import Synchronization

/// A body in memory, which is handed to the connection in pieces.
final class BufferedBody: BodyFeed {
  private struct State {
    var rest: ByteBuffer
    /// Where it is written, and what is completed with the last piece.
    var connection: (writer: HTTPClient.Body.StreamWriter, done: EventLoopPromise<Void>)?
    var isHeld = false
  }

  /// How many bytes a piece has at most: with a header less than the 64 KiB from which on the HTTP
  /// client lets pieces wait. What it keeps for a piece that waits it forgets when the request fails.
  static let pieceSize = 48 << 10

  /// Where the request's delegate is called.
  let eventLoop: any EventLoop
  private let state: Mutex<State>

  /// A body of these bytes, of which there is at least one.
  ///
  /// - Parameter eventLoop: Where the request's delegate is called.
  init(_ bytes: ByteBuffer, on eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    state = Mutex(State(rest: bytes))
  }

  var waitsForSource: Bool { false }

  /// The connection is there. The future completes with the last piece.
  func open(_ writer: HTTPClient.Body.StreamWriter) -> EventLoopFuture<Void> {
    let done = eventLoop.makePromise(of: Void.self)
    state.withLock { $0.connection = (writer, done) }
    didSend()
    return done.futureResult
  }

  /// Writes the next piece.
  func didSend() {
    let (piece, connection, isLast) = state.withLock { state in
      let piece =
        state.isHeld || state.connection == nil
        ? nil : state.rest.readSlice(length: min(state.rest.readableBytes, BufferedBody.pieceSize))
      let isLast = state.rest.readableBytes == 0
      defer { if piece != nil, isLast { state.connection = nil } }
      return (piece, state.connection, isLast)
    }
    guard let piece, let connection else { return }
    // As BodyGate, it does not wait for the future of a write.
    _ = connection.writer.write(.byteBuffer(piece))
    if isLast { connection.done.succeed() }
  }

  func hold() {
    state.withLock { $0.isHeld = true }
  }

  func end() {
    let connection = state.withLock { state in
      defer { state.connection = nil }
      return state.connection
    }
    connection?.done.fail(CancellationError())
  }
}
