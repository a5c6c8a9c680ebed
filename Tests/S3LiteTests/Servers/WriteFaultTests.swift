@testable import S3Lite
import S3TestServer
import Testing

@Suite("Writing through faults")
struct WriteFaultTests {
  static let body = Array("what is written".utf8)
  let request = PutObjectRequest(bucket: "bucket", key: "key")

  static let lostAnswers: [(String, Fault.Manner)] = [
    ("reset", .reset), ("closed", .close), ("no answer", .silence), ("no HTTP", .garbage),
    ("500", .failure(S3Failure(500, "InternalError", "A fault on purpose."))),
    ("503", .failure(S3Failure(503, "ServiceUnavailable", "A fault on purpose."))),
  ]

  @Test(
    "a write whose answer gets lost once is written, whether it had been carried out or not",
    arguments: lostAnswers, [Fault.Moment.atHead, .beforeEffect, .afterEffect])
  func once(_ manner: (String, Fault.Manner), _ moment: Fault.Moment) async throws {
    try await withServerAndClient(stall: .milliseconds(500)) { server, client in
      server.inject(Fault(moment, manner.1))
      let result = try await client.client.putObject(request, body: Self.body)
      let object = try #require(server.object("key", in: "bucket"))
      #expect(object.body == Self.body)
      #expect(object.eTag == result.eTag)
      #expect(server.requests.count == 2)
      #expect(server.requests.last?.body == Self.body)
    }
  }

  @Test("a write without an answer says that it may have succeeded", arguments: lostAnswers)
  func always(_ manner: (String, Fault.Manner)) async throws {
    try await withServerAndClient(stall: .milliseconds(500)) { server, client in
      server.inject(.toAnswer(manner.1), occurrences: 1...100)
      let error = try await s3Error {
        try await client.client.putObject(request, body: Self.body)
      }
      #expect(error?.mayHaveSucceeded == true)
      #expect(server.requests.count == 3)
      #expect(server.object("key", in: "bucket")?.body == Self.body)
    }
  }

  @Test("a conditional write that meets its own effect says that it may have succeeded")
  func ownEffect() async throws {
    try await withServerAndClient { server, client in
      server.inject(.toAnswer(.reset))
      let create = PutObjectRequest(bucket: "bucket", key: "key", ifNoneMatch: "*")
      let error = try await s3Error { try await client.client.putObject(create, body: Self.body) }
      #expect(error?.code == .preconditionFailed)
      #expect(error?.mayHaveSucceeded == true)
      #expect(server.requests.count == 2)

      let eTag = try #require(server.object("key", in: "bucket")?.eTag)
      server.inject(.toAnswer(.close))
      let replace = PutObjectRequest(bucket: "bucket", key: "key", ifMatch: eTag)
      let again = try await s3Error { try await client.client.putObject(replace, body: [1]) }
      #expect(again?.code == .preconditionFailed)
      #expect(again?.mayHaveSucceeded == true)
      #expect(server.object("key", in: "bucket")?.body == [1])
    }
  }

  @Test(
    "what S3 refuses is thrown at once, and has not happened",
    arguments: [
      (409, "ConditionalRequestConflict"), (412, "PreconditionFailed"), (403, "AccessDenied"),
      (400, "InvalidRequest"), (501, "NotImplemented"),
    ])
  func refused(_ status: Int, _ code: String) async throws {
    try await withServerAndClient { server, client in
      server.inject(.error(status, code), occurrences: 1...100)
      let error = try await s3Error {
        try await client.client.putObject(request, body: Self.body)
      }
      #expect(error?.code.rawValue == code)
      #expect(error?.httpStatus == status)
      #expect(error?.mayHaveSucceeded == false)
      #expect(error?.requestID?.hasPrefix("TEST") == true)
      #expect(server.requests.count == 1)
    }
  }

  static let chunked = [("Transfer-Encoding", "chunked")]
  static let refusals: [(String, ServedAnswer)] = [
    ("with a body", ServedAnswer(403, xml: denied)),
    ("in chunks", ServedAnswer(403, xml: denied, chunked)),
    ("without a body", ServedAnswer(403)),
    ("in no chunk", ServedAnswer(403, chunked)),
  ]
  private static let denied = "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>"

  @Test(
    "a refusal that comes before the body is sent is read, and nothing is sent again",
    arguments: refusals)
  func earlyRefusal(_ refusal: (String, ServedAnswer)) async throws {
    try await withServerAndClient { server, client in
      server.inject(Fault(.atHead, .answer(refusal.1)), occurrences: 1...100)
      let body = [UInt8](repeating: 7, count: 4 << 20)
      let error = try await s3Error { try await client.client.putObject(request, body: body) }
      #expect(error?.code == .accessDenied)
      #expect(error?.httpStatus == 403)
      #expect(server.requests.count == 1)
      #expect(client.client.transport.budget.usage == (0, 0))
    }
  }

  @Test("SlowDown is waited out, and changes nothing")
  func slowDown() async throws {
    try await withServerAndClient { server, client in
      server.inject(.slowDown(retryAfter: 2), occurrences: 1...2)
      try await client.client.putObject(request, body: Self.body)
      #expect(client.waits.all.count == 2)
      #expect(client.waits.all.allSatisfy { $0 >= .seconds(2) })
      server.inject(.slowDown(), on: .deleteObject, occurrences: 1...100)
      let error = try await s3Error {
        try await client.client.deleteObject(DeleteObjectRequest(bucket: "bucket", key: "key"))
      }
      #expect(error?.code == .slowDown)
      #expect(error?.mayHaveSucceeded == false)
    }
  }

  @Test("deleting goes on after an answer that got lost", arguments: lostAnswers)
  func delete(_ manner: (String, Fault.Manner)) async throws {
    try await withServerAndClient(stall: .milliseconds(500)) { server, client in
      server.put("key", in: "bucket", [1])
      server.inject(.toAnswer(manner.1))
      try await client.client.deleteObject(DeleteObjectRequest(bucket: "bucket", key: "key"))
      #expect(server.object("key", in: "bucket") == nil)
      #expect(server.requests.count == 2)
    }
  }

  @Test("every write carries a checksum that the server verifies")
  func checksums() async throws {
    for (algorithm, header) in [
      (S3UploadChecksum.crc64nvme, "x-amz-checksum-crc64nvme"),
      (.crc32c, "x-amz-checksum-crc32c"), (.none, nil),
    ] {
      try await withServerAndClient(change: { $0.uploadChecksum = algorithm }) { server, client in
        try await client.client.putObject(request, body: Self.body)
        let sent = try #require(server.requests.last)
        if let header {
          #expect(sent.header(header) != nil)
        } else {
          #expect(sent.header("x-amz-content-sha256")?.count == 64)
          #expect(sent.headers.contains { $0.name.hasPrefix("x-amz-checksum") } == false)
        }
        try await expect(Self.body) {
          try await client.client.getObject(
            GetObjectRequest(bucket: "bucket", key: "key"), limit: 100
          ).body
        }
      }
    }
  }

  @Test("the owner and the payer are told with every request")
  func options() async throws {
    try await S3TestServer.run { server in
      server.createBucket("bucket") { $0.isRequesterPays = true }
      try await TestClient.run(server.endpoint) { client in
        let refused = try await s3Error {
          try await client.client.putObject(request, body: [1])
        }
        #expect(refused?.code == .accessDenied)
        var options = S3RequestOptions(
          expectedBucketOwner: "111122223333", requesterPays: true)
        try await client.client.putObject(request, body: [1], options: options)
        _ = try await client.client.getObject(
          GetObjectRequest(bucket: "bucket", key: "key"), limit: 1, options: options)
        _ = try await client.client.headObject(
          HeadObjectRequest(bucket: "bucket", key: "key"), options: options)
        _ = try await client.client.listObjectsV2(
          ListObjectsV2Request(bucket: "bucket"), options: options)
        options.expectedBucketOwner = "999999999999"
        let other = try await s3Error {
          try await client.client.deleteObject(
            DeleteObjectRequest(bucket: "bucket", key: "key"), options: options)
        }
        #expect(other?.code == .accessDenied)
        #expect(server.object("key", in: "bucket") != nil)
      }
    }
  }
}
