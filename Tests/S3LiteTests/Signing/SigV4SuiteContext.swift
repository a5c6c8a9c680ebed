import S3Lite
import Testing

@testable import enum S3Lite.ISO8601Time

/// What surrounds a request of AWS's test suite (`context.json`).
struct SigV4SuiteContext: Decodable {
  struct Credentials: Decodable {
    var accessKeyId: String
    var secretAccessKey: String
    var token: String?
  }

  var credentials: Credentials
  var expirationInSeconds: Int?
  var normalize: Bool?
  var doubleUriEncode: Bool?
  var useDoubleUriEncode: Bool?
  var region: String
  var service: String
  var signBody: Bool?
  var signedBodyValue: String?
  var timestamp: String
  var omitSessionToken: Bool?

  /// The surroundings of botocore's cases, which are not written down beside them.
  init(ofBotocore request: SigV4SuiteRequest) throws {
    credentials = Credentials(
      accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
      token: request.header("x-amz-security-token"))
    region = "us-east-1"
    service = "service"
    let time = try #require(request.header("x-amz-date"), "no X-Amz-Date to sign with")
    func part(_ start: Int, _ length: Int) -> Substring { time.dropFirst(start).prefix(length) }
    timestamp =
      "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(9, 2)):\(part(11, 2)):\(part(13, 2))Z"
  }

  /// Those of the service, as far as the context does not say otherwise.
  var rules: SigningRules {
    let isS3 = service == "s3"
    return SigningRules(
      pathEncoding: doubleUriEncode ?? useDoubleUriEncode ?? !isS3 ? .twice : .once,
      normalizesPath: normalize ?? !isS3, addsPayloadHash: signBody ?? isS3,
      presignsUnsignedPayload: isS3 && signBody == nil,
      signsSessionToken: !(omitSessionToken ?? false))
  }

  /// The signer.
  var signer: SigV4Signer { SigV4Signer(region: region, service: service, rules: rules) }

  /// Who signs.
  var signingCredentials: AWSCredentials {
    AWSCredentials(
      accessKeyID: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey,
      sessionToken: credentials.token)
  }

  /// When.
  func time() throws -> SigningTime {
    let microseconds = try #require(ISO8601Time.microseconds(parsing: timestamp))
    return try #require(SigningTime(secondsSinceEpoch: microseconds / 1_000_000))
  }

  /// What is signed of a request.
  func signingRequest(_ request: SigV4SuiteRequest) throws -> SigningRequest {
    var signing = try request.signingRequest()
    switch signedBodyValue {
    case nil: break
    case "UNSIGNED-PAYLOAD": signing.payload = .unsigned
    default: Issue.record("no such payload: \(signedBodyValue ?? "")")
    }
    return signing
  }
}
