import NIOCore
import S3TestServer
import TestSupport
import Testing

@testable import S3Lite

@Suite("Managed uploads")
struct ManagedUploadTests {
  /// Smaller parts than S3 takes, and a server that takes them.
  static let small = {
    var settings = UploadSettings(partSize: 100 << 10, partsInFlight: 3)
    settings.smallestPart = 1
    return settings
  }()
  static let server = {
    var configuration = S3Service.Configuration()
    configuration.minimumPartSize = 100 << 10
    return configuration
  }()

  static func body(_ count: Int) -> [UInt8] {
    var random = SplitMix64(seed: UInt64(count))
    return random.bytes(count)
  }

  static func pieces(_ body: [UInt8], of size: Int) -> [ByteBuffer] {
    stride(from: 0, to: body.count, by: size).map {
      ByteBuffer(bytes: body[$0..<min($0 + size, body.count)])
    }
  }

  @Test(
    "an object arrives whole, in one request or in parts",
    arguments: [0, 1, 100 << 10, (100 << 10) + 1, 1_000_003], [true, false])
  func whole(_ count: Int, _ streams: Bool) async throws {
    let body = Self.body(count)
    try await withTestServer(Self.server) { server, client in
      let request = PutObjectRequest(
        bucket: "visits", key: "k", ifNoneMatch: "*",
        properties: ObjectProperties(contentType: "text/csv", metadata: ["a": "b"]))
      let result =
        if streams {
          try await client.upload(
            request, body: AsyncList(Self.pieces(body, of: 17_000)),
            length: count % 2 == 0 ? count : nil, settings: Self.small)
        } else {
          try await client.upload(request, body: body, settings: Self.small)
        }
      let stored = try #require(server.object("k", in: "visits"))
      #expect(stored.body == body)
      let got = try await client.getObject(
        GetObjectRequest(bucket: "visits", key: "k"), limit: count)
      #expect(got.body == body)
      #expect(got.attributes.eTag == result.eTag)
      #expect(got.attributes.contentType == "text/csv")
      #expect(got.attributes.metadata == ["a": "b"])
      #expect(got.attributes.checksums.crc64nvme == CRC64NVME(of: body.span.bytes).base64)
      let isMultipart = count > 100 << 10
      #expect(server.requests(.putObject).count == (isMultipart ? 0 : 1))
      #expect(server.requests(.completeMultipartUpload).count == (isMultipart ? 1 : 0))
      #expect(server.bucket("visits")?.uploads.isEmpty == true)
      if let completed = server.requests(.completeMultipartUpload).first {
        #expect(completed.header("x-amz-checksum-type") == "FULL_OBJECT")
        #expect(
          completed.header("x-amz-checksum-crc64nvme")
            == CRC64NVME(of: body.span.bytes).base64)
        #expect(completed.header("if-none-match") == "*")
      }
    }
  }

  @Test("an upload that fails is aborted, and its parts are gone")
  func abort() async throws {
    let body = Self.body(240 << 10)
    try await withTestServer(Self.server) { server, client in
      server.inject(.error(403, "AccessDenied"), on: .uploadPart, occurrences: 2...2)
      let error = await #expect(throws: S3Error.self) {
        try await client.upload(
          PutObjectRequest(bucket: "visits", key: "k"), body: body, settings: Self.small)
      }
      #expect(error?.code == .accessDenied)
      #expect(server.requests(.abortMultipartUpload).count == 1)
      #expect(server.bucket("visits")?.uploads.isEmpty == true)
      #expect(server.object("k", in: "visits") == nil)
    }
  }

  @Test("an upload whose source fails is aborted")
  func sourceFails() async throws {
    struct Broken: Error {}
    let pieces = AsyncList(Self.pieces(Self.body(220 << 10), of: 17_000), failure: Broken())
    try await withTestServer(Self.server) { server, client in
      await #expect(throws: Broken.self) {
        try await client.upload(
          PutObjectRequest(bucket: "visits", key: "k"), body: pieces, length: nil,
          settings: Self.small)
      }
      #expect(server.requests(.abortMultipartUpload).count == 1)
      #expect(server.bucket("visits")?.uploads.isEmpty == true)
    }
  }

  @Test("an upload that is cancelled is aborted all the same")
  func cancel() async throws {
    let body = Self.body(240 << 10)
    try await withTestServer(Self.server) { server, client in
      server.inject(
        Fault(.beforeEffect, .silence), on: .uploadPart, occurrences: 2...2)
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await client.upload(
            PutObjectRequest(bucket: "visits", key: "k"), body: body, settings: Self.small)
        }
        for _ in 0..<1_000 where server.requests(.uploadPart).count < 3 {
          try? await Task.sleep(for: .milliseconds(10))
        }
        group.cancelAll()
        await #expect(throws: CancellationError.self) { try await group.waitForAll() }
      }
      #expect(server.requests(.abortMultipartUpload).count == 1)
      #expect(server.bucket("visits")?.uploads.isEmpty == true)
    }
  }

  @Test("a condition that does not hold at the end leaves the other object alone")
  func condition() async throws {
    let body = Self.body(120 << 10)
    try await withTestServer(Self.server) { server, client in
      server.put("k", in: "visits", Array("theirs".utf8))
      let error = await #expect(throws: S3Error.self) {
        try await client.upload(
          PutObjectRequest(bucket: "visits", key: "k", ifNoneMatch: "*"), body: body,
          settings: Self.small)
      }
      #expect(error?.code == .preconditionFailed)
      #expect(error?.mayHaveSucceeded == false)
      #expect(server.object("k", in: "visits")?.body == Array("theirs".utf8))
      #expect(server.bucket("visits")?.uploads.isEmpty == true)
    }
  }

  @Test("parts copied from another object make one, under a condition on both")
  func copies() async throws {
    let source = Self.body(240 << 10)
    let added = Array("added".utf8)
    try await withTestServer(Self.server) { server, client in
      server.put("odd key +%/ü", in: "visits", source)
      let eTag = try await client.headObject(
        HeadObjectRequest(bucket: "visits", key: "odd key +%/ü")
      ).eTag
      let upload = try await client.createMultipartUpload(bucket: "visits", key: "new")
      let from = CopySource(bucket: "visits", key: "odd key +%/ü", ifMatch: eTag)
      let first = try await client.uploadPartCopy(
        upload, number: 1, from: from, range: 0..<(120 << 10))
      let second = try await client.uploadPart(upload, number: 2, body: added)
      try await client.completeMultipartUpload(
        upload, parts: [second, first], ifNoneMatch: "*")
      #expect(server.object("new", in: "visits")?.body == source.prefix(120 << 10) + added)

      let other = try await client.createMultipartUpload(bucket: "visits", key: "other")
      let error = await #expect(throws: S3Error.self) {
        var changed = from
        changed.ifMatch = "0123"
        _ = try await client.uploadPartCopy(other, number: 1, from: changed, range: 0..<10)
      }
      #expect(error?.code == .preconditionFailed)
      try await client.abortMultipartUpload(other)
      let gone = await #expect(throws: S3Error.self) {
        try await client.abortMultipartUpload(other)
      }
      #expect(gone?.code == .noSuchUpload)
    }
  }
}
