/// Something that goes wrong with a request, on purpose.
package struct Fault: Sendable {
  /// When it happens.
  package enum Moment: Sendable, Equatable {
    /// As soon as the request's head is there, its body unread.
    case atHead
    /// As soon as so many bytes of the request's body are there; no more of it is read.
    case inBody(after: Int)
    /// When the whole request is there, nothing done.
    case beforeEffect
    /// When the request has been served, and only its answer is lacking.
    case afterEffect
  }

  /// What happens in place of, or to, the answer.
  package enum Manner: Sendable {
    /// The connection is reset (RST).
    case reset
    /// The connection is closed without a word.
    case close
    /// No answer comes, and the connection stays open.
    case silence
    /// Something that is not HTTP.
    case garbage
    /// Another answer.
    case answer(ServedAnswer)
    /// An error of S3's.
    case failure(S3Failure)
    /// The answer comes so much later.
    case delay(Duration)
    /// The head and so many bytes of the body, then the connection is closed.
    case closeInBody(after: Int)
    /// The head and so many bytes of the body, then the connection is reset.
    case resetInBody(after: Int)
    /// The head and so many bytes of the body, then nothing.
    case silenceInBody(after: Int)
    /// The answer without a length, in chunks, its end that much later.
    case lateEnd(after: Duration)
    /// A length is announced that is off by so much.
    case wrongLength(by: Int)
    /// A few bytes at a time.
    case dribble(bytes: Int, every: Duration)
    /// White space so many times before the body, to keep the connection open.
    case whiteSpace(times: Int, every: Duration)
    /// Another body, everything else as it was.
    case body([UInt8])
    /// A body without end, of at least so many bytes.
    case endlessBody(bytes: Int)
    /// A bit of the body is flipped.
    case flippedBit
    /// More header fields.
    case headers([(String, String)])
  }

  package var moment: Moment
  package var manner: Manner

  package init(_ moment: Moment, _ manner: Manner) {
    self.moment = moment
    self.manner = manner
  }

  /// A fault of the answer to a request that was served.
  package static func toAnswer(_ manner: Manner) -> Fault { Fault(.afterEffect, manner) }

  /// An error in place of serving the request.
  package static func error(
    _ status: Int, _ code: String, headers: [(String, String)] = []
  ) -> Fault {
    Fault(.beforeEffect, .failure(S3Failure(status, code, "A fault on purpose.", headers: headers)))
  }

  /// 503 SlowDown, with or without Retry-After in seconds.
  package static func slowDown(retryAfter: Int? = nil) -> Fault {
    error(503, "SlowDown", headers: retryAfter.map { [("Retry-After", String($0))] } ?? [])
  }

  /// 500 InternalError.
  package static var internalError: Fault { error(500, "InternalError") }

  /// Status 200, and an error in the body: the call has failed.
  package static func errorInBody(_ code: String) -> Fault { error(200, code) }

  /// 307 TemporaryRedirect to the same path at another place.
  package static func temporaryRedirect(to location: String) -> Fault {
    error(307, "TemporaryRedirect", headers: [("Location", location)])
  }
}
