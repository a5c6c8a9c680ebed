/// In what the signatures of services differ.
public struct SigningRules: Sendable, Hashable {
  /// How the path is signed.
  public enum PathEncoding: Sendable, Hashable {
    /// As it is sent; only what is not percent-encoded yet and ought to be is encoded.
    case once
    /// Percent-encoded once more than it is sent.
    case twice
  }

  /// How the path is signed.
  public var pathEncoding: PathEncoding
  /// Whether `.`, `..` and empty segments are removed from the path before it is signed (the path
  /// that is sent stays as it is).
  public var normalizesPath: Bool
  /// Whether `x-amz-content-sha256` is sent and signed.
  public var addsPayloadHash: Bool
  /// Whether a presigned URL leaves the body unsigned, whatever the request says of it.
  public var presignsUnsignedPayload: Bool
  /// Whether the session token is signed; a few services want it added afterwards.
  public var signsSessionToken: Bool

  /// Rules of one's own; see ``s3`` and ``general``.
  public init(
    pathEncoding: PathEncoding, normalizesPath: Bool, addsPayloadHash: Bool,
    presignsUnsignedPayload: Bool = false, signsSessionToken: Bool = true
  ) {
    self.pathEncoding = pathEncoding
    self.normalizesPath = normalizesPath
    self.addsPayloadHash = addsPayloadHash
    self.presignsUnsignedPayload = presignsUnsignedPayload
    self.signsSessionToken = signsSessionToken
  }

  /// S3: a key is an opaque string, so its path is signed as it is sent, and the hash of the body
  /// has a header of its own. In a presigned URL it has no place, and the body is not signed.
  public static let s3 = SigningRules(
    pathEncoding: .once, normalizesPath: false, addsPayloadHash: true,
    presignsUnsignedPayload: true)

  /// The services other than S3.
  public static let general = SigningRules(
    pathEncoding: .twice, normalizesPath: true, addsPayloadHash: false)
}
