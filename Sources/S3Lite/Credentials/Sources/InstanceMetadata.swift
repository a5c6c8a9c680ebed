/// The instance metadata service of EC2, version 2 (version 1, which anybody can be made to ask, is
/// not used).
///
/// AWS SDKs and Tools Reference Guide, "IMDS credential provider" and "Amazon EC2 instance metadata".
struct InstanceMetadata: Sendable {
  static let place = "EC2 instance metadata"
  private static let mostAttempts = 10

  private let host: AWSHost
  private let endpoint: EndpointURL
  private let timeout: Duration
  private let attempts: Int
  private let isDisabled: Bool

  /// The service as the settings have it.
  ///
  /// - Throws: ``CredentialError`` where a setting is wrong.
  init(_ host: AWSHost, configuration: SharedConfiguration) throws(CredentialError) {
    self.host = host
    isDisabled = host.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true"
    func setting(_ name: String) -> String? {
      configuration.setting("AWS_\(name.uppercased())", name, in: host)
    }
    func number(_ name: String, _ range: ClosedRange<Int>, otherwise: Int)
      throws(CredentialError) -> Int
    {
      guard let text = setting(name) else { return otherwise }
      guard let number = Int(text), range.contains(number) else {
        throw CredentialError(
          .invalidConfiguration,
          "The setting \(name) is no number from \(range.lowerBound) to \(range.upperBound).")
      }
      return number
    }
    // Where there is no such service, packets vanish: each attempt takes the whole time.
    timeout = .seconds(try number("metadata_service_timeout", 1...60, otherwise: 1))
    attempts = try number(
      "metadata_service_num_attempts", 1...InstanceMetadata.mostAttempts, otherwise: 2)
    let name = "ec2_metadata_service_endpoint"
    let text: String
    if let custom = setting(name) {
      text = custom
    } else {
      switch (setting("\(name)_mode") ?? "ipv4").lowercased() {
      case "ipv4": text = "http://169.254.169.254"
      case "ipv6": text = "http://[fd00:ec2::254]"
      default:
        throw CredentialError(
          .invalidConfiguration, "The setting \(name)_mode is neither IPv4 nor IPv6.")
      }
    }
    guard let url = EndpointURL(text), !url.target.contains("?") else {
      throw CredentialError(
        .invalidConfiguration, "The setting \(name) is no URL such as http://169.254.169.254.")
    }
    endpoint = url
  }

  /// The region that the instance is in.
  func region() async throws -> Lookup<String> {
    switch try await get("latest/meta-data/placement/region") {
    case .absent(let reason): return .absent(reason: reason)
    case .found(let (bytes, _)): return .found(InstanceMetadata.firstLine(of: bytes))
    }
  }

  /// The credentials of the instance's role.
  func credentials() async throws -> Lookup<ExpiringCredentials> {
    let path = "latest/meta-data/iam/security-credentials/"
    let role: String
    let token: String
    switch try await get(path) {
    case .absent(let reason): return .absent(reason: reason)
    case .found((let bytes, let used)):
      role = InstanceMetadata.firstLine(of: bytes)
      token = used
    }
    guard !role.isEmpty else { return .absent(reason: "the instance has no role") }
    let body: [UInt8]
    switch try await get(path + PercentEncoding.encode(role), token: token) {
    case .absent(let reason): return .absent(reason: reason)
    case .found((let bytes, _)): body = bytes
    }
    var found = try CredentialDocument.credentials(
      in: body, .endpoint, from: InstanceMetadata.place)
    // When its own source is down the service gives out expired ones, which the services then still
    // take. They are used for a while, and asked for again.
    let now = host.time.wallClock()
    if let expiration = found.expiration, expiration <= now {
      found.expiration = now + 600_000_000 + Int64(host.random() * 300_000_000)
    }
    return .found(found)
  }

  /// The body of an answer, and the token it was asked for with.
  private func get(_ path: String, token: String? = nil) async throws
    -> Lookup<(bytes: [UInt8], token: String)>
  {
    if isDisabled { return .absent(reason: "AWS_EC2_METADATA_DISABLED is true") }
    let used: String
    if let token {
      used = token
    } else {
      switch try await fetchToken() {
      case .absent(let reason): return .absent(reason: reason)
      case .found(let token): used = token
      }
    }
    let answer: HTTPExchangeAnswer
    do {
      answer = try await host.exchange(
        HTTPExchangeRequest(
          method: "GET", url: url(path), headers: [HTTPHeader("x-aws-ec2-metadata-token", used)],
          timeout: timeout), attempts: attempts)
    } catch let error as HTTPExchangeError {
      throw CredentialError(
        .sourceFailed, "\(InstanceMetadata.place) gave a token, and then failed: \(error)")
    }
    switch answer.status {
    case 200: return .found((answer.body, used))
    case 404: return .absent(reason: "it has no \(path) (HTTP 404)")
    default:
      throw CredentialError(
        .sourceFailed, "\(InstanceMetadata.place) answered with HTTP \(answer.status).")
    }
  }

  private func fetchToken() async throws -> Lookup<String> {
    let answer: HTTPExchangeAnswer
    do {
      answer = try await host.exchange(
        HTTPExchangeRequest(
          method: "PUT", url: url("latest/api/token"),
          headers: [HTTPHeader("x-aws-ec2-metadata-token-ttl-seconds", "21600")],
          timeout: timeout), attempts: attempts)
    } catch let error as HTTPExchangeError {
      return .absent(
        reason: error.code == .timedOut
          ? "there was no answer in time, so this is no EC2 instance, or it lies behind a hop more"
            + " than its limit allows" : "it could not be reached, so this is no EC2 instance")
    }
    guard answer.status == 200 else {
      return .absent(reason: "it gave no token (HTTP \(answer.status))")
    }
    guard let token = String(validating: answer.body, as: UTF8.self), !token.isEmpty,
      token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw CredentialError(
        .sourceFailed, "\(InstanceMetadata.place) gave a token that is none.")
    }
    return .found(token)
  }

  private func url(_ path: String) -> String {
    endpoint.origin + (endpoint.target.hasSuffix("/") ? endpoint.target : endpoint.target + "/")
      + path
  }

  private static func firstLine(of bytes: [UInt8]) -> String {
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    return String(decoding: line, as: UTF8.self)
  }
}

/// The credentials of the role of an EC2 instance.
struct InstanceMetadataSource: CredentialSource {
  let host: AWSHost
  /// The profile that the caller has chosen; the settings may be in it.
  let profile: String?

  var place: String { InstanceMetadata.place }

  func lookUp() async throws -> Lookup<ExpiringCredentials> {
    let configuration = try SharedConfiguration(host, profile: profile)
    return try await InstanceMetadata(host, configuration: configuration).credentials()
  }
}
