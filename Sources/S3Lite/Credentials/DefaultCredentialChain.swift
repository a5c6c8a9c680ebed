import Synchronization

/// The credentials that a program of AWS's would use: the first place that has some, in the order of
/// AWS's SDKs.
///
/// 1. The environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
/// 2. The profile (`AWS_PROFILE`, or `default`) of the shared files `config` and `credentials`: an
///    access key, a role with its `source_profile`, `credential_source` or token file, a
///    `credential_process`.
/// 3. A web identity token (EKS): `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN`.
/// 4. The container's endpoint (ECS, EKS Pod Identity).
/// 5. The instance's metadata (EC2), version 2.
///
/// A profile that the caller chooses outdoes the environment: then only it, 4 and 5 are looked at. A
/// place that is not set up is passed over; one that is set up and fails ends the search, since the
/// next one would be somebody else. Once a place has given credentials it is the only one that is
/// asked again.
///
/// Credentials are kept, and renewed some minutes before they expire; many callers cause one renewal.
///
/// AWS SDKs and Tools Reference Guide, "AWS SDKs and Tools standardized credential providers".
public final class DefaultCredentialChain: AWSCredentialProvider {
  private let refreshing: RefreshingCredentials

  /// - Parameters:
  ///   - host: Where everything is looked up.
  ///   - profile: The caller's choice; nil leaves it to `AWS_PROFILE`.
  ///   - region: The region whose STS is asked; nil leaves it to variables and profile.
  init(host: AWSHost, profile: String? = nil, region: String? = nil) {
    let profile = profile?.isEmpty == true ? nil : profile
    var sources: [any CredentialSource] = [
      ProfileSource(host: host, profile: profile, region: region), ContainerSource(host: host),
      InstanceMetadataSource(host: host, profile: profile),
    ]
    if profile == nil {
      sources.insert(EnvironmentSource(host: host), at: 0)
      sources.insert(WebIdentitySource(host: host, region: region), at: 2)
    }
    let search = CredentialSearch(sources)
    refreshing = RefreshingCredentials(time: host.time, random: host.random) {
      try await search.run()
    }
  }

  /// Credentials that are valid now.
  ///
  /// - Throws: ``CredentialError`` that names all places and why they had none; `CancellationError`.
  public func credentials() async throws -> AWSCredentials {
    try await refreshing.credentials()
  }

  /// Forgets these credentials, if they are the current ones: AWS has refused them as expired.
  public func invalidate(_ rejected: AWSCredentials) async {
    refreshing.invalidate(rejected)
  }
}

/// The search through the places of a chain.
final class CredentialSearch: Sendable {
  private let sources: [any CredentialSource]
  /// The place that has had credentials before.
  private let found = Mutex<Int?>(nil)

  init(_ sources: [any CredentialSource]) {
    self.sources = sources
  }

  /// The credentials of the first place that has some.
  func run() async throws -> ExpiringCredentials {
    let known = found.withLock { $0 }
    var attempts: [CredentialError.Attempt] = []
    for (index, source) in sources.enumerated() where known == nil || known == index {
      do {
        switch try await source.lookUp() {
        case .found(let credentials):
          found.withLock { $0 = index }
          return credentials
        case .absent(let reason):
          attempts.append(.init(place: source.place, reason: reason))
        }
      } catch var error as CredentialError {
        attempts.append(.init(place: source.place, reason: "it is set up, and failed as said"))
        error.attempts = attempts
        throw error
      }
    }
    throw CredentialError(
      .notFound,
      "There are no AWS credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a"
        + " profile with AWS_PROFILE, or run where a role is attached.",
      attempts: attempts)
  }
}
