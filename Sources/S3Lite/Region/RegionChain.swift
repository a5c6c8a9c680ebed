/// Finds the region: where the caller names none, in `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile
/// and, on EC2, the instance's own.
///
/// AWS SDKs and Tools Reference Guide, "AWS Region".
public struct RegionChain: Sendable {
  private let host: AWSHost
  private let profile: String?

  init(host: AWSHost, profile: String? = nil) {
    self.host = host
    self.profile = profile
  }

  /// The region.
  ///
  /// - Parameter explicit: The caller's choice, which outdoes all others.
  /// - Throws: ``CredentialError`` that names all places, or the one whose value is no region.
  public func region(explicit: String? = nil) async throws -> String {
    var attempts: [CredentialError.Attempt] = []
    if let explicit, !explicit.isEmpty {
      return try RegionChain.validated(explicit, from: "the caller")
    }
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
      if let value = host.variable(variable) {
        return try RegionChain.validated(value, from: "the variable \(variable)")
      }
      attempts.append(.init(place: "environment", reason: "\(variable) is not set"))
    }
    let configuration = try SharedConfiguration(host, profile: profile)
    let place = "profile \(configuration.profileName)"
    if let value = try configuration.requireProfile()?["region"] {
      return try RegionChain.validated(value, from: place)
    }
    attempts.append(
      .init(place: place, reason: "it has no region, or is not in \(configuration.files)"))
    let metadata = try InstanceMetadata(host, configuration: configuration)
    switch try await metadata.region() {
    case .found(let region):
      return try RegionChain.validated(region, from: InstanceMetadata.place)
    case .absent(let reason):
      attempts.append(.init(place: InstanceMetadata.place, reason: reason))
    }
    throw CredentialError(
      .notFound, "There is no AWS region. Set AWS_REGION, or `region` in a profile.",
      attempts: attempts)
  }

  /// The region as far as it is known without asking anybody over a network; nil where it is not.
  static func configured(_ configuration: SharedConfiguration, host: AWSHost)
    throws(CredentialError) -> String?
  {
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
      if let value = host.variable(variable) {
        return try validated(value, from: "the variable \(variable)")
      }
    }
    guard let value = configuration.profile?["region"] else { return nil }
    return try validated(value, from: "profile \(configuration.profileName)")
  }

  static func validated(_ region: String, from place: String) throws(CredentialError) -> String {
    guard AWSRegion.isValid(region) else {
      throw CredentialError(
        .invalidConfiguration,
        "The region from \(place) is no name of a region: lower-case letters, digits and - only,"
          + " such as eu-central-1.")
    }
    return region
  }
}
