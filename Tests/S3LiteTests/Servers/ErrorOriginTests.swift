import S3TestServer
import Testing

@testable import S3Lite

@Suite("Where errors come from")
struct ErrorOriginTests {
  /// The server gives scripted answers this ID.
  static let requestID = "SCRIPTED"
  static let hostID = "test-server"

  static func check(_ error: S3Error?, _ code: S3Error.Code, key: String = "a key") {
    #expect(error?.code == code)
    #expect(error?.requestID == requestID)
    #expect(error?.hostID == hostID)
    #expect(error?.bucket == "bucket")
    #expect(error?.resource == "/bucket/\(key)")
  }

  /// The error of a call that is answered so each time.
  static func error(
    _ answer: ServedAnswer, _ call: (S3Client) async throws -> Void
  ) async throws -> S3Error? {
    try await withServerAndClient { server, test in
      server.inject(Fault(.beforeEffect, .answer(answer)), occurrences: 1...100)
      return try await s3Error { try await call(test.client) }
    }
  }

  static let get = GetObjectRequest(bucket: "bucket", key: "a key")

  @Test("bytes with another checksum than S3's name the request that they came with")
  func mismatch() async throws {
    let answer = ServedAnswer(
      200, [("ETag", "\"e\""), ("x-amz-checksum-crc32c", "AAAAAA==")], body: [1])
    let error = try await Self.error(answer) { client in
      _ = try await client.getObject(Self.get, limit: 1)
    }
    Self.check(error, .checksumMismatch)
    let late = try await Self.error(answer) { client in
      for try await _ in try await client.streamObject(Self.get) {}
    }
    Self.check(late, .checksumMismatch)
  }

  @Test("an answer that lacks what it must have names the request")
  func incomplete() async throws {
    let noETag = try await Self.error(ServedAnswer(200)) { client in
      try await client.putObject(
        PutObjectRequest(bucket: "bucket", key: "a key"), body: [1])
    }
    Self.check(noETag, .invalidAnswer)
    let otherRange = ServedAnswer(206, [("Content-Range", "bytes 5-5/10")], body: [1])
    let wrong = try await Self.error(otherRange) { client in
      var request = Self.get
      request.range = .bytes(0..<1)
      _ = try await client.getObject(request, limit: 1)
    }
    Self.check(wrong, .invalidAnswer)
    let noXML = try await Self.error(ServedAnswer(200, body: Array("no XML".utf8))) { client in
      _ = try await client.createMultipartUpload(bucket: "bucket", key: "a key")
    }
    Self.check(noXML, .invalidAnswer)
  }

  @Test("a stream that breaks off names the request that it broke off in")
  func brokenStream() async throws {
    try await withServerAndClient { server, test in
      server.put("a key", in: "bucket", MultipartTests.bytes(100_000))
      server.inject(.toAnswer(.closeInBody(after: 10_000)), occurrences: 1...100)
      let error = try await s3Error {
        for try await _ in try await test.client.streamObject(Self.get) {}
      }
      #expect(error?.requestID?.hasPrefix("TEST") == true)
      #expect(error?.hostID == Self.hostID)
      #expect(error?.resource == "/bucket/a key")
    }
  }

  /// As S3 answers: Amazon S3 API Reference, "Error responses", names the elements of each code.
  static let noSuchKey = ServedAnswer(
    404,
    xml: """
      <Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>\
      <Key>a key</Key><RequestId>4442587FB7D0A2F9</RequestId><HostId/></Error>
      """)

  @Test("an error that names no resource is given the request's")
  func resource() async throws {
    let object = try await Self.error(Self.noSuchKey) { client in
      _ = try await client.getObject(Self.get, limit: 1)
    }
    #expect(object?.resource == "/bucket/a key")
    #expect(object?.bucket == "bucket")
    #expect(object?.requestID == "4442587FB7D0A2F9")
    #expect(object?.hostID == Self.hostID)
    let bucket = try await Self.error(Self.noSuchKey) { client in
      _ = try await client.listObjectsV2(ListObjectsV2Request(bucket: "bucket"))
    }
    #expect(bucket?.resource == "/bucket")
    let named = ServedAnswer(
      404, xml: "<Error><Code>NoSuchKey</Code><Resource>/b/k</Resource></Error>")
    let other = try await Self.error(named) { client in
      _ = try await client.getObject(Self.get, limit: 1)
    }
    #expect(other?.resource == "/b/k")
  }

  @Test("a body that cannot be sent again is named, too")
  func streamedBody() async throws {
    try await withServerAndClient { server, test in
      server.inject(.error(500, "InternalError"), occurrences: 1...100)
      let pieces = ObjectCallTests.Pieces(bytes: [1, 2, 3], size: 2)
      let error = try await s3Error {
        try await test.client.putObject(
          PutObjectRequest(bucket: "bucket", key: "a key"), body: pieces, length: 3)
      }
      #expect(error?.code == .internalError)
      #expect(error?.bucket == "bucket")
    }
  }

  @Test("a call whose deadline has passed is named")
  func deadline() async throws {
    try await withServerAndClient { _, test in
      let error = try await s3Error {
        _ = try await test.client.getObject(
          Self.get, limit: 1, options: S3RequestOptions(deadline: .now))
      }
      #expect(error?.code == .deadlineExceeded)
      #expect(error?.resource == "/bucket/a key")
    }
  }
}
