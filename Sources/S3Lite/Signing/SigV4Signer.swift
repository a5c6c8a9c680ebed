/// Signs requests with AWS Signature Version 4.
///
/// A signer is a value: the same request, credentials and time give the same signature, and nothing
/// here reads a clock. All header fields of the request are signed but those that proxies or clients
/// change on the way: `Connection`, `Expect`, `Keep-Alive`, `Proxy-Authorization`,
/// `Proxy-Connection`, `TE`, `Transfer-Encoding`, `Upgrade`, `User-Agent`, `X-Amzn-Trace-Id`.
///
/// AWS IAM User Guide, "Create a signed AWS API request"; Amazon S3 API Reference, "Authenticating
/// Requests (AWS Signature Version 4)".
public struct SigV4Signer: Sendable {
  /// The region that the signature is for, such as `eu-central-1`.
  public var region: String
  /// The service's signing name, such as `s3` or `sts`.
  public var service: String
  /// How the service wants it.
  public var rules: SigningRules
  private let keys: SigningKeyCache

  /// A signer for a service in a region.
  ///
  /// - Parameters:
  ///   - region: The region, such as `eu-central-1`.
  ///   - service: The service's signing name.
  ///   - rules: How the service wants it; ``SigningRules/general`` for all but S3.
  ///   - keys: Where signing keys are kept; signers may share it.
  public init(
    region: String, service: String = "s3", rules: SigningRules = .s3,
    keys: SigningKeyCache = SigningKeyCache()
  ) {
    self.region = region
    self.service = service
    self.rules = rules
    self.keys = keys
  }

  /// Signs a request in its headers.
  ///
  /// - Throws: ``SigV4Error`` where the request cannot be sent as it is.
  public func sign(
    _ request: SigningRequest, with credentials: AWSCredentials, at time: SigningTime
  ) throws(SigV4Error) -> SignedRequest {
    var headers: [HTTPHeader] = []
    headers.reserveCapacity(4)
    var unsigned: [HTTPHeader] = []
    if let token = credentials.sessionToken {
      let header = HTTPHeader("X-Amz-Security-Token", token)
      if rules.signsSessionToken { headers.append(header) } else { unsigned.append(header) }
    }
    headers.append(HTTPHeader("X-Amz-Date", time.text))
    if rules.addsPayloadHash {
      headers.append(HTTPHeader("x-amz-content-sha256", request.payload.text))
    }
    let signed = try CanonicalHeaders(request.headers, added: headers, addedUnsigned: unsigned)
    let canonical = try canonicalRequest(request, headers: signed, addedQuery: [])
    let text = StringToSign(canonical, time: time, region: region, service: service)
    let signature = signature(of: text, with: credentials, at: time)

    var authorization: [UInt8] = []
    authorization.reserveCapacity(320)
    authorization.append(contentsOf: StringToSign.algorithm.utf8)
    authorization.append(contentsOf: " Credential=".utf8)
    appendCredential(credentials, at: time, to: &authorization)
    authorization.append(contentsOf: ", SignedHeaders=".utf8)
    authorization.append(contentsOf: canonical.bytes[canonical.signedHeadersRange])
    authorization.append(contentsOf: ", Signature=".utf8)
    authorization.append(contentsOf: signature.utf8)
    if !unsigned.isEmpty { headers.insert(contentsOf: unsigned, at: 0) }
    headers.append(HTTPHeader("Authorization", String(decoding: authorization, as: UTF8.self)))
    return SignedRequest(
      headers: headers, canonicalRequest: canonical, stringToSign: text, signature: signature)
  }

  /// Signs a request in its query, so that its URL can be handed to somebody without credentials.
  ///
  /// The headers of the request, `Host` at least, are signed too, so whoever uses the URL must send
  /// them as they are. For S3 the payload is ``PayloadHash/unsigned``, whatever the request says
  /// (Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters").
  ///
  /// - Parameters:
  ///   - request: The request; its query may not hold parameters that the signature brings.
  ///   - credentials: Who signs; with temporary ones the URL ends when they do.
  ///   - time: From when on the URL is valid.
  ///   - seconds: For how long it is, 1 to 604,800 (7 days).
  /// - Throws: ``SigV4Error`` where the request or the lifetime is not one that AWS would take.
  public func presign(
    _ request: SigningRequest, with credentials: AWSCredentials, at time: SigningTime,
    expiresAfter seconds: Int
  ) throws(SigV4Error) -> PresignedRequest {
    guard (1...604_800).contains(seconds) else {
      throw SigV4Error(
        .invalidExpiration, "A presigned URL is valid for 1 to 604,800 seconds, not \(seconds).")
    }
    for item in request.query where SigV4Signer.reservedItems.contains(item.name) {
      throw SigV4Error(
        .reservedQueryItem, "The query already holds \(item.name), which the signature brings.")
    }
    let headers = try CanonicalHeaders(request.headers, added: [], addedUnsigned: [])
    var signedHeaders: [UInt8] = []
    headers.appendNames(to: &signedHeaders)
    var credential: [UInt8] = []
    appendCredential(credentials, at: time, to: &credential)
    // In the order of AWS's own test suite.
    var added = [
      QueryItem("X-Amz-Algorithm", StringToSign.algorithm),
      QueryItem("X-Amz-Credential", String(decoding: credential, as: UTF8.self)),
      QueryItem("X-Amz-Date", time.text),
      QueryItem("X-Amz-SignedHeaders", String(decoding: signedHeaders, as: UTF8.self)),
      QueryItem("X-Amz-Expires", String(seconds)),
    ]
    let token = credentials.sessionToken.map { QueryItem("X-Amz-Security-Token", $0) }
    if let token, rules.signsSessionToken { added.append(token) }
    var request = request
    if rules.presignsUnsignedPayload { request.payload = .unsigned }
    let canonical = try canonicalRequest(request, headers: headers, addedQuery: added)
    let text = StringToSign(canonical, time: time, region: region, service: service)
    let signature = signature(of: text, with: credentials, at: time)

    if let token, !rules.signsSessionToken { added.append(token) }
    added.append(QueryItem("X-Amz-Signature", signature))
    var target = Array((request.path.isEmpty ? "/" : request.path).utf8)
    target.append(UInt8(ascii: "?"))
    CanonicalQuery.appendUnsorted(request.query + added, to: &target)
    var addedQuery: [UInt8] = []
    CanonicalQuery.appendUnsorted(added, to: &addedQuery)
    let host = request.headers.first { $0.name.lowercased() == "host" }?.value ?? ""
    return PresignedRequest(
      target: String(decoding: target, as: UTF8.self),
      addedQuery: String(decoding: addedQuery, as: UTF8.self), host: host,
      canonicalRequest: canonical, stringToSign: text, signature: signature)
  }

  private static let reservedItems: Set<String> = [
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires",
    "X-Amz-Security-Token", "X-Amz-Signature",
  ]

  private func canonicalRequest(
    _ request: SigningRequest, headers: CanonicalHeaders, addedQuery: [QueryItem]
  ) throws(SigV4Error) -> CanonicalRequest {
    guard !request.method.isEmpty, request.method.utf8.allSatisfy(HTTPToken.isCharacter) else {
      throw SigV4Error(.invalidMethod, "The method to be signed is not an HTTP method.")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(768)
    bytes.append(contentsOf: request.method.utf8)
    bytes.append(UInt8(ascii: "\n"))
    try CanonicalPath.append(request.path, rules: rules, to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    CanonicalQuery.append(request.query, addedQuery, to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    headers.appendFields(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    let start = bytes.count
    headers.appendNames(to: &bytes)
    let end = bytes.count
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: request.payload.text.utf8)
    return CanonicalRequest(bytes: bytes, signedHeadersRange: start..<end)
  }

  private func signature(
    of text: StringToSign, with credentials: AWSCredentials, at time: SigningTime
  ) -> String {
    keys.key(for: credentials, time: time, region: region, service: service).signature(of: text)
  }

  /// Appends the access key's ID and the scope.
  private func appendCredential(
    _ credentials: AWSCredentials, at time: SigningTime, to bytes: inout [UInt8]
  ) {
    bytes.append(contentsOf: credentials.accessKeyID.utf8)
    bytes.append(UInt8(ascii: "/"))
    StringToSign.appendScope(time: time, region: region, service: service, to: &bytes)
  }
}
