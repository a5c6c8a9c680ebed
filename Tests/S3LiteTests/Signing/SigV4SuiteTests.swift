import Foundation
import S3Lite
import Testing

@Suite("Signatures agree with AWS's test suite")
struct SigV4SuiteTests {
  @Test("there are cases")
  func casesAreFound() {
    #expect(!SigV4SuiteCase.all.isEmpty, "no cases in \(SigV4SuiteCase.suite.path)")
  }

  @Test("a case says what comes out", arguments: SigV4SuiteCase.all)
  func outcome(_ suiteCase: SigV4SuiteCase) {
    #expect(suiteCase.has(.header) || suiteCase.has(.query))
  }

  @Test("a request is signed in its headers", arguments: SigV4SuiteCase.all(having: .header))
  func header(_ suiteCase: SigV4SuiteCase) throws {
    let context = try suiteCase.context()
    let request = try suiteCase.request()
    let signed = try context.signer.sign(
      context.signingRequest(request), with: context.signingCredentials, at: context.time())
    if let expected = try suiteCase.line(.canonicalRequest(.header)) {
      #expect(signed.canonicalRequest.text == expected)
    }
    if let expected = try suiteCase.line(.stringToSign(.header)) {
      #expect(signed.stringToSign.text == expected)
    }
    if let expected = try suiteCase.line(.signature(.header)) {
      #expect(signed.signature == expected)
    }
    if let expected = try suiteCase.line(.authorization) {
      #expect(signed.headers.last?.value == expected)
    }
    if let expected = try suiteCase.bytes(.signedRequest(.header)) {
      #expect(try request.with(added: signed.headers) == SigV4SuiteRequest(expected))
    }
  }

  @Test("a request is signed in its query", arguments: SigV4SuiteCase.all(having: .query))
  func query(_ suiteCase: SigV4SuiteCase) throws {
    let context = try suiteCase.context()
    let request = try suiteCase.request()
    // The time stands in the query.
    let signed = try context.signer.presign(
      context.signingRequest(request.without("x-amz-date")), with: context.signingCredentials,
      at: context.time(),
      expiresAfter: context.expirationInSeconds ?? 3_600)
    if let expected = try suiteCase.line(.canonicalRequest(.query)) {
      #expect(signed.canonicalRequest.text == expected)
    }
    if let expected = try suiteCase.line(.stringToSign(.query)) {
      #expect(signed.stringToSign.text == expected)
    }
    if let expected = try suiteCase.line(.signature(.query)) {
      #expect(signed.signature == expected)
    }
    if let expected = try suiteCase.bytes(.signedRequest(.query)) {
      let target =
        request.target + (request.target.contains("?") ? "&" : "?") + signed.addedQuery
      #expect(try request.with(target: target) == SigV4SuiteRequest(expected))
    }
  }
}
