internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Tracing

extension S3Client {
  /// Sends a request, again where it failed and may be repeated, and reads the answer.
  ///
  /// - Parameter read: Makes the result of a good answer; an error of its own is treated like one
  ///   that S3 answered with, since that is what it may have found in the body.
  func send<Result: Sendable>(
    _ request: S3Request, _ options: S3RequestOptions,
    read: @escaping @Sendable (HTTPAnswer) throws(S3Error) -> Result
  ) async throws -> Result {
    guard let tracer else { return try await exchange(request, options, in: nil, read: read) }
    return try await withSpan(of: request, tracer) { span in
      try await exchange(request, options, in: span, read: read)
    }
  }

  private func exchange<Result: Sendable>(
    _ request: S3Request, _ options: S3RequestOptions, in span: (any Span)?,
    read: @escaping @Sendable (HTTPAnswer) throws(S3Error) -> Result
  ) async throws -> Result {
    try await withDeadline(options.deadline, of: request) {
      var exchange = Exchange(request, span)
      defer { span?.note(region: exchange.region, attempts: exchange.attempts.count) }
      while true {
        do throws(AttemptError) {
          return try await self.attempt(&exchange, read)
        } catch {
          try await self.recover(from: error, &exchange)
        }
      }
    }
  }

  /// One request with what its attempts have taught.
  struct Exchange: Sendable {
    let request: S3Request
    /// The call's span, where there are any.
    let span: (any Span)?
    var attempts = RequestAttempts()
    /// Where a temporary redirect points.
    var redirect: EndpointURL?
    var redirects = 0
    /// The SHA-256 of the body, once it was needed.
    var payload: PayloadHash?
    /// Whether an attempt to change something ended without an answer.
    var mayHaveSucceeded = false
    /// The region that the latest attempt was signed for.
    var region = ""
    /// What the latest attempt was signed with.
    var credentials: AWSCredentials?

    init(_ request: S3Request, _ span: (any Span)?) {
      self.request = request
      self.span = span
    }
  }

  /// Why an attempt failed.
  enum AttemptError: Error {
    /// S3 or the network failed; it may be tried again.
    case failed(S3Error, HTTPHeaders)
    /// It is over.
    case final(any Error)
  }

  private func attempt<Result>(
    _ exchange: inout Exchange, _ read: (HTTPAnswer) throws(S3Error) -> Result
  ) async throws(AttemptError) -> Result {
    let permit: ConcurrencyLimiter.Permit
    let signed: OutgoingRequest
    let upload: ConcurrencyLimiter.Permit?
    do {
      upload = exchange.request.body.isStream ? try await streamedUploads.acquire() : nil
    } catch {
      throw .final(error)
    }
    defer { upload?.release(.unknown) }
    do {
      permit = try await limiter.acquire()
    } catch {
      throw .final(error)
    }
    do {
      // Only now: a signature made before the wait would be as old as the wait is long.
      try await retries.willAttempt(&exchange.attempts)
      exchange.credentials = try await credentials?.credentials()
      signed = try sign(&exchange)
    } catch {
      permit.release(.unknown)
      throw .final(error)
    }
    let request = exchange.request
    let answer: HTTPAnswer
    do {
      answer = try await withSpan(of: signed, in: exchange.span) { signed in
        // What writes or reads the pieces may need other requests to go on: while they pass, the
        // request holds no place that those could be waiting for.
        if upload != nil { permit.release(.unknown) }
        guard request.streamsAnswer else {
          return try await transport.send(
            signed, limits: .init(allowed: request.answerLimit, asked: request.answerSize))
        }
        return try await transport.open(signed, deadline: request.streamDeadline) { error in
          permit.release(AdaptiveLimit.Outcome(error))
        }
      }
      exchange.span?.note(answer)
    } catch let error as S3Error {
      permit.release(AdaptiveLimit.Outcome(error))
      throw .failed(error, [:])
    } catch {
      permit.release(.unknown)
      throw .final((error as? BodyFailure)?.underlying ?? error)
    }
    let error: S3Error
    if answer.status < 300 {
      do throws(S3Error) {
        let result = try read(answer)
        permit.release(.answered(after: request.isChange ? nil : answer.timeToFirstByte))
        retries.didSucceed(exchange.attempts)
        return result
      } catch let found {
        error = found
      }
    } else {
      error = answer.withBody { body in
        S3Error(answer: answer.status, headers: answer.headers, body: body)
      }
    }
    permit.release(error.retryability == .throttling ? .congested : .answered(after: nil))
    throw .failed(error, answer.headers)
  }

  /// Returns where the request is to be sent again, and throws where it is not.
  private func recover(from failure: AttemptError, _ exchange: inout Exchange) async throws {
    guard case .failed(var error, let headers) = failure else {
      guard case .final(let error) = failure else { return }
      guard var error = error as? S3Error else { throw error }
      error.mayHaveSucceeded = error.mayHaveSucceeded || exchange.mayHaveSucceeded
      throw error
    }
    AnswerOrigin(exchange.request, headers).complete(&error)
    let kind = await diagnose(error, headers, &exchange)
    // What was read of a stream is gone.
    let canBeSent = exchange.request.body.canBeSent
    guard let kind = kind ?? (canBeSent ? nil : .service(.never)) else { return }
    let serverDate = headers.first(name: "Date").flatMap { HTTPDate.microseconds(parsing: $0) }
    let retryAfter = RetryAfter.delay(
      now: serverDate ?? exchange.attempts.signingSeconds * 1_000_000
    ) { headers.first(name: $0) }
    let decision = retries.didFail(
      AttemptFailure(kind, retryAfter: retryAfter, serverDate: serverDate), &exchange.attempts,
      canBeSent: canBeSent)
    logger?.debug(
      "request failed",
      metadata: [
        "bucket": "\(exchange.request.bucket)", "error": "\(error)",
        "attempt": "\(exchange.attempts.count)", "decision": "\(decision)",
      ])
    switch decision {
    case .retry(let delay) where canBeSent:
      try await retries.sleep(delay)
    case .retry, .giveUp:
      error.mayHaveSucceeded = exchange.mayHaveSucceeded
      throw error
    }
  }

  /// Says what kind of failure this is, and corrects what can be corrected: region, credentials,
  /// address.
  ///
  /// - Returns: Nil where a redirect is to be followed at once.
  private func diagnose(
    _ error: S3Error, _ headers: HTTPHeaders, _ exchange: inout Exchange
  ) async -> AttemptFailure.Kind? {
    let request = exchange.request
    if request.isChange, error.leavesOutcomeOpen { exchange.mayHaveSucceeded = true }
    switch error.code {
    case .timedOut: return .timeout
    case .connectionFailed, .truncatedBody: return .connection
    default: break
    }
    if let region = error.region, region != exchange.region, AWSRegion.isValid(region),
      [301, 307, 400].contains(error.httpStatus)
    {
      routes.correct(request.bucket, region: region)
      if error.httpStatus != 307 {
        exchange.redirect = nil
        return .service(.inAnotherRegion)
      }
    }
    if error.httpStatus == 307 {
      guard let target = headers.first(name: "Location").flatMap({ EndpointURL($0) }),
        exchange.redirects < S3Client.mostRedirects,
        target.scheme == "https" || !configuration.usesTLS
      else { return .service(.never) }
      exchange.redirects += 1
      exchange.redirect = target
      return nil
    }
    switch error.retryability {
    case .inAnotherRegion:
      // There is no other region to try.
      return .service(.never)
    case .withFreshCredentials:
      return await forget(exchange.credentials)
    case .never
    where request.method == .HEAD && error.httpStatus == 400
      && exchange.credentials?.sessionToken != nil:
      // Answers to HEAD have no body; with temporary credentials this is most likely their end.
      return await forget(exchange.credentials)
    case .never
    where request.method == .HEAD && error.httpStatus == 403
      && isSkewed(headers, exchange.attempts):
      return .service(.afterCorrectingClock)
    case let other: return .service(other)
    }
  }

  private func forget(_ rejected: AWSCredentials?) async -> AttemptFailure.Kind {
    guard let credentials, let rejected else { return .service(.never) }
    await credentials.invalidate(rejected)
    return .service(.withFreshCredentials)
  }

  /// Whether S3's clock is so far from the signature's that S3 must refuse it.
  private func isSkewed(_ headers: HTTPHeaders, _ attempts: RequestAttempts) -> Bool {
    guard let date = headers.first(name: "Date").flatMap({ HTTPDate.microseconds(parsing: $0) })
    else { return false }
    return abs(date / 1_000_000 - attempts.signingSeconds) > S3Client.largestSkew
  }

  /// In seconds. Amazon S3 User Guide, "Authenticating requests": 15 minutes.
  private static let largestSkew: Int64 = 15 * 60
  /// How many temporary redirects one call follows.
  private static let mostRedirects = 3
}

extension S3Error {
  /// Whether the request may have been carried out although it failed.
  var leavesOutcomeOpen: Bool {
    switch code {
    case .timedOut, .connectionFailed: !HTTPTransport.isUnsent(self)
    case .truncatedBody, .invalidAnswer, .internalError: true
    default: (httpStatus >= 500 || httpStatus < 300) && retryability == .transient
    }
  }
}

extension AdaptiveLimit.Outcome {
  /// What the end of a transfer says of S3's load.
  init(_ error: (any Error)?) {
    switch (error as? S3Error)?.code {
    case .timedOut?: self = .congested
    case nil where error == nil: self = .answered(after: nil)
    default: self = .unknown
    }
  }
}

extension S3Configuration {
  /// Whether requests are encrypted.
  var usesTLS: Bool { endpoint.url?.lowercased().utf8.starts(with: "http:".utf8) != true }
}
