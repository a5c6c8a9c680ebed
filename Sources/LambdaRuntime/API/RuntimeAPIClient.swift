internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// The calls of the Lambda Runtime API, version 2018-06-01.
struct RuntimeAPIClient: Sendable {
  let client: HTTPClient
  /// `host:port`.
  let address: String
  /// How many bytes an event may have.
  let eventLimit: Int

  /// What came of asking for an invocation.
  enum Next: Sendable {
    case invocation(Invocation)
    case malformed(MalformedInvocation)
    case refused(RuntimeAPIAnswer)
  }

  /// How an HTTP client has to be set up for the Runtime API.
  static var httpConfiguration: HTTPClient.Configuration {
    // No read timeout: the answer to `next` comes with the next invocation, days later perhaps, and the
    // process is frozen in between.
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: HTTPClient.Configuration.Timeout(connect: .seconds(5), read: nil),
      decompression: .disabled)
    configuration.httpVersion = .http1Only
    // A handler may take 15 minutes, during which the connection is idle, and it is to stay.
    configuration.connectionPool = HTTPClient.Configuration.ConnectionPool(
      idleTimeout: .hours(24), concurrentHTTP1ConnectionsPerHostSoftLimit: 1)
    // The loop repeats by rules of its own.
    configuration.connectionPool.retryConnectionEstablishment = false
    // Waiting for an invocation is no part of anybody's trace.
    configuration.tracing.tracer = nil
    return configuration
  }

  private static let userAgent = "swift-lambda-runtime/0.1.0"

  /// Asks for the next invocation, and waits for it without a limit.
  ///
  /// - Throws: What the connection throws, and `CancellationError`.
  func next() async throws -> Next {
    let request = request(.GET, "invocation/next")
    let response = try await execute(request)
    guard response.status == .ok else {
      return .refused(try await answer(response))
    }
    let context: LambdaContext
    do {
      context = try LambdaContext(response.headers)
    } catch {
      // Read, so that the connection stays.
      _ = try? await response.body.collect(upTo: eventLimit)
      try Task.checkCancellation()
      return .malformed(error)
    }
    do {
      let body = try await response.body.collect(upTo: eventLimit)
      return .invocation(Invocation(event: Array(buffer: body), context: context))
    } catch {
      try Task.checkCancellation()
      let problem =
        error is NIOTooManyBytesError
        ? "The event is longer than \(eventLimit) bytes."
        : "The connection ended before the event was whole (\(error))."
      return .malformed(MalformedInvocation(requestID: context.requestID, problem: problem))
    }
  }

  /// Answers an invocation.
  func respond(_ response: [UInt8], to requestID: String) async throws -> RuntimeAPIAnswer {
    var request = request(.POST, "invocation/\(requestID)/response")
    request.headers.add(name: "Content-Type", value: "application/json")
    request.body = .bytes(ByteBuffer(bytes: response))
    return try await answer(execute(request))
  }

  /// Answers an invocation with an error.
  func fail(_ report: ErrorReport, to requestID: String) async throws -> RuntimeAPIAnswer {
    try await send(report, "invocation/\(requestID)/error")
  }

  /// Says that the function could not be made ready for invocations.
  func failInit(_ report: ErrorReport) async throws -> RuntimeAPIAnswer {
    try await send(report, "init/error")
  }

  private func send(_ report: ErrorReport, _ path: String) async throws -> RuntimeAPIAnswer {
    var request = request(.POST, path)
    request.headers.add(name: "Content-Type", value: "application/vnd.aws.lambda.error+json")
    request.headers.add(name: "Lambda-Runtime-Function-Error-Type", value: report.headerValue)
    request.body = .bytes(ByteBuffer(bytes: report.json))
    return try await answer(execute(request))
  }

  private func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: "http://\(address)/2018-06-01/runtime/\(path)")
    request.method = method
    request.headers.add(name: "User-Agent", value: RuntimeAPIClient.userAgent)
    return request
  }

  private func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
    do {
      return try await client.execute(request, deadline: .distantFuture)
    } catch {
      throw Task.isCancelled ? CancellationError() : error
    }
  }

  private func answer(_ response: HTTPClientResponse) async throws -> RuntimeAPIAnswer {
    // The status alone decides; the body is for people, and may be missing.
    let body = try? await response.body.collect(upTo: 65_536)
    try Task.checkCancellation()
    return RuntimeAPIAnswer(
      status: Int(response.status.code), body: body.map { String(buffer: $0) } ?? "")
  }
}
