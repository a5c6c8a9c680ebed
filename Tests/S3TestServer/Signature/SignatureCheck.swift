import Crypto
import Foundation
import NIOHTTP1

/// Checks the signature of a request: a second implementation of Signature Version 4, written after
/// the documentation for strings and dictionaries, which shares nothing with the client's signer.
///
/// Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
struct SignatureCheck {
  let accounts: [String: Account]
  /// The server's time in seconds since 1970.
  let now: Int64
  /// The region that the signature must be for.
  let region: String
  /// Whether a wrong region is answered as by another region's endpoint, with a redirect.
  let redirectsToRegion: Bool

  /// What a signature says, from the header or the query.
  private struct Claim {
    var credential: [String]
    var signedHeaders: [String]
    var signature: String
    var date: String
    /// Seconds, where the signature is in the query.
    var expires: Int64?
    var payloadHash: String
    var sessionToken: String?
  }

  /// Whether the request has a signature, which is then right.
  ///
  /// - Throws: The refusal.
  func isSigned(_ request: ServedRequest) throws(S3Failure) -> Bool {
    guard let claim = try claim(of: request) else { return false }
    guard let account = accounts[claim.credential[0]] else {
      throw S3Failure(
        403, "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        elements: [("AWSAccessKeyId", claim.credential[0])])
    }
    guard claim.credential[2] == region else { throw wrongRegion(claim.credential[2]) }
    guard claim.credential[1] == String(claim.date.prefix(8)), claim.credential[3] == "s3",
      claim.credential[4] == "aws4_request"
    else {
      throw S3Failure(
        400, "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the credential's scope is wrong.")
    }
    try checkTime(of: claim)
    guard account.sessionToken == claim.sessionToken else {
      throw S3Failure(
        400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
    }
    if account.isExpired {
      throw S3Failure(400, "ExpiredToken", "The provided token has expired.")
    }
    try checkCoverage(of: claim, request)
    let canonical = canonicalRequest(request, claim)
    let text = [
      "AWS4-HMAC-SHA256", claim.date, claim.credential.dropFirst().joined(separator: "/"),
      hex(SHA256.hash(data: Data(canonical.utf8))),
    ].joined(separator: "\n")
    var key = Data(("AWS4" + account.secretAccessKey).utf8)
    for part in claim.credential.dropFirst() + [text] { key = code(part, key) }
    guard hex(key) == claim.signature else {
      throw S3Failure(
        403, "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your "
          + "key and signing method.",
        elements: [
          ("AWSAccessKeyId", account.accessKeyID), ("StringToSign", text),
          ("SignatureProvided", claim.signature), ("CanonicalRequest", canonical),
        ])
    }
    try checkPayload(of: claim, request)
    return true
  }

  private func claim(of request: ServedRequest) throws(S3Failure) -> Claim? {
    let malformed = S3Failure(
      400, "AuthorizationHeaderMalformed", "The authorization header is malformed.")
    if let authorization = request.header("authorization") {
      guard authorization.hasPrefix("AWS4-HMAC-SHA256 ") else { throw malformed }
      var fields: [String: String] = [:]
      for field in authorization.dropFirst(17).split(separator: ",") {
        let pair = field.split(separator: "=", maxSplits: 1).map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        if pair.count == 2 { fields[pair[0]] = pair[1] }
      }
      guard let credential = fields["Credential"]?.components(separatedBy: "/"),
        credential.count == 5, let headers = fields["SignedHeaders"],
        let signature = fields["Signature"], let date = request.header("x-amz-date")
      else { throw malformed }
      guard let payloadHash = request.header("x-amz-content-sha256") else {
        throw .invalidRequest("Missing required header for this request: x-amz-content-sha256")
      }
      return Claim(
        credential: credential, signedHeaders: headers.components(separatedBy: ";"),
        signature: signature, date: date, expires: nil, payloadHash: payloadHash,
        sessionToken: request.header("x-amz-security-token"))
    }
    guard request.parameter("X-Amz-Algorithm") != nil else { return nil }
    guard let credential = request.parameter("X-Amz-Credential")?.components(separatedBy: "/"),
      credential.count == 5, let headers = request.parameter("X-Amz-SignedHeaders"),
      let signature = request.parameter("X-Amz-Signature"),
      let date = request.parameter("X-Amz-Date"),
      let expires = request.parameter("X-Amz-Expires").flatMap({ Int64($0) }),
      (1...604_800).contains(expires)
    else {
      throw S3Failure(
        400, "AuthorizationQueryParametersError",
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
          + "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
    }
    return Claim(
      credential: credential, signedHeaders: headers.components(separatedBy: ";"),
      signature: signature, date: date, expires: expires,
      payloadHash: request.header("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD",
      sessionToken: request.parameter("X-Amz-Security-Token"))
  }

  private func wrongRegion(_ wrong: String) -> S3Failure {
    let header = ("x-amz-bucket-region", region)
    guard !redirectsToRegion else {
      return S3Failure(
        301, "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
          + "Please send all future requests to this endpoint.",
        elements: [("Endpoint", "s3.\(region).amazonaws.com")], headers: [header])
    }
    return S3Failure(
      400, "AuthorizationHeaderMalformed",
      "The authorization header is malformed; the region '\(wrong)' is wrong; expecting "
        + "'\(region)'", elements: [("Region", region)], headers: [header])
  }

  private func checkTime(of claim: Claim) throws(S3Failure) {
    guard let time = TimeText.seconds(ofSignature: claim.date) else {
      throw S3Failure(
        403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date.")
    }
    if let expires = claim.expires {
      guard time - 900 <= now else {
        throw S3Failure(403, "AccessDenied", "Request is not valid yet")
      }
      guard now <= time + expires else {
        throw S3Failure(403, "AccessDenied", "Request has expired")
      }
    } else if abs(time - now) > 900 {
      throw S3Failure(
        403, "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        elements: [
          ("RequestTime", claim.date), ("ServerTime", TimeText.xml(now)),
          ("MaxAllowedSkewMilliseconds", "900000"),
        ])
    }
  }

  /// Host and all headers of AWS must be signed.
  private func checkCoverage(of claim: Claim, _ request: ServedRequest) throws(S3Failure) {
    let names = Set(request.headers.map { $0.name.lowercased() })
    let signed = Set(claim.signedHeaders)
    let unsigned = names.filter {
      $0 == "host" || ($0.hasPrefix("x-amz-") && !(claim.expires != nil && $0 == "x-amz-date"))
    }.subtracting(signed)
    guard unsigned.isEmpty else {
      throw S3Failure(
        403, "AccessDenied", "There were headers present in the request which were not signed",
        elements: [("HeadersNotSigned", unsigned.sorted().joined(separator: ", "))])
    }
  }

  private func canonicalRequest(_ request: ServedRequest, _ claim: Claim) -> String {
    let path = PercentCode.encode(PercentCode.bytes(of: request.rawPath), keeping: "/")
    let query = request.query.filter { $0.name != "X-Amz-Signature" }.map {
      PercentCode.encode($0.name.utf8) + "=" + PercentCode.encode(($0.value ?? "").utf8)
    }.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    let headers = claim.signedHeaders.map { name in
      let values = request.headers[name].map { value in
        value.split(separator: " ").joined(separator: " ")
      }
      return name + ":" + values.joined(separator: ",") + "\n"
    }
    return [
      request.method, path, query.joined(separator: "&"), headers.joined(),
      claim.signedHeaders.joined(separator: ";"), claim.payloadHash,
    ].joined(separator: "\n")
  }

  private func checkPayload(of claim: Claim, _ request: ServedRequest) throws(S3Failure) {
    switch claim.payloadHash {
    case "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER": return
    case _ where claim.payloadHash.hasPrefix("STREAMING-"): throw S3Failure(.notImplemented)
    case hex(SHA256.hash(data: Data(request.body))): return
    default:
      throw S3Failure(
        400, "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.")
    }
  }

  private func code(_ text: String, _ key: Data) -> Data {
    Data(
      HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key)))
  }

  private func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
