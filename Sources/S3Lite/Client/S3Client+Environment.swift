internal import AsyncHTTPClient
public import Logging

extension S3Client {
  /// A client that is set up as AWS's own tools would be: by the environment, the shared files and,
  /// in AWS, the container or the instance.
  ///
  ///     let client = try await S3Client()
  ///
  /// - Parameters:
  ///   - profile: The profile of the shared files; nil leaves it to `AWS_PROFILE`.
  ///   - region: The region; nil leaves it to ``RegionChain``. For a server that is not AWS's it is
  ///     `us-east-1`, as most of them expect, where neither environment nor profile has one.
  ///   - endpointURL: A server that is not AWS's; nil leaves it to `AWS_ENDPOINT_URL_S3`,
  ///     `AWS_ENDPOINT_URL` and the profile.
  ///   - isSigned: Whether requests are signed, with credentials of ``DefaultCredentialChain``.
  ///   - change: Changes what the configuration has come to.
  ///   - logger: Where retries and corrections are noted, at the level debug.
  /// - Throws: ``CredentialError`` where there is no region or a setting is wrong, ``S3Error`` where
  ///   the endpoint's URL is.
  public convenience init(
    profile: String? = nil, region: String? = nil, endpointURL: String? = nil,
    isSigned: Bool = true, logger: Logger? = nil,
    change: (inout S3Configuration) -> Void = { _ in }
  ) async throws {
    // Region and credentials have an HTTP client of their own: that for S3 is made as the finished
    // configuration has it.
    let lookups = HTTPClient(
      configuration: S3Client.httpConfiguration(S3Configuration(region: "us-east-1")))
    do {
      let host = AWSHost.current(http: AsyncHTTPExchange(lookups))
      var configuration = try await S3Configuration(
        host: host, profile: profile, region: region, endpointURL: endpointURL)
      change(&configuration)
      self.init(
        configuration: configuration,
        credentials: isSigned
          ? DefaultCredentialChain(host: host, profile: profile, region: configuration.region)
          : nil,
        lookups: lookups, logger: logger)
    } catch {
      try? await lookups.shutdown()
      throw error
    }
  }
}

extension S3Configuration {
  /// What a machine's settings come to.
  init(
    host: AWSHost, profile: String? = nil, region: String? = nil, endpointURL: String? = nil
  ) async throws {
    let shared = try SharedConfiguration(host, profile: profile)
    let endpoint = try S3EndpointSettings(shared, host: host, url: endpointURL)
    // A server of somebody else's needs no question to AWS's metadata, which nobody may answer.
    let isElsewhere = endpoint.url != nil
    let configured = isElsewhere ? try RegionChain.configured(shared, host: host) : nil
    let found = try await RegionChain(host: host, profile: profile)
      .region(explicit: region ?? (isElsewhere ? configured ?? "us-east-1" : nil))
    self.init(
      region: found, endpoint: endpoint, retry: try RetryConfiguration(shared, host: host))
    // An endpoint that is wrong is better known now than with the first request.
    _ = try S3Endpoint(bucket: "bucket", region: found, settings: endpoint)
  }
}
