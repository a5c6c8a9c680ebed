public import AsyncHTTPClient
public import Logging
internal import NIOCore
internal import Tracing

/// A client for S3 and for servers that speak its protocol.
///
///     let client = S3Client(
///       configuration: S3Configuration(region: "eu-central-1"),
///       credentials: StaticCredentialProvider(credentials))
///     let object = try await client.getObject(
///       GetObjectRequest(bucket: "visits", key: "2024/visit.json"), limit: 1 << 20)
///     try await client.shutdown()
///
/// Calls may be made side by side, thousands at a time: the client keeps the number of requests in
/// flight, and of bytes, within ``S3Configuration/concurrency``. They throw ``S3Error``,
/// `CancellationError` once their task is cancelled, or what the credentials' provider throws.
///
/// A call is repeated as ``S3Configuration/retry`` says. A change whose answer got lost may have
/// happened nevertheless: a repeated write with If-Match or If-None-Match then meets the object that
/// it wrote itself, and ``S3Error/Code/preconditionFailed`` has ``S3Error/mayHaveSucceeded`` set.
///
/// Where swift-distributed-tracing has a tracer when the client is made, each call is a span, and each
/// attempt one within it.
public final class S3Client: Sendable {
  /// How it finds S3, and how it behaves.
  public let configuration: S3Configuration
  let credentials: (any AWSCredentialProvider)?
  let transport: HTTPTransport
  let routes: BucketRoutes
  let limiter: ConcurrencyLimiter
  /// Uploads in pieces have places of their own: their pieces may come from other requests.
  let streamedUploads: ConcurrencyLimiter
  let retries: RetryController
  let logger: Logger?
  /// Nil where nobody wants spans.
  let tracer: (any Tracer)?
  /// The HTTP clients that belong to this one.
  private let owned: [HTTPClient]

  /// A client.
  ///
  /// - Parameters:
  ///   - configuration: How it finds S3, and how it behaves.
  ///   - credentials: Who signs; nil sends requests without a signature, as for public buckets.
  ///   - httpClient: An HTTP client to send with, which the caller shuts down. It must neither
  ///     follow redirects nor decompress, should make no spans, and its pool should have as many
  ///     connections as ``S3ConcurrencyLimits/maximum``, and one more for each stream that is open at
  ///     a time. Nil for one that belongs to this client.
  ///   - logger: Where retries and corrections are noted, at the level debug.
  public convenience init(
    configuration: S3Configuration, credentials: (any AWSCredentialProvider)?,
    httpClient: HTTPClient? = nil, logger: Logger? = nil
  ) {
    self.init(
      configuration: configuration, credentials: credentials, httpClient: httpClient,
      logger: logger, retries: RetryController(configuration.retry))
  }

  /// A client whose credentials have an HTTP client of their own, which this one shuts down.
  convenience init(
    configuration: S3Configuration, credentials: (any AWSCredentialProvider)?,
    lookups: HTTPClient, logger: Logger? = nil
  ) {
    self.init(
      configuration: configuration, credentials: credentials, lookups: lookups, logger: logger,
      retries: RetryController(configuration.retry))
  }

  /// A client with clocks and random numbers of the caller's.
  init(
    configuration: S3Configuration, credentials: (any AWSCredentialProvider)?,
    httpClient: HTTPClient? = nil, lookups: HTTPClient? = nil, logger: Logger? = nil,
    retries: RetryController
  ) {
    self.configuration = configuration
    self.credentials = credentials
    self.logger = logger
    self.retries = retries
    tracer = S3Client.installedTracer()
    let http =
      httpClient ?? HTTPClient(configuration: S3Client.httpConfiguration(configuration))
    owned = [httpClient == nil ? http : nil, lookups].compactMap(\.self)
    transport = HTTPTransport(
      client: http, timeouts: configuration.timeouts,
      budget: ByteBudget(configuration.concurrency.bytesInFlight))
    routes = BucketRoutes(region: configuration.region, settings: configuration.endpoint)
    limiter = ConcurrencyLimiter(configuration.concurrency)
    let most = configuration.concurrency.maximum
    streamedUploads = ConcurrencyLimiter(
      S3ConcurrencyLimits(minimum: most, initial: most, maximum: most))
  }

  /// Closes the connections, where the HTTP client belongs to this one. No call may be made after.
  ///
  /// Must be called before the client is released.
  public func shutdown() async throws {
    for client in owned { try await client.shutdown() }
  }

  /// How an HTTP client must be set up for S3: HTTP/1.1, which is all that S3 speaks, a connection
  /// for each request in flight and each open stream, no redirects (they must be signed anew), and no decompression (an
  /// object is what was stored). Nor does it make spans: this client's are the better ones.
  public static func httpConfiguration(
    _ configuration: S3Configuration
  ) -> HTTPClient.Configuration {
    var http = HTTPClient.Configuration()
    http.httpVersion = .http1Only
    // The client makes its own spans: those of the HTTP client would not know the call's.
    http.tracing.tracer = nil
    http.redirectConfiguration = .disallow
    http.decompression = .disabled
    http.timeout.connect = TimeAmount(configuration.timeouts.connect)
    // First byte and idle are watched for each request.
    http.timeout.read = nil
    // It would watch the source of a body, not S3.
    http.timeout.write = nil
    // Requests wait in this client's own lines. One that waited in the pool behind open streams,
    // whose number is their readers' affair, might wait for ever.
    http.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = .max
    // S3 closes connections that are idle for longer.
    http.connectionPool.idleTimeout = .seconds(15)
    return http
  }
}
