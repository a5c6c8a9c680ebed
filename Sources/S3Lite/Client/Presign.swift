internal import NIOHTTP1

/// A URL that somebody without credentials can use for a while.
///
/// Its description does not show the URL: whoever has it can use it.
public struct PresignedURL: Sendable, Hashable {
  /// The whole URL.
  public let url: String
  /// The method that it must be used with.
  public let method: String
  /// The header fields that must be sent with it as they are; `Host` is left out, which follows from
  /// the URL.
  public let headers: [HTTPHeader]
}

extension PresignedURL: CustomStringConvertible, CustomReflectable {
  /// The method and the URL without its query.
  public var description: String { "presigned \(method) \(url.prefix { $0 != "?" })" }

  /// Shows what ``description`` shows.
  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension S3Client {
  /// A URL to read an object with.
  ///
  /// - Parameter lifetime: For how long, 1 second to 7 days; with temporary credentials it ends when
  ///   they do.
  /// - Throws: ``S3Error``, ``SigV4Error``, and what the credentials' provider throws.
  public func presign(
    _ request: GetObjectRequest, for lifetime: Duration,
    options: S3RequestOptions = S3RequestOptions()
  ) async throws -> PresignedURL {
    var sent = try get(request, options)
    // Whoever uses the URL would have to send it.
    sent.headers.removeAll { $0.name == "x-amz-checksum-mode" }
    return try await presign(sent, lifetime)
  }

  /// A URL to write an object with, by a PUT of its bytes.
  ///
  /// - Parameter lifetime: For how long, 1 second to 7 days; with temporary credentials it ends when
  ///   they do.
  /// - Throws: ``S3Error``, ``SigV4Error``, and what the credentials' provider throws.
  public func presign(
    _ request: PutObjectRequest, for lifetime: Duration,
    options: S3RequestOptions = S3RequestOptions()
  ) async throws -> PresignedURL {
    try await presign(put(request, options), lifetime)
  }

  /// A URL to ask with what S3 says of an object.
  ///
  /// - Parameter lifetime: For how long, 1 second to 7 days; with temporary credentials it ends when
  ///   they do.
  /// - Throws: ``S3Error``, ``SigV4Error``, and what the credentials' provider throws.
  public func presign(
    _ request: HeadObjectRequest, for lifetime: Duration,
    options: S3RequestOptions = S3RequestOptions()
  ) async throws -> PresignedURL {
    try await presign(head(request, options), lifetime)
  }

  /// A URL to delete an object with.
  ///
  /// - Parameter lifetime: For how long, 1 second to 7 days; with temporary credentials it ends when
  ///   they do.
  /// - Throws: ``S3Error``, ``SigV4Error``, and what the credentials' provider throws.
  public func presign(
    _ request: DeleteObjectRequest, for lifetime: Duration,
    options: S3RequestOptions = S3RequestOptions()
  ) async throws -> PresignedURL {
    try await presign(delete(request, options), lifetime)
  }

  /// A URL to upload a part with, by a PUT of its bytes.
  ///
  /// - Parameters:
  ///   - number: 1 to 10,000.
  ///   - lifetime: For how long, 1 second to 7 days; with temporary credentials it ends when they do.
  /// - Throws: ``S3Error``, ``SigV4Error``, and what the credentials' provider throws.
  public func presign(
    part number: Int, of upload: MultipartUpload, for lifetime: Duration,
    options: S3RequestOptions = S3RequestOptions()
  ) async throws -> PresignedURL {
    try await presign(upload.request(part: number, options: options), lifetime)
  }

  private func presign(_ request: S3Request, _ lifetime: Duration) async throws -> PresignedURL {
    guard let credentials else {
      throw S3Error(
        .invalidRequest, "A client without credentials cannot presign.", bucket: request.bucket)
    }
    let route = try routes.route(to: request.bucket)
    // Nothing is sent, so nothing waits for the adaptive rate.
    guard let time = SigningTime(secondsSinceEpoch: retries.signingSeconds) else {
      throw S3Error(
        .invalidRequest, "The clock says neither year 1 to 9999; no request can be signed.")
    }
    let path = request.path(on: route)
    let signed = try route.signer.presign(
      SigningRequest(
        method: request.method.rawValue, path: path, query: request.query,
        headers: [HTTPHeader("Host", route.authority)] + request.headers, payload: .unsigned),
      with: try await credentials.credentials(), at: time,
      expiresAfter: Int(clamping: lifetime.components.seconds))
    return PresignedURL(
      url: route.origin + signed.target, method: request.method.rawValue,
      headers: request.headers)
  }
}
