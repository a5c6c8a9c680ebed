import Foundation
import S3Lite
import Testing

@testable import enum S3Lite.ISO8601Time

@Suite("Signatures agree with AWS's test suite")
struct SigV4SuiteTests {
  /// The signer of a case with its credentials and time.
  private struct Setting {
    let signer: SigV4Signer
    let credentials: AWSCredentials
    let time: SigningTime

    init(_ context: SigV4SuiteCase.Context) throws {
      signer = SigV4Signer(
        region: context.region, service: context.service,
        rules: SigningRules(
          pathEncoding: .twice, normalizesPath: context.normalize,
          addsPayloadHash: context.signBody ?? false,
          signsSessionToken: !(context.omitSessionToken ?? false)))
      credentials = AWSCredentials(
        accessKeyID: context.credentials.accessKeyId,
        secretAccessKey: context.credentials.secretAccessKey,
        sessionToken: context.credentials.token)
      let microseconds = try #require(ISO8601Time.microseconds(parsing: context.timestamp))
      time = try #require(SigningTime(secondsSinceEpoch: microseconds / 1_000_000))
    }
  }

  @Test("there are cases")
  func casesAreFound() {
    #expect(!SigV4SuiteCase.all.isEmpty, "no cases in \(SigV4SuiteCase.suite.path)")
  }

  @Test("a request is signed in its headers", arguments: SigV4SuiteCase.all)
  func header(_ suiteCase: SigV4SuiteCase) throws {
    let setting = try Setting(suiteCase.context())
    let request = try SigV4SuiteRequest(suiteCase.bytes("request.txt"))
    let signed = try setting.signer.sign(
      request.signingRequest(), with: setting.credentials, at: setting.time)
    #expect(try signed.canonicalRequest.text == suiteCase.line("header-canonical-request.txt"))
    #expect(try signed.stringToSign.text == suiteCase.line("header-string-to-sign.txt"))
    #expect(try signed.signature == suiteCase.line("header-signature.txt"))
    #expect(
      try request.text(added: signed.headers) == suiteCase.text("header-signed-request.txt"))
  }

  @Test("a request is signed in its query", arguments: SigV4SuiteCase.all)
  func query(_ suiteCase: SigV4SuiteCase) throws {
    let context = try suiteCase.context()
    let setting = try Setting(context)
    let request = try SigV4SuiteRequest(suiteCase.bytes("request.txt"))
    let signed = try setting.signer.presign(
      request.signingRequest(), with: setting.credentials, at: setting.time,
      expiresAfter: context.expirationInSeconds ?? 3_600)
    #expect(try signed.canonicalRequest.text == suiteCase.line("query-canonical-request.txt"))
    #expect(try signed.stringToSign.text == suiteCase.line("query-string-to-sign.txt"))
    #expect(try signed.signature == suiteCase.line("query-signature.txt"))
    let target =
      request.target + (request.target.contains("?") ? "&" : "?") + signed.addedQuery
    #expect(try request.text(target: target) == suiteCase.text("query-signed-request.txt"))
  }
}
