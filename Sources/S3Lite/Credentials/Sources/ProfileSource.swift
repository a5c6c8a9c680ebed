/// The profile of the shared files.
struct ProfileSource: CredentialSource {
  let host: AWSHost
  /// The profile that the caller has chosen, if so.
  let profile: String?
  /// The region that the caller has chosen, if so.
  let region: String?

  var place: String {
    let chosen = profile ?? host.variable("AWS_PROFILE") ?? host.variable("AWS_DEFAULT_PROFILE")
    return "profile \(chosen ?? "default")"
  }

  func lookUp() async throws -> Lookup<ExpiringCredentials> {
    let configuration = try SharedConfiguration(host, profile: profile)
    guard try configuration.requireProfile() != nil else {
      return .absent(reason: "it is in none of the files \(configuration.files)")
    }
    guard let plan = try CredentialPlan(configuration.profileName, in: configuration.profiles)
    else { return .absent(reason: "it has no credentials in \(configuration.files)") }
    var credentials = try await base(plan.base, configuration)
    for role in plan.roles {
      credentials = try await SecurityTokenService(
        host, configuration: configuration, region: region
      ).assumeRole(role, with: credentials.credentials)
    }
    return .found(credentials)
  }

  private func base(_ base: CredentialPlan.Base, _ configuration: SharedConfiguration)
    async throws -> ExpiringCredentials
  {
    let source: any CredentialSource
    switch base {
    case .accessKey(let key):
      return ExpiringCredentials(credentials: key)
    case .webIdentity(let identity):
      return try await identity.credentials(
        host, configuration: configuration, region: region)
    case .program(let program):
      let output = try await host.run(program)
      return try CredentialDocument.credentials(
        in: output, .program, from: "The program \(program.name) (credential_process)")
    case .place(.environment): source = EnvironmentSource(host: host)
    case .place(.container): source = ContainerSource(host: host)
    case .place(.instance): source = InstanceMetadataSource(host: host, profile: profile)
    }
    switch try await source.lookUp() {
    case .found(let credentials): return credentials
    case .absent(let reason):
      throw CredentialError(
        .invalidConfiguration,
        "The \(place) takes its credentials from the \(source.place) (credential_source), which has"
          + " none: \(reason).")
    }
  }
}
