import S3Lite
import S3TestServer
import TestSupport
import Testing

@Suite("Reading through faults")
struct ReadFaultTests {
  /// A fault, and what becomes of a call that always meets it.
  struct FaultCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let fault: Fault
    /// What is thrown; nil if the call succeeds nevertheless.
    let error: S3Error.Code?
    /// How often the request is sent if the fault never ends.
    let attempts: Int

    init(
      _ description: String, _ fault: Fault, throws error: S3Error.Code?, attempts: Int = 3
    ) {
      testDescription = description
      self.fault = fault
      self.error = error
      self.attempts = attempts
    }
  }

  static let body = Array(repeating: Array("0123456789".utf8), count: 35).flatMap { $0 }

  static let cases: [FaultCase] = [
    FaultCase("reset at the head", Fault(.atHead, .reset), throws: .connectionFailed),
    FaultCase("reset", Fault(.beforeEffect, .reset), throws: .connectionFailed),
    FaultCase("closed", Fault(.beforeEffect, .close), throws: .connectionFailed),
    FaultCase("no answer", Fault(.beforeEffect, .silence), throws: .timedOut),
    FaultCase("no HTTP", .toAnswer(.garbage), throws: .connectionFailed),
    FaultCase(
      "closed after the head", .toAnswer(.closeInBody(after: 0)), throws: .connectionFailed),
    FaultCase("closed in the body", .toAnswer(.closeInBody(after: 100)), throws: .connectionFailed),
    FaultCase(
      "closed before the last byte", .toAnswer(.closeInBody(after: 349)), throws: .connectionFailed),
    FaultCase("reset in the body", .toAnswer(.resetInBody(after: 100)), throws: .connectionFailed),
    FaultCase("stalled in the body", .toAnswer(.silenceInBody(after: 100)), throws: .timedOut),
    FaultCase("a length too large", .toAnswer(.wrongLength(by: 7)), throws: .connectionFailed),
    FaultCase("a length too small", .toAnswer(.wrongLength(by: -7)), throws: .checksumMismatch),
    FaultCase("a flipped bit", .toAnswer(.flippedBit), throws: .checksumMismatch),
    FaultCase("a body that is another one", .toAnswer(.body([1, 2])), throws: .checksumMismatch),
    FaultCase("an empty body", .toAnswer(.body([])), throws: .checksumMismatch),
    FaultCase("500", .internalError, throws: .internalError),
    FaultCase(
      "500 without a body", Fault(.beforeEffect, .answer(ServedAnswer(500))), throws: .internalError
    ),
    FaultCase(
      "502 of a proxy",
      Fault(.beforeEffect, .answer(ServedAnswer(502, body: Array("<html>Bad Gateway".utf8)))),
      throws: S3Error.Code(rawValue: "HTTP502")),
    FaultCase("503 SlowDown", .slowDown(), throws: .slowDown),
    FaultCase(
      "503 ServiceUnavailable", .error(503, "ServiceUnavailable"), throws: .serviceUnavailable),
    FaultCase("400 RequestTimeout", .error(400, "RequestTimeout"), throws: .requestTimeout),
    FaultCase("403", .error(403, "AccessDenied"), throws: .accessDenied, attempts: 1),
    FaultCase(
      "409", .error(409, "ConditionalRequestConflict"), throws: .conditionalRequestConflict,
      attempts: 1),
    FaultCase(
      "a body without end", .toAnswer(.endlessBody(bytes: 1 << 20)), throws: .bodyTooLarge,
      attempts: 1),
    FaultCase(
      "a few bytes at a time", .toAnswer(.dribble(bytes: 50, every: .milliseconds(10))),
      throws: nil, attempts: 1),
    FaultCase(
      "more headers", .toAnswer(.headers([("ETag", "\"other\""), ("x-amz-id-2", "b")])),
      throws: nil, attempts: 1),
  ]

  @Test("a fault that happens once is overcome, and the whole object is read", arguments: cases)
  func once(_ fault: FaultCase) async throws {
    try await withServerAndClient(stall: .milliseconds(500)) { server, client in
      server.put("key", in: "bucket", Self.body)
      server.inject(fault.fault, key: "key")
      let request = GetObjectRequest(bucket: "bucket", key: "key")
      let error = try await s3Error {
        let result = try await client.client.getObject(request, limit: 1_000)
        #expect(result.body == Self.body)
      }
      let isHopeless = fault.error != nil && fault.attempts == 1
      #expect(error?.code == (isHopeless ? fault.error : nil))
      #expect(server.requests.count == (fault.attempts == 1 ? 1 : 2))
      #expect(client.waits.all.count == server.requests.count - 1)
      #expect(server.requests.allSatisfy { $0.header("authorization") != nil })
    }
  }

  @Test("a fault that never ends is thrown as what it is", arguments: cases)
  func always(_ fault: FaultCase) async throws {
    try await withServerAndClient(stall: .milliseconds(500)) { server, client in
      server.put("key", in: "bucket", Self.body)
      server.inject(fault.fault, key: "key", occurrences: 1...100)
      let request = GetObjectRequest(bucket: "bucket", key: "key")
      let error = try await s3Error {
        let result = try await client.client.getObject(request, limit: 1_000)
        #expect(result.body == Self.body)
      }
      #expect(error?.code == fault.error, "\(String(describing: error))")
      #expect(error?.mayHaveSucceeded != true)
      #expect(server.requests.count == fault.attempts)
    }
  }

  @Test("a wait that S3 asks for is waited")
  func retryAfter() async throws {
    try await withServerAndClient { server, client in
      server.put("key", in: "bucket", [1])
      server.inject(.slowDown(retryAfter: 7), occurrences: 1...2)
      _ = try await client.client.getObject(
        GetObjectRequest(bucket: "bucket", key: "key"), limit: 1)
      #expect(client.waits.all == [.seconds(7), .seconds(7)])
    }
  }

  @Test("a temporary redirect is followed, and not remembered")
  func temporaryRedirect() async throws {
    try await withServerAndClient { other, _ in
      other.put("a key", in: "bucket", [2])
      try await withServerAndClient { server, client in
        server.put("a key", in: "bucket", [1])
        server.inject(.temporaryRedirect(to: other.endpoint + "/bucket/a%20key"))
        let request = GetObjectRequest(bucket: "bucket", key: "a key")
        try await expect([2]) { try await client.client.getObject(request, limit: 1).body }
        try await expect([1]) { try await client.client.getObject(request, limit: 1).body }
        #expect(other.requests.count == 1)
      }
    }
  }

  @Test("redirects that lead in a circle end")
  func redirectLoop() async throws {
    try await withServerAndClient { server, client in
      server.inject(
        .temporaryRedirect(to: server.endpoint + "/bucket/key"), occurrences: 1...1_000)
      let error = try await s3Error {
        _ = try await client.client.getObject(
          GetObjectRequest(bucket: "bucket", key: "key"), limit: 1)
      }
      #expect(error?.httpStatus == 307)
      #expect((1...8).contains(server.requests.count))
    }
  }

  static let brokenPages: [(String, [UInt8])] = [
    ("no XML", Array("<html><p>hello".utf8)), ("nothing", []), ("half a page", []),
    ("another document", Array("<CopyObjectResult><ETag>x</ETag></CopyObjectResult>".utf8)),
    (
      "an entity",
      Array(
        "<!DOCTYPE a [<!ENTITY b \"c\">]><ListBucketResult><Name>&b;</Name></ListBucketResult>".utf8
      )
    ),
    (
      "truncated without a token",
      Array(
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>".utf8)
    ),
  ]

  @Test("a page that cannot be read is asked for again, and never taken for an empty one")
  func brokenPage() async throws {
    try await withServerAndClient { server, client in
      for number in 0..<5 { server.put(ObjectKey("key\(number)"), in: "bucket", [1]) }
      let request = ListObjectsV2Request(bucket: "bucket")
      for (description, body) in Self.brokenPages {
        server.forgetRequests()
        let manner: Fault.Manner =
          description == "half a page" ? .closeInBody(after: 400) : .body(body)
        server.change { $0.rules = [FaultRule(.toAnswer(manner))] }
        let page = try await client.client.listObjectsV2(request)
        #expect(page.contents.count == 5, "\(description)")
        #expect(server.requests.count == 2, "\(description)")
        server.change { $0.rules = [FaultRule(.toAnswer(manner), occurrences: 1...100)] }
        let error = try await s3Error { _ = try await client.client.listObjectsV2(request) }
        #expect(
          error?.code == (description == "half a page" ? .connectionFailed : .invalidAnswer),
          "\(description)")
      }
    }
  }

  @Test(
    "a body that was announced or comes larger than allowed is not read",
    arguments: [10, 3_000_000])
  func limit(_ size: Int) async throws {
    try await withServerAndClient { server, client in
      server.put("key", in: "bucket", [UInt8](repeating: 1, count: size))
      let request = GetObjectRequest(bucket: "bucket", key: "key")
      let error = try await s3Error {
        _ = try await client.client.getObject(request, limit: size - 1)
      }
      #expect(error?.code == .bodyTooLarge)
      try await expect(size) { try await client.client.getObject(request, limit: size).body.count }
      #expect(server.requests.count == 2)
    }
  }

  @Test("a range that is shorter than announced is never returned")
  func rangeFaults() async throws {
    try await withServerAndClient(stall: .milliseconds(500)) { server, client in
      server.put("key", in: "bucket", Self.body)
      let request = GetObjectRequest(bucket: "bucket", key: "key", range: .bytes(10..<110))
      for manner in [
        Fault.Manner.closeInBody(after: 50), .wrongLength(by: -5), .wrongLength(by: 5),
        .body(Array(Self.body[10..<100])), .resetInBody(after: 99),
      ] {
        server.change { $0.rules = [FaultRule(.toAnswer(manner))] }
        let result = try await client.client.getObject(request, limit: 1_000)
        #expect(result.body == Array(Self.body[10..<110]), "\(manner)")
        #expect(result.attributes.size == 350)
      }
    }
  }
}
