public import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// The small exchanges that credentials and the region need, over an HTTP client.
///
/// The client must follow no redirects and use no proxy, as ``S3Client/httpConfiguration(_:)`` has
/// it.
struct AsyncHTTPExchange: HTTPExchange {
  private let client: HTTPClient

  init(_ client: HTTPClient) {
    self.client = client
  }

  func send(_ request: HTTPExchangeRequest) async throws -> HTTPExchangeAnswer {
    let headers = HTTPHeaders(request.headers.map { ($0.name, $0.value) })
    let body = request.body.isEmpty ? nil : HTTPClient.Body.bytes(request.body)
    let method = HTTPMethod(rawValue: request.method)
    guard
      let sent = try? HTTPClient.Request(
        url: request.url, method: method, headers: headers, body: body)
    else { throw HTTPExchangeError(.invalidURL, "The URL of \(request) is not one.") }
    let timeouts = S3Timeouts(
      connect: request.timeout, firstByte: request.timeout, idle: request.timeout)
    let task = client.execute(
      request: sent,
      delegate: AnswerCollector(
        method: method, limits: .init(allowed: request.answerLimit), budget: ByteBudget(.max),
        watch: StallWatch(timeouts)),
      eventLoop: .indifferent, deadline: .now() + TimeAmount(request.timeout), logger: nil)
    do {
      let answer = try await withTaskCancellationHandler {
        try await task.get()
      } onCancel: {
        task.cancel()
      }
      return HTTPExchangeAnswer(
        status: answer.status,
        headers: answer.headers.map { HTTPHeader($0.name, $0.value) },
        body: Array(answer.body.readableBytesView))
    } catch {
      throw Task.isCancelled ? CancellationError() : AsyncHTTPExchange.error(error, request)
    }
  }

  private static func error(
    _ error: any Error, _ request: HTTPExchangeRequest
  ) -> HTTPExchangeError {
    switch (HTTPTransport.error(error) as? S3Error)?.code {
    case .timedOut?, .deadlineExceeded?:
      HTTPExchangeError(
        .timedOut, "There was no whole answer to \(request) within \(request.timeout).")
    case .bodyTooLarge?:
      HTTPExchangeError(
        .answerTooLarge,
        "The answer to \(request) has more than \(request.answerLimit) bytes.")
    default: HTTPExchangeError(.connectionFailed, "There was no answer to \(request).")
    }
  }
}

extension DefaultCredentialChain {
  /// The chain of this machine.
  ///
  /// - Parameters:
  ///   - httpClient: What small requests to STS, a container's endpoint or the instance's metadata
  ///     are sent with; it must follow no redirects and use no proxy, as
  ///     ``S3Client/httpConfiguration(_:)`` has it.
  ///   - profile: The profile of the shared files, which outdoes the environment; nil leaves it to
  ///     `AWS_PROFILE`.
  ///   - region: The region whose STS is asked for roles; nil leaves it to variables and profile.
  public convenience init(httpClient: HTTPClient, profile: String? = nil, region: String? = nil) {
    self.init(
      host: .current(http: AsyncHTTPExchange(httpClient)), profile: profile, region: region)
  }
}

extension RegionChain {
  /// The region as this machine has it.
  ///
  /// - Parameters:
  ///   - httpClient: What the instance's metadata are asked with; it must follow no redirects and
  ///     use no proxy, as ``S3Client/httpConfiguration(_:)`` has it.
  ///   - profile: The profile of the shared files; nil leaves it to `AWS_PROFILE`.
  public init(httpClient: HTTPClient, profile: String? = nil) {
    self.init(host: .current(http: AsyncHTTPExchange(httpClient)), profile: profile)
  }
}
