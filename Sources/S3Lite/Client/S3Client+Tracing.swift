internal import AsyncHTTPClient
internal import NIOHTTP1
internal import Tracing

/// A span for each call, and one within it for each time that it was sent.
///
/// The attributes have the names of OpenTelemetry's semantic conventions ("AWS SDK", "HTTP"), so that
/// any backend understands them. Nothing of it is done where the process has no tracer.
extension S3Client {
  /// The tracer of the process, or of the present task; nil where there is none but the one that does
  /// nothing.
  static func installedTracer() -> (any Tracer)? {
    let tracer = InstrumentationSystem.tracer
    return tracer is NoOpTracer ? nil : tracer
  }

  /// Runs a call in a span.
  func withSpan<Result: Sendable>(
    of request: S3Request, _ tracer: any Tracer,
    _ call: (any Span) async throws -> Result
  ) async throws -> Result {
    let operation = request.operation
    return try await tracer.withSpan("S3.\(operation)", ofKind: .client) { span in
      if span.isRecording {
        span.updateAttributes { attributes in
          attributes["rpc.system"] = "aws-api"
          attributes["rpc.service"] = "S3"
          attributes["rpc.method"] = operation
          attributes["aws.s3.bucket"] = request.bucket
          attributes["aws.s3.key"] = request.key
          attributes["aws.s3.prefix"] = request.query.first { $0.name == "prefix" }?.value
        }
      }
      return try await call(span)
    }
  }

  /// Sends a request in a span of its own, and says in its header which trace it belongs to.
  ///
  /// async-http-client makes such spans too, but on its own threads, where it does not know what the
  /// task that asked was doing; the client is told to make none.
  func withSpan(
    of request: OutgoingRequest, in call: (any Span)?,
    _ send: (OutgoingRequest) async throws -> HTTPAnswer
  ) async throws -> HTTPAnswer {
    guard let tracer, let call else { return try await send(request) }
    var request = request
    tracer.inject(call.context, into: &request.headers, using: HeaderInjector())
    guard call.isRecording else { return try await send(request) }
    let sent = request
    return try await tracer.withSpan(request.method.rawValue, ofKind: .client) { span in
      span.updateAttributes { attributes in
        attributes["http.request.method"] = sent.method.rawValue
        attributes["url.full"] = sent.url
        attributes["server.address"] = EndpointURL(sent.url)?.host
        let size = sent.body.byteCount
        if size > 0 { attributes["http.request.body.size"] = size }
      }
      let answer = try await send(sent)
      span.attributes["http.response.status_code"] = answer.status
      if answer.status >= 400 { span.setStatus(SpanStatus(code: .error)) }
      return answer
    }
  }
}

extension Span {
  /// Notes what an answer says of the call.
  func note(_ answer: HTTPAnswer) {
    guard isRecording else { return }
    updateAttributes { attributes in
      attributes["http.response.status_code"] = answer.status
      attributes["aws.request_id"] = answer.headers.first(name: "x-amz-request-id")
      attributes["aws.extended_request_id"] = answer.headers.first(name: "x-amz-id-2")
    }
  }

  /// Notes what became of the call's attempts.
  func note(region: String, attempts: Int) {
    guard isRecording else { return }
    updateAttributes { attributes in
      attributes["cloud.region"] = region
      if attempts > 1 { attributes["http.request.resend_count"] = attempts - 1 }
    }
  }
}

/// Adds the fields that carry a trace.
private struct HeaderInjector: Injector {
  func inject(_ value: String, forKey key: String, into headers: inout HTTPHeaders) {
    headers.replaceOrAdd(name: key, value: value)
  }
}

extension S3Request {
  /// The name of the call in S3's API.
  var operation: String {
    let isMultipart = query.contains { $0.name == "uploadId" }
    let isCopy = headers.contains { HeaderName.isEqual($0.name, "x-amz-copy-source") }
    switch (method, key == nil) {
    case (.GET, false): return "GetObject"
    case (.GET, true): return "ListObjectsV2"
    case (.HEAD, false): return "HeadObject"
    case (.PUT, false):
      if isMultipart { return isCopy ? "UploadPartCopy" : "UploadPart" }
      return isCopy ? "CopyObject" : "PutObject"
    case (.POST, false): return isMultipart ? "CompleteMultipartUpload" : "CreateMultipartUpload"
    case (.POST, true): return "DeleteObjects"
    case (.DELETE, false): return isMultipart ? "AbortMultipartUpload" : "DeleteObject"
    default: return method.rawValue
    }
  }
}
