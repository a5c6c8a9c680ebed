import Foundation
import S3Lite
import TestSupport
import Testing

/// That the suite can be another one than ours.
@Suite("Other directories of AWS's test suite")
struct SigV4SuiteLayoutTests {
  /// The example that both aws-c-auth and botocore have under the name get-vanilla.
  static let request = "GET / HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z\n"
  static let authorization = """
    AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
    SignedHeaders=host;x-amz-date, \
    Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31
    """
  static let context = """
    {"credentials": {"access_key_id": "AKIDEXAMPLE",
     "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
     "region": "us-east-1", "service": "service", "timestamp": "2015-08-30T12:36:00Z"}
    """

  /// Calls `body` with the cases in a directory of these files.
  static func withCases(
    _ files: [String: String], _ body: ([SigV4SuiteCase]) throws -> Void
  ) throws {
    let directory = try TemporaryDirectory()
    for (name, text) in files { try directory.write(name, text) }
    try body(SigV4SuiteCase.cases(in: URL(fileURLWithPath: directory.path, isDirectory: true)))
  }

  @Test("cases lie at any depth, those of another algorithm are left out, and one form is enough")
  func nested() throws {
    let files = [
      "v4/a/request.txt": Self.request, "v4/a/context.json": Self.context,
      "v4/a/header-signature.txt": "x", "v4/b/request.txt": Self.request,
      "v4/b/query-signature.txt": "x", "v4a/c/request.txt": Self.request,
      "v4/d/request.txt": "GET /?a=%FF HTTP/1.1\n", "old/e.req": Self.request, "old/e.authz": "x",
      "NOTICE": "",
    ]
    try Self.withCases(files) { cases in
      #expect(cases.map(\.name) == ["old/e", "v4/a", "v4/b"])
      #expect(cases.map { $0.has(.header) } == [true, true, false])
      #expect(cases.map { $0.has(.query) } == [false, false, true])
    }
  }

  @Test("header lines may be in any order, and lines may end as on Windows")
  func orders() throws {
    let signed = """
      GET / HTTP/1.1\r\nHost:example.amazonaws.com\r\n\
      Authorization:\(Self.authorization)\r\nX-Amz-Date:20150830T123600Z\r\n\r\n
      """
    let files = [
      "a/request.txt": "GET / HTTP/1.1\r\nHost:example.amazonaws.com\r\n\r\n",
      "a/context.json": Self.context, "a/header-signed-request.txt": signed,
    ]
    try Self.withCases(files) { cases in
      let suiteCase = try #require(cases.first)
      try SigV4SuiteTests().header(suiteCase)
      let expected = try SigV4SuiteRequest(
        try #require(try suiteCase.bytes(.signedRequest(.header))))
      var other = expected
      other.headers.swapAt(1, 2)
      #expect(other == expected)
      other.headers[1].value += "x"
      #expect(other != expected)
    }
  }

  @Test("a folded header is what the suite makes of it, and what is there already is replaced")
  func folded() throws {
    // The case get-header-value-multiline.
    let header = """
      GET / HTTP/1.1
      Host:example.amazonaws.com
      My-Header1:value1
        value2
           value3

      """
    let authorization = Self.authorization
      .replacing("SignedHeaders=host;", with: "SignedHeaders=host;my-header1;")
      .replacing(
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        with: "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790")
    let date = "X-Amz-Date:20150830T123600Z\n"
    let files = [
      "a/request.txt": header + date, "a/context.json": Self.context,
      "a/header-signed-request.txt": "\(header)Authorization:\(authorization)\n\(date)\n",
      "a/query-signature.txt": "07f38a7bae261a5b2eec137361e6403c191bbf8e3f75466bb8114a08acd99936",
    ]
    try Self.withCases(files) { cases in
      let suiteCase = try #require(cases.first)
      try SigV4SuiteTests().header(suiteCase)
      try SigV4SuiteTests().query(suiteCase)
    }
  }

  @Test("botocore's files are a case, too")
  func botocore() throws {
    let files = [
      "get-vanilla/get-vanilla.req": Self.request,
      "get-vanilla/get-vanilla.authz": Self.authorization + "\n",
    ]
    try Self.withCases(files) { try SigV4SuiteTests().header(try #require($0.first)) }
  }

  @Test(
    "S3's own rules hold for S3, unless the context says otherwise",
    arguments: [
      ("\"service\": \"s3\"", SigningRules.s3), ("\"service\": \"sts\"", .general),
      (
        "\"service\": \"s3\", \"normalize\": true, \"double_uri_encode\": true",
        SigningRules(
          pathEncoding: .twice, normalizesPath: true, addsPayloadHash: true,
          presignsUnsignedPayload: true)
      ),
    ])
  func s3(_ words: String, _ rules: SigningRules) throws {
    let context = Self.context.replacing("\"service\": \"service\"", with: words)
    try Self.withCases(["a/request.txt": Self.request, "a/context.json": context]) { cases in
      let suiteCase = try #require(cases.first)
      #expect(try suiteCase.context().rules == rules)
    }
  }

  @Test("what is percent-encoded is not encoded again, and what is not UTF-8 is no parameter")
  func parameters() {
    #expect(SigV4SuiteRequest.decode("a%20b%2B") == "a b+")
    #expect(SigV4SuiteRequest.decode("%E1%88%B4") == "\u{1234}")
    #expect(SigV4SuiteRequest.decode("%zz%4") == "%zz%4")
    #expect(SigV4SuiteRequest.decode("%FF") == nil)
  }
}
