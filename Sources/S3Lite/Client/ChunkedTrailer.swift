internal import NIOCore

/// The encoding `aws-chunked` with a checksum behind the body, which lets a body be sent before its
/// checksum is known.
///
/// Amazon S3 API Reference, "Signature calculations ... Transferring payload in multiple chunks with
/// trailing headers"; the chunks themselves are not signed.
struct ChunkedTrailer {
  /// How many bytes a chunk holds; S3 wants 8 KiB at least, but for the last one.
  static let chunkSize = 64 << 10

  private var running: RunningChecksum
  private var pending = ByteBuffer()

  init(_ running: RunningChecksum) {
    self.running = running
  }

  /// How many bytes a body of a length has when it is encoded.
  ///
  /// - Throws: ``S3Error/Code/invalidRequest`` where it cannot be that long.
  static func encodedLength(of length: Int, checksum: RunningChecksum) throws(S3Error) -> Int {
    guard (0...(5 << 40)).contains(length) else {
      throw S3Error(.invalidRequest, "A body cannot have \(length) bytes.")
    }
    // 5 TiB in chunks of 64 KiB add some hundreds of megabytes: nothing overflows.
    let (whole, rest) = length.quotientAndRemainder(dividingBy: chunkSize)
    var encoded = whole * frameLength(of: chunkSize)
    if rest > 0 { encoded += frameLength(of: rest) }
    // The value is known only later; its length is that of any other.
    return encoded + 3 + trailer(checksum).utf8.count
  }

  private static func frameLength(of count: Int) -> Int {
    String(count, radix: 16).utf8.count + 2 + count + 2
  }

  /// Takes a piece of the body, and gives the whole chunks that there are now.
  mutating func encode(_ piece: ByteBuffer) -> ByteBuffer? {
    running.update(piece.readableBytesUInt8Span.bytes)
    pending.writeImmutableBuffer(piece)
    guard pending.readableBytes >= ChunkedTrailer.chunkSize else { return nil }
    var encoded = ByteBuffer()
    encoded.reserveCapacity(pending.readableBytes + 64)
    while let chunk = pending.readSlice(length: ChunkedTrailer.chunkSize) {
      ChunkedTrailer.append(chunk, to: &encoded)
    }
    pending.discardReadBytes()
    return encoded
  }

  /// The last chunk, the empty one and the trailer.
  mutating func finish() -> ByteBuffer {
    var encoded = ByteBuffer()
    if pending.readableBytes > 0 { ChunkedTrailer.append(pending, to: &encoded) }
    pending.clear()
    encoded.writeString("0\r\n")
    encoded.writeString(ChunkedTrailer.trailer(running))
    return encoded
  }

  private static func trailer(_ running: RunningChecksum) -> String {
    let checksum = running.checksum
    return "\(checksum.header):\(checksum.value)\r\n\r\n"
  }

  private static func append(_ chunk: ByteBuffer, to encoded: inout ByteBuffer) {
    encoded.writeString(String(chunk.readableBytes, radix: 16))
    encoded.writeString("\r\n")
    encoded.writeImmutableBuffer(chunk)
    encoded.writeString("\r\n")
  }
}
