internal import AsyncHTTPClient
internal import NIOCore

/// What hands the pieces of a request's body to the connection; called on the request's event loop.
///
/// The body is called done together with its last piece, never later: a server answers as soon as it
/// has all the bytes, and where it then closes the connection, the HTTP client takes a request whose
/// end it has not been told of for one that failed. It is not called done earlier either: while the
/// HTTP client waits for pieces it takes no write that fails for the end of the request, and so an
/// answer that comes early is read, although its connection is closed.
protocol BodyFeed: Sendable {
  /// Where the request's delegate is called.
  var eventLoop: any EventLoop { get }
  /// Whether a piece may have to be waited for.
  var waitsForSource: Bool { get }
  /// The connection is there. The future completes with the body; where the body is empty, there is
  /// no call.
  func open(_ writer: HTTPClient.Body.StreamWriter) -> EventLoopFuture<Void>
  /// A piece has been sent.
  func didSend()
  /// An answer has begun that makes the rest of the body needless.
  func hold()
  /// The request has ended.
  func end()
}
