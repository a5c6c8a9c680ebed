import NIOCore
import S3TestServer
import TestSupport
import Testing

@testable import S3Lite

@Suite("Uploads in parts", .servers(.moto, .rclone))
struct MultipartTests {
  static let smallPart = PeerServer.smallestPart

  static func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      var index = 0
      while index < count {
        buffer[index] = UInt8(truncatingIfNeeded: index &* 31 ^ index >> 8)
        index += 1
      }
      initialized = count
    }
  }

  /// A client's settings for a server: moto gives CRC-32 for the CRC-64/NVME of a multipart object.
  static func settings(_ server: PeerServer) -> (inout S3Configuration) -> Void {
    { if server == .moto { $0.uploadChecksum = .none } }
  }

  @Test("parts make an object", arguments: [PeerServer.ours, .moto])
  func parts(_ server: PeerServer) async throws {
    try await server.run(change: Self.settings(server)) { client in
      let body = Self.bytes(Self.smallPart + 1_000)
      let upload = try await client.createMultipartUpload(
        bucket: "bucket", key: "parts/a b",
        properties: ObjectProperties(contentType: "text/x", metadata: ["m": "1"]))
      let first = try await client.uploadPart(
        upload, number: 1, body: Array(body[..<Self.smallPart]))
      let second = try await client.uploadPart(
        upload, number: 2, body: Array(body[Self.smallPart...]))
      let result = try await client.completeMultipartUpload(upload, parts: [second, first])
      let got = try await client.getObject(
        GetObjectRequest(bucket: "bucket", key: "parts/a b"), limit: body.count)
      #expect(got.body == body)
      #expect(got.attributes.eTag == result.eTag)
      // The MD5 of the parts' MD5s.
      #expect(result.eTag.hasSuffix("-2\""))
      #expect(got.attributes.metadata == ["m": "1"])
      #expect(got.attributes.contentType == "text/x")
    }
  }

  @Test("ranges of an object become parts within the server", arguments: [PeerServer.ours, .moto])
  func copies(_ server: PeerServer) async throws {
    try await server.run(change: Self.settings(server)) { client in
      let body = Self.bytes(Self.smallPart + 2_000)
      let put = try await client.putObject(
        PutObjectRequest(bucket: "bucket", key: "copied/from %"), body: body)
      let upload = try await client.createMultipartUpload(bucket: "bucket", key: "copied/to")
      var source = CopySource(bucket: "bucket", key: "copied/from %", ifMatch: put.eTag)
      let copied = try await client.uploadPartCopy(
        upload, number: 1, from: source, range: 0..<Self.smallPart)
      let own = try await client.uploadPart(upload, number: 2, body: [1, 2, 3])
      source.ifMatch = "\"other\""
      let error = try await s3Error {
        _ = try await client.uploadPartCopy(upload, number: 3, from: source)
      }
      // moto does not know copy-source-if-match.
      #expect(error?.code == (server == .moto ? nil : .preconditionFailed))
      try await client.completeMultipartUpload(upload, parts: [copied, own])
      let got = try await client.getObject(
        GetObjectRequest(bucket: "bucket", key: "copied/to"), limit: body.count)
      #expect(got.body == Array(body[..<Self.smallPart]) + [1, 2, 3])
    }
  }

  @Test(
    "parts of an upload that another client began are completed with its kind of checksum",
    arguments: [ChecksumAlgorithm.crc32, .crc32c, .sha1, .sha256])
  func foreignChecksums(_ algorithm: ChecksumAlgorithm) async throws {
    try await withServerAndClient { server, test in
      let client = test.client
      server.put("from", in: "bucket", [1, 2, 3])
      let upload = try await client.createMultipartUpload(bucket: "bucket", key: "to")
      server.change { state in
        state.buckets["bucket"]?.uploads[upload.uploadID]?.checksumAlgorithm = algorithm
        state.buckets["bucket"]?.uploads[upload.uploadID]?.checksumType = "COMPOSITE"
      }
      let part = try await client.uploadPartCopy(
        upload, number: 1, from: CopySource(bucket: "bucket", key: "from"))
      try await client.completeMultipartUpload(upload, parts: [part])
      let object = try #require(server.object("to", in: "bucket"))
      #expect(object.body == [1, 2, 3])
      let sent = try #require(server.requests(.completeMultipartUpload).first)
      let text = String(decoding: sent.body, as: UTF8.self)
      // Amazon S3 API Reference, "CompletedPart".
      let element = "Checksum\(algorithm.rawValue)"
      #expect(text.contains("<\(element)>\(algorithm.base64(of: [1, 2, 3]))</\(element)>"))
    }
  }

  @Test("completing is conditional", arguments: [PeerServer.ours, .moto])
  func conditions(_ server: PeerServer) async throws {
    try await server.run(change: Self.settings(server)) { client in
      func complete(ifMatch: String? = nil, ifNoneMatch: String? = nil, _ byte: UInt8) async throws
        -> CompleteMultipartUploadResult
      {
        let upload = try await client.createMultipartUpload(bucket: "bucket", key: "conditional")
        let part = try await client.uploadPart(upload, number: 1, body: [byte])
        return try await client.completeMultipartUpload(
          upload, parts: [part], ifMatch: ifMatch, ifNoneMatch: ifNoneMatch)
      }
      let first = try await complete(ifNoneMatch: "*", 1)
      let there = try await s3Error { _ = try await complete(ifNoneMatch: "*", 2) }
      #expect(there?.code == .preconditionFailed)
      let second = try await complete(ifMatch: first.eTag, 3)
      let changed = try await s3Error { _ = try await complete(ifMatch: "\"other\"", 4) }
      // moto does not know If-Match when completing.
      #expect(changed?.code == (server == .moto ? nil : .preconditionFailed))
      let got = try await client.getObject(
        GetObjectRequest(bucket: "bucket", key: "conditional"), limit: 1)
      #expect(got.body == [server == .moto ? 4 : 3])
      if server == .ours { #expect(got.attributes.eTag == second.eTag) }
    }
  }

  @Test("rclone's answer to the beginning of an upload is another one than S3's")
  func rcloneBegins() async throws {
    try await PeerServer.rclone.run { client in
      let error = try await s3Error {
        _ = try await client.createMultipartUpload(bucket: "bucket", key: "parts")
      }
      #expect(error?.code == .invalidAnswer)
    }
  }

  @Test("an upload that is aborted is gone", arguments: [PeerServer.ours, .moto])
  func abort(_ server: PeerServer) async throws {
    try await server.run { client in
      let upload = try await client.createMultipartUpload(bucket: "bucket", key: "aborted")
      _ = try await client.uploadPart(upload, number: 1, body: [1])
      try await client.abortMultipartUpload(upload)
      let again = try await s3Error { try await client.abortMultipartUpload(upload) }
      #expect(again?.code == .noSuchUpload)
      let head = try await s3Error {
        _ = try await client.headObject(HeadObjectRequest(bucket: "bucket", key: "aborted"))
      }
      #expect(head?.code == .notFound)
    }
  }

  @Test("what S3 does not take as parts is an error")
  func refused() async throws {
    try await withServerAndClient { server, test in
      let client = test.client
      let upload = try await client.createMultipartUpload(bucket: "bucket", key: "key")
      let first = try await client.uploadPart(upload, number: 1, body: [1])
      let second = try await client.uploadPart(upload, number: 2, body: [2])
      let small = try await s3Error {
        try await client.completeMultipartUpload(upload, parts: [first, second])
      }
      #expect(small?.code.rawValue == "EntityTooSmall")
      var wrong = second
      wrong.eTag = "\"other\""
      let invalid = try await s3Error {
        try await client.completeMultipartUpload(upload, parts: [wrong])
      }
      #expect(invalid?.code.rawValue == "InvalidPart")
      for parts in [[], [first, first]] {
        let error = try await s3Error {
          try await client.completeMultipartUpload(upload, parts: parts)
        }
        #expect(error?.code == .invalidRequest)
      }
    }
  }

  /// A server that takes small parts.
  func withSmallParts(
    stall: Duration = .seconds(30),
    _ body: (S3TestServer, S3Client, UploadSettings) async throws -> Void
  ) async throws {
    var configuration = S3Service.Configuration()
    configuration.minimumPartSize = 1_000
    var settings = UploadSettings(partSize: 1_000, partsInFlight: 3)
    settings.smallestPart = 1_000
    try await withServerAndClient(stall: stall, server: configuration) { [settings] server, test in
      try await body(server, test.client, settings)
    }
  }

  @Test(
    "a managed upload is one object, of whatever size",
    arguments: [0, 1, 999, 1_000, 1_001, 5_000, 12_345])
  func managed(_ size: Int) async throws {
    try await withSmallParts { server, client, settings in
      let body = Self.bytes(size)
      let request = PutObjectRequest(
        bucket: "bucket", key: "key", properties: ObjectProperties(metadata: ["a": "b"]))
      let result = try await client.upload(request, body: body, settings: settings)
      let object = try #require(server.object("key", in: "bucket"))
      #expect(object.body == body)
      #expect(object.eTag == result.eTag)
      #expect(object.attributes.metadata == ["a": "b"])
      #expect(object.checksums == [.crc64nvme: ChecksumAlgorithm.crc64nvme.base64(of: body)])
      let parts = size <= 1_000 ? 0 : (size + 999) / 1_000
      #expect(server.requests(.uploadPart).count == parts)
      #expect(server.bucket("bucket")?.uploads.isEmpty == true)

      for length in [size, nil] {
        let pieces = ObjectCallTests.Pieces(bytes: body, size: 700)
        try await client.upload(request, body: pieces, length: length, settings: settings)
        #expect(server.object("key", in: "bucket")?.body == body)
      }
    }
  }

  @Test(
    "a managed upload goes on through faults of any of its requests",
    arguments: [S3Operation.createMultipartUpload, .uploadPart, .completeMultipartUpload],
    [Fault(.beforeEffect, .reset), .internalError, .slowDown(), .toAnswer(.close)])
  func managedFaults(_ operation: S3Operation, _ fault: Fault) async throws {
    try await withSmallParts { server, client, settings in
      let body = Self.bytes(5_500)
      server.inject(fault, on: operation)
      let request = PutObjectRequest(bucket: "bucket", key: "key")
      try await client.upload(request, body: body, settings: settings)
      #expect(server.object("key", in: "bucket")?.body == body)
      let isLost = operation == .createMultipartUpload && fault.moment == .afterEffect
      // An upload whose name got lost cannot be aborted.
      #expect(server.bucket("bucket")?.uploads.count == (isLost ? 1 : 0))
    }
  }

  @Test("an error in the answer to completing, which has status 200, is not taken for success")
  func errorIn200() async throws {
    try await withSmallParts { server, client, settings in
      let request = PutObjectRequest(bucket: "bucket", key: "key")
      let body = Self.bytes(2_500)
      server.inject(.errorInBody("InternalError"), on: .completeMultipartUpload)
      try await client.upload(request, body: body, settings: settings)
      #expect(server.object("key", in: "bucket")?.body == body)
      #expect(server.requests(.completeMultipartUpload).count == 2)
      server.inject(
        .errorInBody("InternalError"), on: .completeMultipartUpload, occurrences: 1...100)
      let error = try await s3Error {
        try await client.upload(request, body: [1] + body, settings: settings)
      }
      #expect(error?.code == .internalError)
      #expect(server.bucket("bucket")?.uploads.isEmpty == true)
    }
  }

  @Test("a managed upload that fails or is cancelled is aborted", .timeLimit(.minutes(1)))
  func aborted() async throws {
    try await withSmallParts { server, client, settings in
      let request = PutObjectRequest(bucket: "bucket", key: "key")
      server.inject(.error(403, "AccessDenied"), on: .uploadPart, occurrences: 3...3)
      let error = try await s3Error {
        try await client.upload(request, body: Self.bytes(9_000), settings: settings)
      }
      #expect(error?.code == .accessDenied)
      #expect(server.bucket("bucket")?.uploads.isEmpty == true)
      server.change { $0.rules = [] }

      let late = PutObjectRequest(bucket: "bucket", key: "key", ifMatch: "\"none\"")
      let conflict = try await s3Error {
        try await client.upload(late, body: Self.bytes(9_000), settings: settings)
      }
      #expect(conflict?.code == .noSuchKey)
      #expect(server.bucket("bucket")?.uploads.isEmpty == true)

      server.forgetRequests()
      server.inject(Fault(.beforeEffect, .silence), on: .uploadPart, occurrences: 2...100)
      let task = Task {
        try await client.upload(request, body: Self.bytes(9_000), settings: settings)
      }
      while server.requests(.uploadPart).count < 3 { try await Task.sleep(for: .milliseconds(5)) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(server.bucket("bucket")?.uploads.isEmpty == true)
      #expect(server.object("key", in: "bucket") == nil)
    }
  }
}
