/// Where the requests to a bucket go: the URL's beginning, and the region that they are signed for.
///
/// AWS General Reference, "Amazon Simple Storage Service endpoints and quotas"; Amazon S3 User Guide,
/// "Virtual hosting of buckets".
public struct S3Endpoint: Sendable, Hashable {
  /// Where the bucket stands in a URL.
  public enum AddressingStyle: Sendable, Hashable {
    /// In AWS's hosts where it can: the name must be a host's label, without dots, since AWS's
    /// certificates cover one label. In the path of any other server, as AWS's own tools have it: few
    /// of those have names and certificates for their buckets.
    case automatic
    /// In the path, always.
    case path
    /// In front of the host, always; an error where the name cannot stand there.
    case virtualHost
  }

  /// Whether requests are encrypted.
  public let usesTLS: Bool
  /// The host and, where it is not the scheme's own, the port: the value of `Host`.
  public let authority: String
  /// What the path begins with, percent-encoded and without a slash at its end: empty, or `/bucket`.
  public let pathPrefix: String
  /// The region that requests are signed for.
  public let signingRegion: String

  /// Scheme and authority, such as `https://my-bucket.s3.eu-central-1.amazonaws.com`.
  public var origin: String { "\(usesTLS ? "https" : "http")://\(authority)" }

  /// The endpoint of a bucket.
  ///
  /// - Parameters:
  ///   - bucket: The bucket's name, or an access point's alias.
  ///   - region: The region it is in, such as `eu-central-1`; `aws-global` is the endpoint without a
  ///     region, whose signatures are for `us-east-1`.
  ///   - settings: Addressing style, dual-stack, FIPS, or a server that is not AWS's.
  /// - Throws: ``S3Error/Code/invalidBucketName`` and ``S3Error/Code/invalidEndpoint``.
  public init(
    bucket: String, region: String, settings: S3EndpointSettings = S3EndpointSettings()
  ) throws(S3Error) {
    if let fault = BucketName.fault(of: bucket) { throw S3Error(.invalidBucketName, fault) }
    let server =
      if let url = settings.url {
        try S3Endpoint.custom(url, settings)
      } else {
        try S3Endpoint.aws(region: region, settings)
      }
    let path = try S3Endpoint.basePath(of: server)
    let isLabel = BucketName.isHostLabel(bucket, allowingDots: server.scheme == "http")
    let isAddress = server.host.contains(":") || BucketName.isIPv4Address(server.host)
    switch settings.addressingStyle {
    case .virtualHost where !isLabel || isAddress:
      throw S3Error(
        .invalidBucketName,
        "The bucket \(bucket) cannot stand in front of the host \(server.host); "
          + "use the path style.")
    case .virtualHost,
      .automatic where isLabel && settings.url == nil:
      authority = "\(bucket).\(server.authority)"
      pathPrefix = path
    case .path, .automatic:
      authority = server.authority
      pathPrefix = "\(path)/\(PercentEncoding.encode(bucket))"
    }
    usesTLS = server.scheme == "https"
    signingRegion = AWSRegion.signing(region)
  }

  private static func custom(
    _ url: String, _ settings: S3EndpointSettings
  ) throws(S3Error) -> EndpointURL {
    guard !settings.usesDualStack, !settings.usesFIPS else {
      throw S3Error(
        .invalidEndpoint,
        "Dual-stack and FIPS choose among AWS's endpoints; they cannot be had together with an "
          + "endpoint's URL.")
    }
    guard let server = EndpointURL(url) else {
      // The text itself is not shown: it may hold a password.
      throw S3Error(
        .invalidEndpoint,
        "The endpoint's URL is none; it is written like https://storage.example.com:8443/base.")
    }
    return server
  }

  /// The path that all others follow, without a slash at its end.
  private static func basePath(of server: EndpointURL) throws(S3Error) -> String {
    var path = server.target[...]
    while path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    let isPath = path.utf8.allSatisfy { byte in
      PercentEncoding.isUnreserved(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "%")
    }
    guard isPath else {
      throw S3Error(
        .invalidEndpoint,
        "The endpoint's URL has a query, or a path that is not percent-encoded.")
    }
    return String(path)
  }

  private static func aws(
    region: String, _ settings: S3EndpointSettings
  ) throws(S3Error) -> EndpointURL {
    guard AWSRegion.isValid(region) else {
      throw S3Error(
        .invalidEndpoint,
        "\"\(region.prefix(64))\" is not the name of a region, such as eu-central-1.")
    }
    guard !settings.usesFIPS || !region.hasPrefix("cn-") else {
      throw S3Error(.invalidEndpoint, "S3 has no FIPS endpoints in China.")
    }
    let isGlobal = region == AWSRegion.global
    var host = settings.usesFIPS ? "s3-fips" : "s3"
    if settings.usesDualStack { host += ".dualstack" }
    if !isGlobal || settings.usesFIPS || settings.usesDualStack {
      host += ".\(AWSRegion.signing(region))"
    }
    guard let url = EndpointURL("https://\(host).\(AWSRegion.domain(of: region))") else {
      throw S3Error(.invalidEndpoint, "There is no endpoint in the region \(region).")
    }
    return url
  }
}

/// How endpoints are chosen.
public struct S3EndpointSettings: Sendable, Hashable {
  /// The URL of a server that is not AWS's, such as `http://localhost:9000`, perhaps with a path
  /// that all others follow; nil for AWS.
  public var url: String?
  /// Where the bucket stands in a URL.
  public var addressingStyle: S3Endpoint.AddressingStyle
  /// Whether AWS's endpoints are those that have IPv6 addresses, too.
  public var usesDualStack: Bool
  /// Whether AWS's endpoints are those whose cryptography is validated by FIPS 140.
  public var usesFIPS: Bool

  /// AWS's own endpoints, unless said otherwise.
  public init(
    url: String? = nil, addressingStyle: S3Endpoint.AddressingStyle = .automatic,
    usesDualStack: Bool = false, usesFIPS: Bool = false
  ) {
    self.url = url
    self.addressingStyle = addressingStyle
    self.usesDualStack = usesDualStack
    self.usesFIPS = usesFIPS
  }
}

extension S3EndpointSettings: CustomStringConvertible, CustomReflectable {
  /// The settings; of a URL that is not one nothing, since it may hold a password.
  public var description: String {
    var parts: [String] = []
    if let url { parts.append(EndpointURL(url)?.text ?? "a URL that is none") }
    if addressingStyle != .automatic { parts.append("\(addressingStyle)") }
    if usesDualStack { parts.append("dual-stack") }
    if usesFIPS { parts.append("FIPS") }
    return parts.isEmpty ? "AWS" : parts.joined(separator: ", ")
  }

  /// Shows what ``description`` shows.
  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
