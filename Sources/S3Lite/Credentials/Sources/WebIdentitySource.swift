/// A token of another identity provider in a file, and the role that its holder may assume.
struct WebIdentity: Sendable, Hashable {
  /// The file with the token; it is read each time, as it changes.
  var tokenFile: String
  /// The setting that names the file, for errors.
  var setting: String
  /// The role.
  var role: RoleRequest

  func credentials(
    _ host: AWSHost, configuration: SharedConfiguration, region: String?
  ) async throws -> ExpiringCredentials {
    let token = try host.token(inFile: tokenFile, namedBy: setting)
    return try await SecurityTokenService(host, configuration: configuration, region: region)
      .assumeRole(role, withWebIdentity: token)
  }
}

/// `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`, as EKS sets them.
///
/// AWS SDKs and Tools Reference Guide, "Assume role credential provider".
struct WebIdentitySource: CredentialSource {
  private static let tokenFile = "AWS_WEB_IDENTITY_TOKEN_FILE"

  let host: AWSHost
  /// The region that the caller has chosen, if so.
  let region: String?

  var place: String { "web identity token" }

  func lookUp() async throws -> Lookup<ExpiringCredentials> {
    guard let path = host.variable(WebIdentitySource.tokenFile) else {
      return .absent(reason: "\(WebIdentitySource.tokenFile) is not set")
    }
    guard let role = host.variable("AWS_ROLE_ARN") else {
      throw CredentialError(
        .invalidConfiguration,
        "\(WebIdentitySource.tokenFile) is set, but AWS_ROLE_ARN is not. Set both or neither.")
    }
    let identity = WebIdentity(
      tokenFile: path, setting: WebIdentitySource.tokenFile,
      role: RoleRequest(roleARN: role, sessionName: host.variable("AWS_ROLE_SESSION_NAME")))
    return .found(
      try await identity.credentials(
        host, configuration: try SharedConfiguration(host), region: region))
  }
}
