import NIOCore
import S3TestServer
import TestSupport
import Testing

@testable import S3Lite

@Suite("Objects in pieces")
struct ObjectStreamTests {
  static func read(_ stream: ObjectStream) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await piece in stream { bytes.append(contentsOf: piece.readableBytesView) }
    return bytes
  }

  @Test("a whole object and a range of it come as they are", arguments: [0, 1, 100, 1 << 20])
  func whole(_ count: Int) async throws {
    let body = ManagedUploadTests.body(count)
    try await withTestServer { server, client in
      server.put("k", in: "visits", body)
      let stream = try await client.streamObject(GetObjectRequest(bucket: "visits", key: "k"))
      #expect(stream.attributes.size == count)
      #expect(try await Self.read(stream) == body)
      guard count >= 100 else { return }
      let range = try await client.streamObject(
        GetObjectRequest(bucket: "visits", key: "k", range: .last(30)))
      #expect(range.attributes.size == count)
      #expect(range.attributes.range == (count - 30)..<count)
      #expect(try await Self.read(range) == body.suffix(30))
    }
  }

  @Test(
    "a body that ends too early is asked for from there on",
    arguments: [
      Fault.Manner.closeInBody(after: 70_000), .resetInBody(after: 70_000),
      .silenceInBody(after: 70_000), .closeInBody(after: 0),
    ])
  func resumes(_ manner: Fault.Manner) async throws {
    let body = ManagedUploadTests.body(200_000)
    try await withTestServer(configure: { $0.timeouts.idle = .seconds(2) }) {
      server, client in
      server.put("k", in: "visits", body)
      server.inject(.toAnswer(manner), on: .getObject)
      let stream = try await client.streamObject(GetObjectRequest(bucket: "visits", key: "k"))
      #expect(try await Self.read(stream) == body)
      let requests = server.requests(.getObject)
      #expect(requests.count >= 2)
      #expect(requests.last?.header("if-match") == stream.attributes.eTag)
    }
  }

  @Test("the rest of another object is not taken for that of the first")
  func changed() async throws {
    try await withTestServer { server, client in
      server.put("k", in: "visits", ManagedUploadTests.body(200_000))
      server.inject(.toAnswer(.closeInBody(after: 70_000)), on: .getObject)
      let stream = try await client.streamObject(GetObjectRequest(bucket: "visits", key: "k"))
      server.put("k", in: "visits", ManagedUploadTests.body(200_001))
      let error = await #expect(throws: S3Error.self) { try await Self.read(stream) }
      #expect(error?.code == .preconditionFailed)
    }
  }

  @Test("a flipped bit is noticed at the end")
  func flipped() async throws {
    try await withTestServer { server, client in
      server.put("k", in: "visits", ManagedUploadTests.body(200_000))
      server.inject(.toAnswer(.flippedBit), on: .getObject)
      let stream = try await client.streamObject(GetObjectRequest(bucket: "visits", key: "k"))
      let error = await #expect(throws: S3Error.self) { try await Self.read(stream) }
      #expect(error?.code == .checksumMismatch)
    }
  }

  @Test("a second iterator has nothing to read")
  func once() async throws {
    try await withTestServer { server, client in
      server.put("k", in: "visits", [1, 2, 3])
      let stream = try await client.streamObject(GetObjectRequest(bucket: "visits", key: "k"))
      #expect(try await Self.read(stream) == [1, 2, 3])
      let error = await #expect(throws: S3Error.self) { try await Self.read(stream) }
      #expect(error?.code == .invalidRequest)
    }
  }

  @Test("an error is thrown before there is a stream")
  func missing() async throws {
    try await withTestServer { server, client in
      let error = await #expect(throws: S3Error.self) {
        try await client.streamObject(GetObjectRequest(bucket: "visits", key: "none"))
      }
      #expect(error?.code == .noSuchKey)
    }
  }

  @Test("a stream that nobody reads on gives its place back")
  func dropped() async throws {
    try await withTestServer(configure: { configuration in
      configuration.concurrency = S3ConcurrencyLimits(minimum: 1, initial: 1, maximum: 1)
    }) { server, client in
      server.put("k", in: "visits", ManagedUploadTests.body(4 << 20))
      for _ in 0..<3 {
        let stream = try await client.streamObject(GetObjectRequest(bucket: "visits", key: "k"))
        for try await _ in stream { break }
      }
      let last = try await client.getObject(
        GetObjectRequest(bucket: "visits", key: "k", range: .bytes(0..<1)), limit: 1)
      #expect(last.body.count == 1)
    }
  }

  @Test("the deadline ends a stream that stalls")
  func deadline() async throws {
    try await withTestServer { server, client in
      server.put("k", in: "visits", ManagedUploadTests.body(200_000))
      server.inject(.toAnswer(.silenceInBody(after: 1_000)), on: .getObject)
      let error = await #expect(throws: S3Error.self) {
        let stream = try await client.streamObject(
          GetObjectRequest(bucket: "visits", key: "k"),
          options: S3RequestOptions(deadline: .now + .seconds(2)))
        _ = try await Self.read(stream)
      }
      #expect(error?.code == .deadlineExceeded)
    }
  }

  @Test(
    "an object is written from pieces, with its checksum behind it",
    arguments: [0, 1, 65_536, 200_000])
  func writes(_ count: Int) async throws {
    let body = ManagedUploadTests.body(count)
    try await withTestServer { server, client in
      try await client.putObject(
        PutObjectRequest(
          bucket: "visits", key: "k", properties: ObjectProperties(contentEncoding: "gzip")),
        body: AsyncList(ManagedUploadTests.pieces(body, of: 10_007)), length: count)
      #expect(server.object("k", in: "visits")?.body == body)
      let request = try #require(server.requests(.putObject).first)
      #expect(request.header("content-encoding") == "aws-chunked,gzip")
      #expect(request.header("x-amz-decoded-content-length") == String(count))
      let got = try await client.getObject(
        GetObjectRequest(bucket: "visits", key: "k"), limit: count)
      #expect(got.body == body)
      #expect(got.attributes.checksums.crc64nvme == CRC64NVME(of: body.span.bytes).base64)
    }
  }

  @Test("pieces that can be read once are sent once, others again")
  func repeats() async throws {
    let body = ManagedUploadTests.body(1_000)
    let pieces = AsyncList(ManagedUploadTests.pieces(body, of: 300))
    try await withTestServer { server, client in
      let request = PutObjectRequest(bucket: "visits", key: "k")
      server.inject(.toAnswer(.close), on: .putObject, occurrences: 1...2)
      let error = await #expect(throws: S3Error.self) {
        try await client.putObject(request, body: pieces, length: body.count)
      }
      #expect(error?.code == .connectionFailed)
      #expect(error?.mayHaveSucceeded == true)
      #expect(server.requests(.putObject).count == 1)
      try await client.putObject(
        request, body: pieces, length: body.count, isReplayable: true)
      #expect(server.requests(.putObject).count == 3)
      #expect(server.object("k", in: "visits")?.body == body)
    }
  }

  @Test("pieces of another length than announced are an error", arguments: [999, 1_001])
  func mismatch(_ announced: Int) async throws {
    let pieces = AsyncList(ManagedUploadTests.pieces(ManagedUploadTests.body(1_000), of: 300))
    try await withTestServer { server, client in
      let error = await #expect(throws: S3Error.self) {
        try await client.putObject(
          PutObjectRequest(bucket: "visits", key: "k"), body: pieces, length: announced)
      }
      #expect(error?.code == .bodyLengthMismatch)
      #expect(server.object("k", in: "visits") == nil)
    }
  }
}
