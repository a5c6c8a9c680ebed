/// A role to be assumed.
struct RoleRequest: Sendable, Hashable {
  /// The role's ARN.
  var roleARN: String
  /// How the session is called in CloudTrail; one is made up where there is none.
  var sessionName: String?
  /// What the role's owner gave to the one who may assume it.
  var externalID: String?
  /// How long the credentials are to be valid; the service's own default (1 hour) otherwise.
  var durationSeconds: Int?
}

/// AWS's Security Token Service: the two calls that give credentials for a role.
///
/// AWS STS API Reference, "AssumeRole" and "AssumeRoleWithWebIdentity".
struct SecurityTokenService: Sendable {
  private static let version = "2011-06-15"

  private let host: AWSHost
  let endpoint: EndpointURL
  let signingRegion: String

  /// The service as the settings have it.
  ///
  /// - Parameter region: The caller's region, which outdoes those of the settings.
  /// - Throws: ``CredentialError`` where a setting is wrong.
  init(_ host: AWSHost, configuration: SharedConfiguration, region: String? = nil)
    throws(CredentialError)
  {
    let found = try SecurityTokenEndpoint(host, configuration: configuration, region: region)
    self.host = host
    endpoint = found.url
    signingRegion = found.signingRegion
  }

  /// The credentials of a role, which somebody assumes.
  func assumeRole(_ role: RoleRequest, with credentials: AWSCredentials) async throws
    -> ExpiringCredentials
  {
    var fields = parameters("AssumeRole", role)
    if let externalID = role.externalID { fields.append(("ExternalId", externalID)) }
    return try await call(fields, role: role, credentials: credentials, secrets: [])
  }

  /// The credentials of a role, which the holder of a token of another identity provider assumes.
  func assumeRole(_ role: RoleRequest, withWebIdentity token: String) async throws
    -> ExpiringCredentials
  {
    let fields =
      parameters("AssumeRoleWithWebIdentity", role) + [("WebIdentityToken", token)]
    return try await call(fields, role: role, credentials: nil, secrets: [token])
  }

  private func parameters(_ action: String, _ role: RoleRequest) -> [(String, String)] {
    let made = "s3lite-\(host.time.wallClock() / 1_000)"
    var fields = [
      ("Action", action), ("Version", SecurityTokenService.version), ("RoleArn", role.roleARN),
      ("RoleSessionName", role.sessionName ?? made),
    ]
    if let seconds = role.durationSeconds { fields.append(("DurationSeconds", String(seconds))) }
    return fields
  }

  private func call(
    _ fields: [(String, String)], role: RoleRequest, credentials: AWSCredentials?,
    secrets: [String]
  ) async throws -> ExpiringCredentials {
    let body = Array(
      fields.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&").utf8)
    var offset = ClockOffset()
    var isCorrected = false
    while true {
      let answer: HTTPExchangeAnswer
      do {
        answer = try await host.exchange(
          try request(body, credentials: credentials, offset: offset), attempts: 3
        ) { answer in
          if answer.status == 429 || answer.status >= 500 { return true }
          guard answer.status != 200 else { return false }
          let code = STSAnswer.error(in: answer.body)?.code ?? ""
          return SecurityTokenService.passingCodes.contains(code)
        }
      } catch let error as HTTPExchangeError {
        throw CredentialError(
          .sourceFailed,
          "STS at \(endpoint.origin) could not be asked for \(role.roleARN): \(error)"
        )
      }
      if answer.status == 200 {
        guard let found = STSAnswer.credentials(in: answer.body) else {
          throw CredentialError(
            .sourceFailed,
            "STS at \(endpoint.origin) gave no credentials for \(role.roleARN) that can be read.")
        }
        return found
      }
      let error = STSAnswer.error(in: answer.body)
      if !isCorrected, credentials != nil,
        let date = answer.header("date").flatMap(HTTPDate.microseconds(parsing:)),
        SecurityTokenService.clockCodes.contains(error?.code ?? ""),
        offset.correct(serverDate: date, localTime: host.time.wallClock(), used: 0)
      {
        isCorrected = true
        continue
      }
      let hidden =
        secrets
        + [credentials?.secretAccessKey, credentials?.sessionToken, role.externalID]
        .compactMap(\.self)
      throw CredentialError(
        .sourceFailed,
        "STS at \(endpoint.origin) refuses \(role.roleARN) with HTTP \(answer.status)"
          + (error.map { ", \($0.code): \(SecurityTokenService.hiding(hidden, in: $0.message))" }
            ?? "") + ".")
    }
  }

  /// What may be gone at the next try.
  private static let passingCodes: Set<String> = [
    "IDPCommunicationError", "Throttling", "ThrottlingException", "RequestTimeout",
  ]

  /// What a clock that is off can lead to.
  private static let clockCodes: Set<String> = [
    "RequestExpired", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "InvalidSignatureException",
  ]

  private func request(_ body: [UInt8], credentials: AWSCredentials?, offset: ClockOffset)
    throws -> HTTPExchangeRequest
  {
    var headers = [
      HTTPHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
      HTTPHeader("Host", endpoint.authority),
    ]
    if let credentials {
      let seconds = offset.corrected(host.time.wallClock()) / 1_000_000
      guard let time = SigningTime(secondsSinceEpoch: seconds) else {
        throw CredentialError(
          .invalidConfiguration, "The clock of this machine is not between the years 1 and 9999.")
      }
      let signer = SigV4Signer(region: signingRegion, service: "sts", rules: .general)
      let signed = try signer.sign(
        SigningRequest(
          method: "POST", path: String(endpoint.target.prefix { $0 != "?" }), headers: headers,
          payload: .sha256(of: body.span.bytes)), with: credentials, at: time)
      headers += signed.headers
    }
    return HTTPExchangeRequest(
      method: "POST", url: endpoint.origin + endpoint.target.prefix { $0 != "?" },
      headers: headers, body: body, timeout: .seconds(10))
  }

  /// A message of the service's, shortened, with what was sent in confidence taken out: a refusal of
  /// a signature quotes the signed headers.
  static func hiding(_ secrets: [String], in message: String) -> String {
    var text = message
    for secret in secrets where !secret.isEmpty {
      text = text.split(separator: secret, omittingEmptySubsequences: false)
        .joined(separator: "(hidden)")
    }
    let line = text.prefix { $0 != "\n" && $0 != "\r\n" }
    return line.count > 300 ? line.prefix(300) + "..." : String(line)
  }
}

extension RoleRequest: CustomStringConvertible, CustomReflectable {
  /// The role; the external ID is between its owner and the one who assumes it.
  var description: String { "role \(roleARN)" }

  /// Shows the role.
  var customMirror: Mirror { Mirror(self, children: ["roleARN": roleARN]) }
}
