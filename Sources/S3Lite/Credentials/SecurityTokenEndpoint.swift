/// Where STS is asked, and the region that requests to it are signed for.
///
/// AWS SDKs and Tools Reference Guide, "AWS STS Regional endpoints" and "Dual-stack and FIPS
/// endpoints".
struct SecurityTokenEndpoint: Sendable, Hashable {
  let url: EndpointURL
  let signingRegion: String

  /// The regions whose requests go to the global endpoint under the setting `legacy`.
  private static let legacyRegions: Set<String> = [
    "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
    "us-east-2", "us-west-1", "us-west-2",
  ]

  /// The endpoint as the settings have it.
  ///
  /// - Parameter region: The caller's region, which outdoes those of the settings.
  /// - Throws: ``CredentialError`` where a setting is wrong.
  init(_ host: AWSHost, configuration: SharedConfiguration, region: String?)
    throws(CredentialError)
  {
    let known: String?
    if let region {
      known = region
    } else {
      known = try RegionChain.configured(configuration, host: host)
    }
    let isLegacy = try SecurityTokenEndpoint.isLegacy(configuration, host)
    if let text = try configuration.endpointURL(of: "sts", in: host) {
      guard let url = EndpointURL(text) else {
        throw CredentialError(
          .invalidConfiguration,
          "The endpoint for STS (AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or endpoint_url) is no URL"
            + " with http or https.")
      }
      self.url = url
      signingRegion = known.map(AWSRegion.signing) ?? "us-east-1"
      return
    }
    let usesFIPS = try configuration.fips(in: host)
    let usesDualStack = try configuration.dualStack(in: host)
    // Without a region there is only the global endpoint, which belongs to us-east-1.
    let isGlobal =
      !usesFIPS && !usesDualStack
      && (known.map {
        $0 == AWSRegion.global || isLegacy && SecurityTokenEndpoint.legacyRegions.contains($0)
      } ?? true)
    signingRegion = isGlobal ? "us-east-1" : known.map(AWSRegion.signing) ?? "us-east-1"
    let name =
      isGlobal
      ? "sts.amazonaws.com"
      : SecurityTokenEndpoint.host(
        in: signingRegion, usesDualStack: usesDualStack, usesFIPS: usesFIPS)
    guard let url = EndpointURL("https://\(name)/") else {
      throw CredentialError(.invalidConfiguration, "There is no host \(name).")
    }
    self.url = url
  }

  private static func host(in region: String, usesDualStack: Bool, usesFIPS: Bool) -> String {
    if usesDualStack {
      return "sts\(usesFIPS ? "-fips" : "").\(region).\(AWSRegion.dualStackDomain(of: region))"
    }
    // All of them are validated there, under the usual names.
    let hasName = usesFIPS && !region.hasPrefix("us-gov-")
    return "sts\(hasName ? "-fips" : "").\(region).\(AWSRegion.domain(of: region))"
  }

  private static func isLegacy(
    _ configuration: SharedConfiguration, _ host: AWSHost
  ) throws(CredentialError) -> Bool {
    let mode = configuration.setting(
      "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints", in: host)
    switch mode?.lowercased() {
    case nil, "regional": return false
    case "legacy": return true
    default:
      throw CredentialError(
        .invalidConfiguration,
        "The setting sts_regional_endpoints (AWS_STS_REGIONAL_ENDPOINTS) is neither regional nor"
          + " legacy.")
    }
  }
}
