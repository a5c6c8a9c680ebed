/// An error that S3 answered with, or an answer of S3's that cannot be understood.
///
/// The set of codes is open, S3 adds to it: a `switch` over them needs a `default`.
///
/// Amazon S3 API Reference, "Error responses".
public struct S3Error: Error, Sendable {
  /// The kind of failure, in S3's words.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The code as S3 writes it, such as `NoSuchKey`.
    public let rawValue: String

    /// A code by its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The credentials do not allow it, or the object is not there and may not be listed.
    public static let accessDenied = Code(rawValue: "AccessDenied")
    /// The bucket is not there.
    public static let noSuchBucket = Code(rawValue: "NoSuchBucket")
    /// The object is not there.
    public static let noSuchKey = Code(rawValue: "NoSuchKey")
    /// The multipart upload is not there: never begun, finished or aborted.
    public static let noSuchUpload = Code(rawValue: "NoSuchUpload")
    /// What was asked for is not there; the answer did not say more, as to HEAD.
    public static let notFound = Code(rawValue: "NotFound")
    /// The object is unchanged since the version named in If-None-Match.
    public static let notModified = Code(rawValue: "NotModified")
    /// If-Match or If-None-Match does not hold.
    public static let preconditionFailed = Code(rawValue: "PreconditionFailed")
    /// Another conditional write to the object is under way. The version must be looked at anew.
    public static let conditionalRequestConflict = Code(rawValue: "ConditionalRequestConflict")
    /// The range lies outside of the object.
    public static let invalidRange = Code(rawValue: "InvalidRange")
    /// The object lies in an archive class and must be restored before it can be read.
    public static let invalidObjectState = Code(rawValue: "InvalidObjectState")
    /// Too many requests.
    public static let slowDown = Code(rawValue: "SlowDown")
    /// S3 failed.
    public static let internalError = Code(rawValue: "InternalError")
    /// S3 cannot answer now.
    public static let serviceUnavailable = Code(rawValue: "ServiceUnavailable")
    /// The request's body came too slowly.
    public static let requestTimeout = Code(rawValue: "RequestTimeout")
    /// The signature's time is too far from S3's.
    public static let requestTimeTooSkewed = Code(rawValue: "RequestTimeTooSkewed")
    /// The session token has expired.
    public static let expiredToken = Code(rawValue: "ExpiredToken")
    /// The signature is not the one that S3 computes.
    public static let signatureDoesNotMatch = Code(rawValue: "SignatureDoesNotMatch")
    /// The bucket is in another region, for good.
    public static let permanentRedirect = Code(rawValue: "PermanentRedirect")
    /// The signature is for another region.
    public static let authorizationHeaderMalformed = Code(
      rawValue: "AuthorizationHeaderMalformed")
    /// Ours: the answer is not the one that belongs to the request.
    public static let invalidAnswer = Code(rawValue: "InvalidAnswer")
    /// Ours: the name of the bucket is not one that a request can be sent to.
    public static let invalidBucketName = Code(rawValue: "InvalidBucketName")
    /// Ours: region, URL and settings name no endpoint.
    public static let invalidEndpoint = Code(rawValue: "InvalidEndpoint")
    /// Ours: the request is not one that S3 takes, and was not sent.
    public static let invalidRequest = Code(rawValue: "InvalidRequest")
    /// Ours: there was no connection, or it ended before the whole answer was there.
    public static let connectionFailed = Code(rawValue: "ConnectionFailed")
    /// Ours: S3 did not answer in time.
    public static let timedOut = Code(rawValue: "TimedOut")
    /// Ours: the deadline of the call has passed.
    public static let deadlineExceeded = Code(rawValue: "DeadlineExceeded")
    /// Ours: the body has more bytes than the caller allows.
    public static let bodyTooLarge = Code(rawValue: "BodyTooLarge")
    /// Ours: the body has fewer bytes than announced.
    public static let truncatedBody = Code(rawValue: "TruncatedBody")
    /// Ours: the body is not the one that S3's checksum was computed of.
    public static let checksumMismatch = Code(rawValue: "ChecksumMismatch")
    /// Ours: the body to be sent is longer or shorter than its caller said.
    public static let bodyLengthMismatch = Code(rawValue: "BodyLengthMismatch")
    /// Ours: the client has been shut down.
    public static let clientShutDown = Code(rawValue: "ClientShutDown")
  }

  /// The kind of failure.
  public var code: Code
  /// What S3 says about it.
  public var message: String
  /// The status of the HTTP answer. With 200 S3 found out only after it had begun to answer; 0 where
  /// there was no answer, or no request.
  public var httpStatus: Int
  /// The bucket or object, as S3 names it, or where it does not as the request did:
  /// `/bucket/key`.
  public var resource: String?
  /// The request's ID, for AWS's support.
  public var requestID: String?
  /// The host's ID, for AWS's support.
  public var hostID: String?
  /// The region that the bucket is in, where the request went to another one.
  public var region: String?
  /// The bucket.
  public var bucket: String?
  /// The other elements of the answer by name, as far as they hold only text. They may hold a session
  /// token or what was signed, and so are never part of a description.
  public var additionalElements: [String: String]
  /// Whether S3 may have carried the request out all the same: an attempt to change something ended
  /// without an answer. After ``Code/preconditionFailed`` the change that is in the way may then be
  /// this very one. Look at the object to know.
  public var mayHaveSucceeded = false
  /// The error underneath, such as an ``XMLError``.
  public var underlying: (any Error)?

  /// An error with what is known of it.
  public init(
    _ code: Code, _ message: String, httpStatus: Int = 0, resource: String? = nil,
    requestID: String? = nil, hostID: String? = nil, region: String? = nil, bucket: String? = nil,
    additionalElements: [String: String] = [:], underlying: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.httpStatus = httpStatus
    self.resource = resource
    self.requestID = requestID
    self.hostID = hostID
    self.region = region
    self.bucket = bucket
    self.additionalElements = additionalElements
    self.underlying = underlying
  }
}

extension S3Error: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Code, status, message, and what AWS's support asks for.
  public var description: String {
    var text = "S3: \(code.rawValue)"
    if httpStatus != 0 { text += " (HTTP \(httpStatus))" }
    if !message.isEmpty { text += ": \(message)" }
    var parts: [String] = []
    if let resource { parts.append("resource \(resource)") }
    if let bucket { parts.append("bucket \(bucket)") }
    if let region { parts.append("region \(region)") }
    if let requestID { parts.append("request \(requestID)") }
    if let hostID { parts.append("host \(hostID)") }
    if !parts.isEmpty { text += " [\(parts.joined(separator: ", "))]" }
    if let underlying { text += " (\(underlying))" }
    if mayHaveSucceeded { text += " An attempt without an answer may have succeeded." }
    return text
  }

  /// The same as ``description``.
  public var debugDescription: String { description }

  /// Shows what ``description`` shows.
  public var customMirror: Mirror {
    Mirror(self, children: ["description": description])
  }
}
