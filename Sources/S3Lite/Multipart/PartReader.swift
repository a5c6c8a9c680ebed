internal import NIOCore

/// Gathers pieces into parts.
struct PartReader<Pieces: AsyncIteratorProtocol> where Pieces.Element == ByteBuffer {
  private var pieces: Pieces
  private let plan: PartPlan
  private var number = 0
  private var received = 0
  /// What was read and belongs to the parts that follow.
  private var rest = ByteBuffer()
  /// Whether the parts so far are all.
  private(set) var isAtEnd = false

  init(_ pieces: Pieces, _ plan: PartPlan) {
    self.pieces = pieces
    self.plan = plan
  }

  /// The next part, which is empty only where there is nothing at all; nil where there is none left.
  ///
  /// It looks ahead, so that ``isAtEnd`` is known together with the last part.
  ///
  /// - Throws: What the pieces throw, and ``S3Error/Code/bodyLengthMismatch``.
  mutating func next() async throws -> ByteBuffer? {
    if isAtEnd { return nil }
    number += 1
    guard number <= PartPlan.mostParts else {
      throw S3Error(.invalidRequest, "The body has more bytes than 10,000 parts can hold.")
    }
    let size = plan.size(ofPart: number)
    var part = rest
    rest = ByteBuffer()
    while part.readableBytes <= size {
      guard let piece = try await pieces.next() else {
        isAtEnd = true
        break
      }
      received += piece.readableBytes
      if let length = plan.length, received > length {
        throw S3Error(
          .bodyLengthMismatch, "The body has more than the \(length) bytes announced.")
      }
      guard piece.readableBytes <= BodyBuffer.capacity - part.readableBytes else {
        throw S3Error(.invalidRequest, "A piece has more bytes than memory takes at once.")
      }
      part.writeImmutableBuffer(piece)
    }
    if isAtEnd, let length = plan.length, received < length {
      throw S3Error(
        .bodyLengthMismatch,
        "The body ended \(length - received) bytes before the \(length) announced.")
    }
    guard part.readableBytes > size, let whole = part.readSlice(length: size) else { return part }
    // A copy, or both would keep the whole buffer alive.
    rest = ByteBuffer(bytes: part.readableBytesView)
    return whole
  }
}
