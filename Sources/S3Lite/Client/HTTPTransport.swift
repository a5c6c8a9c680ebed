internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Sends one request over an HTTP client and receives the answer, in time and within bounds.
struct HTTPTransport: Sendable {
  /// The HTTP client.
  let client: HTTPClient
  /// How long to wait.
  let timeouts: S3Timeouts
  /// What the bytes of bodies in flight are taken from.
  let budget: ByteBudget

  /// Sends a request whose body is in memory, and receives the whole answer.
  ///
  /// - Throws: ``S3Error``, and `CancellationError` once the task is cancelled.
  func send(
    _ method: HTTPMethod, url: String, headers: HTTPHeaders, body: ByteBuffer?, limit: Int
  ) async throws -> HTTPAnswer {
    do {
      let request = try HTTPClient.Request(
        url: url, method: method, headers: headers, body: body.map { .byteBuffer($0) })
      let task = client.execute(
        request: request,
        delegate: AnswerCollector(
          method: method, limit: limit, budget: budget, timeouts: timeouts),
        eventLoop: .indifferent, logger: nil)
      return try await withTaskCancellationHandler {
        try await task.get()
      } onCancel: {
        task.cancel()
      }
    } catch {
      throw HTTPTransport.error(error)
    }
  }

  /// What an error of the HTTP client, or one of ours, means.
  static func error(_ error: any Error) -> any Error {
    if error is S3Error || error is CancellationError { return error }
    if let error = error as? HTTPClientError {
      switch error {
      case .cancelled: return CancellationError()
      case .alreadyShutdown:
        return S3Error(.clientShutDown, "The client has been shut down.", underlying: error)
      case .deadlineExceeded:
        return S3Error(.deadlineExceeded, "The deadline has passed.", underlying: error)
      case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
        .socksHandshakeTimeout, .httpProxyHandshakeTimeout:
        return S3Error(.timedOut, "There was no connection in time.", underlying: error)
      case .readTimeout: return S3Error(.timedOut, "S3 stopped sending.", underlying: error)
      case .writeTimeout: return S3Error(.timedOut, "S3 stopped receiving.", underlying: error)
      case .bodyLengthMismatch:
        return S3Error(
          .bodyLengthMismatch, "The body is not as long as announced.", underlying: error)
      case .invalidURL, .emptyHost, .emptyScheme:
        return S3Error(.invalidEndpoint, "The URL is not one to send to.", underlying: error)
      default: break
      }
      if error.isInvalidHeader {
        // The values may hold secrets, and so the error underneath is not kept.
        return S3Error(.invalidRequest, "A header field holds a character that none may hold.")
      }
    }
    return S3Error(
      .connectionFailed, "There was no connection, or it ended too early.", underlying: error)
  }

  /// Whether an error shows that no request was sent, so that nothing can have changed.
  static func isUnsent(_ error: S3Error) -> Bool {
    switch error.underlying {
    case let error as HTTPClientError:
      [
        .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
        .socksHandshakeTimeout, .httpProxyHandshakeTimeout, .alreadyShutdown, .invalidURL,
      ].contains(error)
    case is NIOConnectionError: true
    case let error as ChannelError:
      if case .connectTimeout = error { true } else { false }
    default: false
    }
  }
}

extension HTTPClientError {
  /// Whether the request was refused for what its headers hold.
  fileprivate var isInvalidHeader: Bool {
    shortDescription.utf8.starts(with: "invalidHeader".utf8)
      || shortDescription.utf8.starts(with: "Invalid header".utf8)
  }
}

extension S3Error {
  /// The error that an answer stands for.
  init(answer status: Int, headers: HTTPHeaders, body: RawSpan) {
    self.init(
      body: body, httpStatus: status, requestID: headers.first(name: "x-amz-request-id"),
      hostID: headers.first(name: "x-amz-id-2"), region: headers.first(name: "x-amz-bucket-region"))
  }
}
