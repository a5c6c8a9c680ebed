import Synchronization

/// How requests to a bucket are addressed and signed.
struct BucketRoute: Sendable {
  /// Scheme and authority.
  let origin: String
  /// The value of `Host`.
  let authority: String
  /// What the path begins with.
  let pathPrefix: String
  /// Whether requests are encrypted.
  let usesTLS: Bool
  /// Signs for the bucket's region.
  let signer: SigV4Signer

  /// The route to an endpoint.
  init(_ endpoint: S3Endpoint, keys: SigningKeyCache) {
    origin = endpoint.origin
    authority = endpoint.authority
    pathPrefix = endpoint.pathPrefix
    usesTLS = endpoint.usesTLS
    signer = SigV4Signer(region: endpoint.signingRegion, keys: keys)
  }
}

/// The routes to the buckets in use, with the regions that S3's answers have told.
final class BucketRoutes: Sendable {
  private struct State {
    var routes: [String: BucketRoute] = [:]
    var regions: [String: String] = [:]
  }

  private let region: String
  private let settings: S3EndpointSettings
  private let keys = SigningKeyCache()
  private let state = Mutex(State())

  /// How many buckets are remembered; with more, it begins anew.
  private static let capacity = 1_024

  /// Routes that begin with one region for all buckets.
  init(region: String, settings: S3EndpointSettings) {
    self.region = region
    self.settings = settings
  }

  /// The route to a bucket.
  ///
  /// - Throws: ``S3Error/Code/invalidBucketName`` and ``S3Error/Code/invalidEndpoint``.
  func route(to bucket: String) throws(S3Error) -> BucketRoute {
    if let known = state.withLock({ $0.routes[bucket] }) { return known }
    let region = state.withLock { $0.regions[bucket] } ?? self.region
    let endpoint = try S3Endpoint(bucket: bucket, region: region, settings: settings)
    let route = BucketRoute(endpoint, keys: keys)
    state.withLock { state in
      if state.routes.count >= BucketRoutes.capacity { state.routes.removeAll() }
      // In the meantime the region may have been corrected.
      if state.regions[bucket] ?? self.region == region { state.routes[bucket] = route }
    }
    return route
  }

  /// Takes note of the region that a bucket turned out to be in.
  func correct(_ bucket: String, region: String) {
    state.withLock { state in
      if state.regions.count >= BucketRoutes.capacity { state.regions.removeAll() }
      state.regions[bucket] = region
      state.routes[bucket] = nil
    }
  }
}
