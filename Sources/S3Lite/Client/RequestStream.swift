internal import NIOCore
import Synchronization

/// What the pieces of a body have thrown: nothing that another attempt could change.
struct BodyFailure: Error {
  /// The error.
  var underlying: any Error
}

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
  /// - Throws: ``BodyFailure`` for what the sequence throws, what the function throws, and
  ///   ``S3Error/Code/bodyLengthMismatch``.
  func forEach(_ body: (ByteBuffer) async throws -> Void) async throws {
    begun.value.store(true, ordering: .relaxed)
    let next = makeNext()
    func nextPiece() async throws -> ByteBuffer? {
      do {
        return try await next()
      } catch {
        throw BodyFailure(underlying: error)
      }
    }
    var left = length
    // The last piece waits until it is known that nothing follows: S3 must not get a whole body of
    // which the caller is told that it is the wrong one.
    var last: ByteBuffer?
    while let piece = try await nextPiece() {
      if piece.readableBytes == 0 { continue }
      guard piece.readableBytes <= left else {
        throw S3Error(
          .bodyLengthMismatch, "The body has more than the \(length) bytes announced.")
      }
      left -= piece.readableBytes
      if left == 0 { last = piece } else { try await body(piece) }
    }
    guard left == 0 else {
      throw S3Error(
        .bodyLengthMismatch, "The body ended \(left) bytes before the \(length) announced.")
    }
    if let last { try await body(last) }
  }
}
