extension S3EndpointSettings {
  /// The endpoints as the user has set them. The URL is the caller's, or else that of
  /// `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` or the profile. `AWS_USE_DUALSTACK_ENDPOINT` and
  /// `AWS_USE_FIPS_ENDPOINT`, or `use_dualstack_endpoint` and `use_fips_endpoint` of the profile, choose
  /// among AWS's endpoints where there is no URL. Below `s3` the profile may have an
  /// `addressing_style`, and `use_dualstack_endpoint` too.
  ///
  /// AWS SDKs and Tools Reference Guide, "Service-specific endpoints", "Dual-stack and FIPS
  /// endpoints"; AWS CLI Configuration, "S3".
  ///
  /// - Throws: ``CredentialError`` where a setting is wrong.
  init(
    _ configuration: SharedConfiguration, host: AWSHost, url: String?
  ) throws(CredentialError) {
    let chosen: String?
    if let url {
      chosen = url
    } else {
      chosen = try configuration.endpointURL(of: "s3", in: host)
    }
    let below = configuration.profile?.nested["s3"] ?? [:]
    let style: S3Endpoint.AddressingStyle
    switch below["addressing_style"]?.lowercased() {
    case nil, "", "auto": style = .automatic
    case "path": style = .path
    case "virtual": style = .virtualHost
    default:
      throw CredentialError(
        .invalidConfiguration,
        "The addressing_style below s3 in the profile \(configuration.profileName) is none of auto,"
          + " path and virtual.")
    }
    let usesDualStack = try configuration.dualStack(in: host, below: below)
    let usesFIPS = try configuration.fips(in: host)
    // Among AWS's endpoints only: whoever names a server has chosen.
    self.init(
      url: chosen, addressingStyle: style, usesDualStack: chosen == nil && usesDualStack,
      usesFIPS: chosen == nil && usesFIPS)
  }
}
