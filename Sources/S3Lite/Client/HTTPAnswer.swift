internal import NIOCore
internal import NIOHTTP1

/// A whole answer, whatever its status.
struct HTTPAnswer: Sendable {
  /// The status code.
  var status: Int
  /// All header fields.
  var headers: HTTPHeaders
  /// The whole body.
  var body: ByteBuffer
  /// From the request's last byte to the answer's first.
  var timeToFirstByte: Duration
  /// The body in pieces, where it was asked for so and the status is a good one; ``body`` is empty
  /// then.
  var stream: BodyStream?

  /// Calls a function with the bytes of the body.
  func withBody<Result, Failure: Error>(
    _ read: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let view = body.readableBytesUInt8Span
    return try read(view.bytes)
  }
}

/// Header names, compared without looking at case and without making strings.
enum HeaderName {
  /// Whether a name is the given one, which is in lower case.
  static func isEqual(_ name: String, _ lowercase: StaticString) -> Bool {
    guard name.utf8.count == lowercase.utf8CodeUnitCount else { return false }
    return lowercase.withUTF8Buffer { expected in
      var index = 0
      for byte in name.utf8 {
        let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        if (isUpper ? byte | 0x20 : byte) != expected[index] { return false }
        index += 1
      }
      return true
    }
  }
}
