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

  /// At how many bytes a second a body is sent at least.
  var slowestUpload = StallWatch.slowestUpload

  /// Sends a request, and receives the whole answer.
  ///
  /// - Parameter limits: How many bytes the body of a good answer may have.
  /// - Throws: ``S3Error``, ``BodyFailure`` for what the stream of the body throws, and
  ///   `CancellationError` once the task is cancelled.
  func send(
    _ request: OutgoingRequest, limits: AnswerCollector.Limits
  ) async throws -> HTTPAnswer {
    let watch = StallWatch(timeouts, bodySize: request.body.byteCount, pace: slowestUpload)
    func collector(_ feed: (any BodyFeed)?) -> AnswerCollector {
      AnswerCollector(
        method: request.method, limits: limits, budget: budget, watch: watch, feed: feed)
    }
    do {
      switch request.body {
      case .none: return try await execute(request, nil, collector(nil))
      case .bytes(let buffer):
        let body = BufferedBody(buffer, on: client.eventLoopGroup.any())
        return try await execute(request, body, collector(body))
      case .stream(let stream):
        let gate = BodyGate(on: client.eventLoopGroup.any(), watch: watch)
        return try await execute(request, stream, gate, collector(gate))
      }
    } catch {
      throw Task.isCancelled ? CancellationError() : HTTPTransport.error(error)
    }
  }

  private func execute(
    _ request: OutgoingRequest, _ feed: (any BodyFeed)?, _ collector: AnswerCollector
  ) async throws -> HTTPAnswer {
    let length = Int64(request.body.byteCount)
    let task = client.execute(
      request: try HTTPClient.Request(
        url: request.url, method: request.method, headers: request.headers,
        body: feed.map { feed in .stream(contentLength: length) { feed.open($0) } }),
      delegate: collector, eventLoop: feed.map { .delegate(on: $0.eventLoop) } ?? .indifferent,
      logger: nil)
    do {
      return try await withTaskCancellationHandler {
        try await task.get()
      } onCancel: {
        task.cancel()
        collector.end()
      }
    } catch {
      // The HTTP client does not tell its delegate of every error.
      collector.end()
      if !Task.isCancelled, let early = collector.early { return early }
      throw error
    }
  }

  private func execute(
    _ request: OutgoingRequest, _ stream: EncodedStream, _ gate: BodyGate,
    _ collector: AnswerCollector
  ) async throws -> HTTPAnswer {
    try await withThrowingTaskGroup(of: HTTPAnswer?.self) { group in
      group.addTask {
        await gate.write(stream)
        return nil
      }
      group.addTask { try await execute(request, gate, collector) }
      defer { group.cancelAll() }
      // The answer may come before the body has been sent: then the rest of it is not wanted. What
      // the stream throws comes back through the request.
      for try await answer in group {
        if let answer { return answer }
      }
      throw S3Error(.connectionFailed, "The connection ended before the answer began.")
    }
  }

  /// Sends a request, and receives the header of the answer; the body is read from
  /// ``HTTPAnswer/stream``.
  ///
  /// - Parameters:
  ///   - deadline: When the body must have been received.
  ///   - ended: Called when nothing more comes.
  /// - Throws: ``S3Error``, and `CancellationError` once the task is cancelled.
  func open(
    _ request: OutgoingRequest, deadline: NIODeadline?,
    ended: @escaping @Sendable ((any Error)?) -> Void
  ) async throws -> HTTPAnswer {
    let answer = client.eventLoopGroup.any().makePromise(of: HTTPAnswer.self)
    do {
      let sent = try HTTPClient.Request(
        url: request.url, method: request.method, headers: request.headers)
      let task = client.execute(
        request: sent,
        delegate: AnswerStreamer(
          method: request.method, timeouts: timeouts, answer: answer, ended: ended),
        eventLoop: .indifferent, deadline: deadline, logger: nil)
      // After a shutdown the HTTP client fails a request without telling its delegate.
      task.futureResult.whenFailure { error in
        answer.fail(error)
        ended(error)
      }
      return try await withTaskCancellationHandler {
        try await answer.futureResult.get()
      } onCancel: {
        task.cancel()
      }
    } catch {
      answer.fail(error)
      throw Task.isCancelled ? CancellationError() : HTTPTransport.error(error)
    }
  }

  /// What an error of the HTTP client, or one of ours, means where nobody has cancelled.
  static func error(_ error: any Error) -> any Error {
    if error is S3Error || error is BodyFailure || error is CancellationError { return error }
    if let error = error as? HTTPClientError {
      switch error {
      case .cancelled:
        return S3Error(
          .clientShutDown, "The client was shut down before the request ended.", underlying: error)
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
