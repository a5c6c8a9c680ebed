/// One small request and its answer, as STS and the endpoints on the instance or the container want
/// them. It is all that credentials and the region need of a network.
///
/// Redirects are never followed, and no proxy is used for loopback and link-local addresses: what is
/// exchanged are secrets.
protocol HTTPExchange: Sendable {
  /// Sends a request, and waits for the whole answer, whatever its status.
  ///
  /// - Throws: ``HTTPExchangeError`` where there is no whole answer in time or it is too large, and
  ///   `CancellationError` once the task is cancelled.
  func send(_ request: HTTPExchangeRequest) async throws -> HTTPExchangeAnswer
}

/// A request whose body, if there is one, is small.
struct HTTPExchangeRequest: Sendable {
  /// In upper case, such as `GET`.
  var method: String
  /// Absolute, `http` or `https`, percent-encoded.
  var url: String
  /// All fields but `Host`, `Content-Length` and `Connection`, which follow from the rest. Where
  /// there is a `Host`, as in signed requests, it says what the URL says.
  var headers: [HTTPHeader] = []
  /// Empty for none.
  var body: [UInt8] = []
  /// From the beginning to the last byte of the answer.
  var timeout: Duration
  /// How many bytes the body of the answer may have.
  var answerLimit = 64 << 10
}

/// The answer to a request.
struct HTTPExchangeAnswer: Sendable {
  /// The status code.
  var status: Int
  /// All fields, in the order in which they came.
  var headers: [HTTPHeader] = []
  /// The whole body.
  var body: [UInt8] = []

  /// The value of the first field of that name, whose case does not matter.
  func header(_ name: String) -> String? {
    let name = name.lowercased()
    return headers.first { $0.name.lowercased() == name }?.value
  }
}

/// Why there is no answer.
struct HTTPExchangeError: Error, Sendable, Hashable {
  /// The kind of failure.
  enum Code: Sendable, Hashable {
    /// There was no whole answer in time.
    case timedOut
    /// There was no connection, or it ended too early.
    case connectionFailed
    /// The body has more bytes than allowed.
    case answerTooLarge
    /// The URL is not one that a request can be sent to.
    case invalidURL
  }

  /// The kind of failure.
  var code: Code
  /// A sentence without secrets: neither headers, nor the query, nor the body.
  var message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension HTTPExchangeError: CustomStringConvertible {
  /// The sentence.
  var description: String { message }
}

extension HTTPExchangeRequest: CustomStringConvertible, CustomReflectable {
  /// Method and URL without its query; the body and the headers hold secrets.
  var description: String { "\(method) \(url.prefix { $0 != "?" })" }

  /// Shows what ``description`` shows.
  var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension HTTPExchangeAnswer: CustomStringConvertible, CustomReflectable {
  /// The status; the body may hold secrets.
  var description: String { "HTTP \(status), \(body.count) bytes" }

  /// Shows what ``description`` shows.
  var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
