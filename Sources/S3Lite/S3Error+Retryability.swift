extension S3Error {
  /// Whether the same request may succeed when it is sent again, and what must happen before.
  public enum Retryability: Sendable, Hashable {
    /// No: it would fail again.
    case never
    /// Yes, after a while.
    case transient
    /// Yes, after a longer while, and with fewer requests at a time.
    case throttling
    /// Yes, signed with S3's time.
    case afterCorrectingClock
    /// Yes, with fresh credentials.
    case withFreshCredentials
    /// Yes, sent to and signed for the bucket's own region.
    case inAnotherRegion
  }

  /// Whether the request may be sent again.
  ///
  /// AWS SDKs and Tools Reference Guide, "Retry behavior", standard mode: the codes and statuses that
  /// are throttling or transient. A conflict of conditional writes (409) is not: who lost must look
  /// at the new version first.
  public var retryability: Retryability {
    if let known = S3Error.retryabilities[code.rawValue] { return known }
    return switch httpStatus {
    // S3 began to answer before it failed. The status that it would have had is lost, and what is not
    // known to be the request's fault was S3's own.
    case 200..<300: S3Error.refusals.contains(code.rawValue) ? .never : .transient
    case 301, 307, 308: .inAnotherRegion
    case 429: .throttling
    case 500, 502, 503, 504: .transient
    default: .never
    }
  }

  /// Codes that say that the request was at fault, and would be so again.
  ///
  /// Amazon S3 API Reference, "Error responses": those with a status of 400 to 499 that answers with a
  /// body of their own could hold, and ours.
  private static let refusals: Set<String> = [
    "AccessDenied", "AccountProblem", "AllAccessDisabled", "BadDigest",
    "ConditionalRequestConflict", "EntityTooLarge", "EntityTooSmall", "InvalidAccessKeyId",
    "InvalidArgument", "InvalidDigest", "InvalidEncryptionAlgorithmError", "InvalidObjectState",
    "InvalidPart", "InvalidPartOrder", "InvalidPayer", "InvalidRange", "InvalidRequest",
    "InvalidSecurity", "InvalidStorageClass", "InvalidTag", "InvalidToken",
    "KMS.AccessDeniedException",
    "KMS.DisabledException", "KMS.InvalidKeyUsageException", "KMS.KMSInvalidStateException",
    "KMS.NotFoundException", "KeyTooLongError", "MalformedXML", "MetadataTooLarge",
    "MethodNotAllowed", "MissingSecurityHeader", "NoSuchBucket", "NoSuchKey", "NoSuchUpload",
    "NoSuchVersion", "NotImplemented", "NotModified", "ObjectNotInActiveTierError",
    "OperationAborted", "PreconditionFailed", "SignatureDoesNotMatch",
    // Ours.
    "BodyLengthMismatch", "BodyTooLarge", "ClientShutDown", "DeadlineExceeded",
    "InvalidBucketName", "InvalidEndpoint",
  ]

  private static let retryabilities: [String: Retryability] = {
    var codes: [String: Retryability] = [:]
    for code in [
      "InternalError", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable",
      // Ours.
      "ChecksumMismatch", "ConnectionFailed", "InvalidAnswer", "TimedOut", "TruncatedBody",
    ] {
      codes[code] = .transient
    }
    for code in [
      "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException",
      "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
      "RequestThrottled", "RequestThrottledException", "SlowDown", "ThrottledException",
      "Throttling", "ThrottlingException", "TooManyRequestsException",
      "TransactionInProgressException",
    ] {
      codes[code] = .throttling
    }
    for code in ["RequestTimeTooSkewed", "RequestInTheFuture", "RequestExpired"] {
      codes[code] = .afterCorrectingClock
    }
    for code in ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"] {
      codes[code] = .withFreshCredentials
    }
    for code in [
      "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect",
      "Redirect", "TemporaryRedirect",
    ] {
      codes[code] = .inAnotherRegion
    }
    return codes
  }()
}
