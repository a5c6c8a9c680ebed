internal import AsyncHTTPClient
internal import NIOCore
import Synchronization

/// A body in memory, which is handed to the connection in pieces.
final class BufferedBody: BodyFeed {
  /// Where it is written, and what is completed with the last piece.
  private typealias Connection = (
    writer: HTTPClient.Body.StreamWriter, done: EventLoopPromise<Void>
  )

  private struct State {
    var rest: ByteBuffer
    var connection: Connection?
    var isHeld = false
  }

  /// How many bytes a piece has at most: with a header less than the 64 KiB from which on the HTTP
  /// client lets pieces wait. What it keeps for a piece that waits it forgets when the request fails.
  static let pieceSize = 48 << 10

  let eventLoop: any EventLoop
  private let state: Mutex<State>

  /// A body of these bytes.
  ///
  /// - Parameter eventLoop: Where the request's delegate is called.
  init(_ bytes: ByteBuffer, on eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    state = Mutex(State(rest: bytes))
  }

  var waitsForSource: Bool { false }

  func open(_ writer: HTTPClient.Body.StreamWriter) -> EventLoopFuture<Void> {
    let done = eventLoop.makePromise(of: Void.self)
    state.withLock { $0.connection = (writer, done) }
    didSend()
    return done.futureResult
  }

  /// Writes the next piece.
  func didSend() {
    let next = state.withLock { state -> (Connection, ByteBuffer, Bool)? in
      guard !state.isHeld, let connection = state.connection,
        let piece = state.rest.readPiece(ofAtMost: BufferedBody.pieceSize)
      else { return nil }
      let isLast = state.rest.readableBytes == 0
      if isLast { state.connection = nil }
      return (connection, piece, isLast)
    }
    guard let (connection, piece, isLast) = next else { return }
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

extension ByteBuffer {
  /// Takes the next bytes, as many as there are but no more than `size`; nil where there are none.
  mutating func readPiece(ofAtMost size: Int) -> ByteBuffer? {
    readableBytes > 0 ? readSlice(length: min(readableBytes, size)) : nil
  }
}
