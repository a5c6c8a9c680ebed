import S3Lite
import Testing

@Suite("Errors of S3")
struct S3ErrorTests {
  func error(_ text: String, status: Int) -> S3Error {
    let body = Array(text.utf8)
    return S3Error(
      body: body.span.bytes, httpStatus: status, requestID: "from-header", hostID: "host-header")
  }

  @Test("an error document is read")
  func document() {
    let error = error(DocumentedAnswers.error, status: 404)
    #expect(error.code == .noSuchKey)
    #expect(error.message == "The resource you requested does not exist")
    #expect(error.resource == "/mybucket/myfoto.jpg")
    #expect(error.requestID == "4442587FB7D0A2F9")
    #expect(error.hostID == "host-header")
    #expect(error.httpStatus == 404)
    #expect(error.retryability == .never)
    #expect(
      error.description == """
        S3: NoSuchKey (HTTP 404): The resource you requested does not exist \
        [resource /mybucket/myfoto.jpg, request 4442587FB7D0A2F9, host host-header]
        """)
  }

  @Test("the region and bucket of a redirect are read")
  func redirect() {
    let error = error(
      """
      <Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is \
      malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'</Message>\
      <Region>eu-west-1</Region><BucketName>b</BucketName><Nested><a>1</a></Nested></Error>
      """, status: 400)
    #expect(error.region == "eu-west-1")
    #expect(error.bucket == "b")
    #expect(error.retryability == .inAnotherRegion)
    #expect(error.additionalElements.isEmpty)
  }

  @Test("what may hold secrets is kept, and never shown")
  func secrets() {
    let error = error(
      """
      <Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message>\
      <Token-0>FwoGZXIvtOkEn</Token-0><StringToSign>sTrInG</StringToSign>\
      <CanonicalRequest>x-amz-security-token:FwoGZXIvtOkEn</CanonicalRequest></Error>
      """, status: 400)
    #expect(error.retryability == .withFreshCredentials)
    #expect(error.additionalElements["Token-0"] == "FwoGZXIvtOkEn")
    var shown = "\(error) \(String(reflecting: error))"
    dump(error, to: &shown)
    #expect(!shown.contains("FwoGZXIvtOkEn"))
    #expect(!shown.contains("sTrInG"))
    #expect(shown.contains("ExpiredToken"))
  }

  @Test(
    "what cannot be read behind the code costs neither code nor what stands before",
    arguments: [
      "<HostId>&nbsp;</HostId></Error>", "<a></b></Error>", "<Key>\u{1}</Key></Error>", "", "<Host",
      "<Key>&#0;</Key></Error>", "</Error><Error/>", "</Error>text", "text</Error>",
      "<?pi?></Error>",
    ])
  func damaged(_ rest: String) {
    let cases: [(Int, String, S3Error.Retryability)] = [
      (404, "NoSuchKey", .never), (503, "SlowDown", .throttling),
      (400, "ExpiredToken", .withFreshCredentials), (200, "InternalError", .transient),
    ]
    for (status, code, retryability) in cases {
      let document =
        "<Error><Code>\(code)</Code><Message>m</Message><RequestId>r</RequestId>\(rest)"
      let error = error(document, status: status)
      #expect(error.code.rawValue == code)
      #expect(error.message == "m")
      #expect(error.requestID == "r")
      #expect(error.hostID == "host-header")
      #expect(error.retryability == retryability)
      #expect(error.underlying is XMLError)
      // The same in place of a good answer.
      let body = Array(document.utf8)
      let late = #expect(throws: S3Error.self) { try CopyObjectResult(body: body.span.bytes) }
      #expect(late?.code.rawValue == code)
      #expect(late?.underlying is XMLError)
    }
  }

  @Test("a document that ends within its code, or has something before it, says nothing")
  func unreadable() {
    for document in [
      "<Error><Code>SlowDown", "<Error><Code>SlowDown</Cod",
      "<Error>x<Code>SlowDown</Code></Error>",
      "<Error>\u{1}<Code>SlowDown</Code></Error>", "<Error><Code/></Error>",
      "<Other><Code>SlowDown</Code></Other>",
    ] {
      let error = error(document, status: 503)
      #expect(error.code == .serviceUnavailable)
      #expect(error.underlying is XMLError)
      let body = Array(document.utf8)
      let late = #expect(throws: S3Error.self) { try CopyObjectResult(body: body.span.bytes) }
      #expect(late?.code == .invalidAnswer)
    }
  }

  @Test("IDs and region stand in the document, or else in the header", arguments: [404, 301, 503])
  func identifiers(_ status: Int) {
    func read(_ elements: String) -> S3Error {
      let body = Array("<Error><Code>C</Code>\(elements)</Error>".utf8)
      return S3Error(
        body: body.span.bytes, httpStatus: status, requestID: "from-header",
        hostID: "host-header", region: "region-header")
    }
    let full = read(
      "<RequestId>656c76696e6727732072657175657374</RequestId><HostId>Uuag1LuByRx9e6j5Onimru9pO4</"
        + "HostId><Region>eu-west-1</Region>")
    #expect(full.requestID == "656c76696e6727732072657175657374")
    #expect(full.hostID == "Uuag1LuByRx9e6j5Onimru9pO4")
    #expect(full.region == "eu-west-1")
    for elements in [
      "",
      "<RequestId/><HostId></HostId><Region/><Resource/><BucketName></BucketName>",
    ] {
      let error = read(elements)
      #expect(error.requestID == "from-header")
      #expect(error.hostID == "host-header")
      #expect(error.region == "region-header")
      #expect(error.resource == nil)
      #expect(error.bucket == nil)
    }
  }

  @Test(
    "an answer without a document is named by its status",
    arguments: [
      (304, "NotModified"), (403, "AccessDenied"), (404, "NotFound"), (412, "PreconditionFailed"),
      (416, "InvalidRange"), (500, "InternalError"), (503, "ServiceUnavailable"), (599, "HTTP599"),
    ])
  func statusAlone(_ status: Int, _ code: String) {
    #expect(error("", status: status).code.rawValue == code)
    #expect(error("", status: status).underlying == nil)
    let garbage = error("<html>Proxy error</html>", status: status)
    #expect(garbage.code.rawValue == code)
    #expect(garbage.underlying is XMLError)
    #expect(garbage.requestID == "from-header")
    #expect(error("<Error><Message>x</Message></Error>", status: status).code.rawValue == code)
  }

  @Test(
    "what may be sent again is what the AWS SDKs send again in standard mode",
    arguments: [
      ("SlowDown", 503, S3Error.Retryability.throttling), ("InternalError", 500, .transient),
      ("InternalError", 200, .transient), ("RequestTimeout", 400, .transient),
      ("Whatever", 500, .transient), ("Whatever", 502, .transient), ("Whatever", 503, .transient),
      ("Whatever", 504, .transient), ("Whatever", 501, .never), ("Whatever", 429, .throttling),
      ("ThrottlingException", 400, .throttling), ("RequestLimitExceeded", 400, .throttling),
      ("RequestTimeTooSkewed", 403, .afterCorrectingClock),
      ("ExpiredToken", 400, .withFreshCredentials), ("PermanentRedirect", 301, .inAnotherRegion),
      ("TemporaryRedirect", 307, .inAnotherRegion), ("AccessDenied", 403, .never),
      ("PreconditionFailed", 412, .never), ("ConditionalRequestConflict", 409, .never),
      ("NoSuchKey", 404, .never), ("SignatureDoesNotMatch", 403, .never),
    ])
  func retryability(_ code: String, _ status: Int, _ expected: S3Error.Retryability) {
    let error = S3Error(S3Error.Code(rawValue: code), "", httpStatus: status)
    #expect(error.retryability == expected)
  }
}
