import NIOCore
import S3Lite
import S3TestServer
import TestSupport
import Testing

/// Copies, deletions, streams and presigned URLs against every server.
@Suite("Calls on objects", .servers(.moto, .rclone))
struct ObjectCallTests {
  @Test("objects of odd keys are copied, and deleted together", arguments: PeerServer.allCases)
  func oddKeys(_ server: PeerServer) async throws {
    try await server.run { client in
      let keys = OddKeys.some(for: server).map { "copies/" + $0 }.filter { $0.utf8.count <= 1_000 }
      for key in keys {
        let body = Array(key.utf8)
        try await client.putObject(PutObjectRequest(bucket: "bucket", key: key), body: body)
        let copy = CopyObjectRequest(
          source: CopySource(bucket: "bucket", key: key), bucket: "bucket", key: key + "-copy")
        try await client.copyObject(copy)
        let got = try await client.getObject(
          GetObjectRequest(bucket: "bucket", key: key + "-copy"), limit: 2_000)
        #expect(got.body == body, "\(key.debugDescription)")
      }
      let all = keys + keys.map { $0 + "-copy" }
      // What XML cannot say is refused before it is sent, and deleted alone.
      let isSayable: (String) -> Bool = { key in
        key.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\t" }
      }
      let result = try await client.deleteObjects(
        DeleteObjectsRequest(bucket: "bucket", keys: all.filter(isSayable)))
      #expect(result.failures.isEmpty)
      #expect(result.deleted.count == all.count(where: isSayable))
      for key in all where !isSayable(key) {
        let request = DeleteObjectsRequest(bucket: "bucket", keys: [key])
        let error = try await s3Error { _ = try await client.deleteObjects(request) }
        #expect(error?.code == .invalidRequest)
        try await client.deleteObject(DeleteObjectRequest(bucket: "bucket", key: key))
      }
      let left = try await ServerCallTests.list(
        client, ListObjectsV2Request(bucket: "bucket", prefix: "copies/"))
      #expect(left.flatMap(\.contents).isEmpty)
    }
  }

  @Test("copies are conditional, and keep or replace metadata")
  func copy() async throws {
    try await withServerAndClient { server, test in
      let client = test.client
      let properties = ObjectProperties(
        contentType: "text/plain", metadata: ["a": "1"], tags: ["t": "1"])
      let put = try await client.putObject(
        PutObjectRequest(bucket: "bucket", key: "from", properties: properties), body: [1, 2])
      var request = CopyObjectRequest(
        source: CopySource(bucket: "bucket", key: "from", ifMatch: put.eTag), bucket: "bucket",
        key: "to", ifNoneMatch: "*")
      let copied = try await client.copyObject(request)
      #expect(copied.eTag == put.eTag)
      let object = try #require(server.object("to", in: "bucket"))
      #expect(object.attributes.metadata == ["a": "1"])
      #expect(object.attributes.contentType == "text/plain")
      #expect(object.attributes.tags == ["t": "1"])
      let there = try await s3Error { try await client.copyObject(request) }
      #expect(there?.code == .preconditionFailed)
      request.ifNoneMatch = nil
      request.source.ifMatch = "\"other\""
      let changed = try await s3Error { try await client.copyObject(request) }
      #expect(changed?.code == .preconditionFailed)
      request.source.ifMatch = nil
      request.properties = ObjectProperties(
        contentType: "text/html", metadata: ["b": "2"], tags: ["t": "2"], storageClass: "GLACIER_IR"
      )
      request.replacesMetadata = true
      request.replacesTags = true
      try await client.copyObject(request)
      let replaced = try #require(server.object("to", in: "bucket"))
      #expect(replaced.attributes.metadata == ["b": "2"])
      #expect(replaced.attributes.contentType == "text/html")
      #expect(replaced.attributes.tags == ["t": "2"])
      #expect(replaced.attributes.storageClass == "GLACIER_IR")
      request.source.key = "none"
      let none = try await s3Error { try await client.copyObject(request) }
      #expect(none?.code == .noSuchKey)
    }
  }

  @Test("encryption is asked for in the headers that S3 documents")
  func encryption() async throws {
    try await withServerAndClient { server, test in
      let key = "arn:aws:kms:us-east-1:111122223333:key/1"
      for (index, encryption) in [
        ServerSideEncryption.s3, .kms(), .kms(keyID: key, bucketKey: true),
      ].enumerated() {
        let request = PutObjectRequest(
          bucket: "bucket", key: "key\(index)",
          properties: ObjectProperties(encryption: encryption))
        try await test.client.putObject(request, body: [1])
      }
      let objects = (0..<3).map { server.object(ObjectKey("key\($0)"), in: "bucket")?.attributes }
      #expect(objects.map { $0?.encryption } == ["AES256", "aws:kms", "aws:kms"])
      #expect(objects.map { $0?.encryptionKeyID } == [nil, nil, key])
      #expect(objects.map { $0?.usesBucketKey } == [false, false, true])
      let head = try await test.client.headObject(
        HeadObjectRequest(bucket: "bucket", key: "key2"))
      #expect(head.encryption == "aws:kms")
      #expect(head.kmsKeyID == key)
    }
  }

  @Test("objects are read in pieces", arguments: PeerServer.allCases)
  func streaming(_ server: PeerServer) async throws {
    try await server.run { client in
      var random = SplitMix64(seed: 5)
      let body = random.bytes(300_000)
      try await client.putObject(PutObjectRequest(bucket: "bucket", key: "stream"), body: body)
      let stream = try await client.streamObject(
        GetObjectRequest(bucket: "bucket", key: "stream"))
      #expect(stream.attributes.size == body.count)
      var received: [UInt8] = []
      for try await piece in stream { received += piece.readableBytesView }
      #expect(received == body)
    }
  }

  /// Pieces of bytes, which can be read once or again.
  struct Pieces: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    let bytes: [UInt8]
    let size: Int

    func makeAsyncIterator() -> AsyncStream<ByteBuffer>.Iterator {
      AsyncStream { continuation in
        for start in stride(from: 0, to: bytes.count, by: size) {
          continuation.yield(ByteBuffer(bytes: bytes[start..<Swift.min(start + size, bytes.count)]))
        }
        continuation.finish()
      }.makeAsyncIterator()
    }
  }

  @Test(
    "objects are written in pieces, their checksum behind them",
    arguments: [PeerServer.ours, .rclone], [0, 1, 200_000])
  func streamedUpload(_ server: PeerServer, _ size: Int) async throws {
    try await server.run { client in
      var random = SplitMix64(seed: 6)
      let body = random.bytes(size)
      let request = PutObjectRequest(bucket: "bucket", key: "streamed\(size)")
      try await client.putObject(
        request, body: Pieces(bytes: body, size: 65_536), length: body.count)
      let got = try await client.getObject(
        GetObjectRequest(bucket: "bucket", key: request.key), limit: size)
      #expect(got.body == body)
      // rclone takes the chunks for an encoding of the object's.
      #expect(got.attributes.contentEncoding == (server == .rclone ? "aws-chunked" : nil))
    }
  }

  @Test("a body of another length than said is refused", arguments: [9, 11])
  func wrongLength(_ length: Int) async throws {
    try await withServerAndClient { server, test in
      let error = try await s3Error {
        try await test.client.putObject(
          PutObjectRequest(bucket: "bucket", key: "key"),
          body: Pieces(bytes: [UInt8](repeating: 1, count: 10), size: 3), length: length)
      }
      #expect(error?.code == .bodyLengthMismatch)
      #expect(server.object("key", in: "bucket") == nil)
    }
  }

  @Test("a streamed write is repeated where its bytes can be read again")
  func replay() async throws {
    try await withServerAndClient { server, test in
      let body = [UInt8](repeating: 3, count: 100_000)
      for manner in [Fault.Manner.reset, .failure(S3Failure(503, "SlowDown", ""))] {
        server.change { $0.rules = [FaultRule(.toAnswer(manner))] }
        let request = PutObjectRequest(bucket: "bucket", key: "key")
        try await test.client.putObject(
          request, body: Pieces(bytes: body, size: 10_000), length: body.count, isReplayable: true)
        #expect(server.object("key", in: "bucket")?.body == body)
        server.change { $0.rules = [FaultRule(.toAnswer(manner))] }
        let error = try await s3Error {
          try await test.client.putObject(
            request, body: Pieces(bytes: body, size: 10_000), length: body.count)
        }
        #expect(error != nil)
      }
    }
  }

  @Test(
    "a stream that breaks off goes on from there",
    arguments: [
      Fault.Manner.closeInBody(after: 70_000), .resetInBody(after: 1), .silenceInBody(after: 9),
    ])
  func resumed(_ manner: Fault.Manner) async throws {
    try await withServerAndClient(stall: .milliseconds(500)) { server, test in
      var random = SplitMix64(seed: 7)
      let body = random.bytes(200_000)
      server.put("key", in: "bucket", body)
      server.inject(.toAnswer(manner))
      let stream = try await test.client.streamObject(
        GetObjectRequest(bucket: "bucket", key: "key"))
      var received: [UInt8] = []
      for try await piece in stream { received += piece.readableBytesView }
      #expect(received == body)
      #expect(server.requests.count == 2)
      // A stream that went on with another version would be a mixture.
      #expect(server.requests.last?.header("if-match") != nil)
    }
  }

  @Test("a stream whose object changes under it, or whose bits flip, ends with an error")
  func brokenStreams() async throws {
    try await withServerAndClient { server, test in
      let body = [UInt8](repeating: 1, count: 200_000)
      func read() async throws {
        let stream = try await test.client.streamObject(
          GetObjectRequest(bucket: "bucket", key: "key"))
        server.put("key", in: "bucket", [2])
        for try await _ in stream {}
      }
      server.put("key", in: "bucket", body)
      server.change { $0.rules = [FaultRule(.toAnswer(.closeInBody(after: 100)))] }
      let changed = try await s3Error { try await read() }
      #expect(changed?.code == .preconditionFailed)
      server.put("key", in: "bucket", body)
      server.change { $0.rules = [FaultRule(.toAnswer(.flippedBit))] }
      let flipped = try await s3Error { try await read() }
      #expect(flipped?.code == .checksumMismatch)
    }
  }

  @Test(
    "an error in an answer with status 200 is an error",
    arguments: ["InternalError", "SlowDown", "AccessDenied"], [false, true])
  func errorIn200(_ code: String, _ hasWhiteSpace: Bool) async throws {
    try await withServerAndClient { server, test in
      server.put("from", in: "bucket", [1])
      var fault = Fault.errorInBody(code)
      if hasWhiteSpace {
        let document = "\n \n<Error><Code>\(code)</Code><Message>No.</Message></Error>"
        fault = Fault(.beforeEffect, .answer(ServedAnswer(200, body: Array(document.utf8))))
      }
      let isRetried = code != "AccessDenied"
      server.inject(fault, on: .copyObject)
      let request = CopyObjectRequest(
        source: CopySource(bucket: "bucket", key: "from"), bucket: "bucket", key: "to")
      let error = try await s3Error { try await test.client.copyObject(request) }
      #expect(error?.code.rawValue == (isRetried ? nil : code))
      #expect(server.requests.count == (isRetried ? 2 : 1))
      #expect((server.object("to", in: "bucket") != nil) == isRetried)
    }
  }

  @Test("checksums are asked for where they are wanted", arguments: [true, false])
  func checksums(_ areWanted: Bool) async throws {
    try await withServerAndClient(change: { $0.verifiesDownloads = areWanted }) { server, test in
      server.put("key", in: "bucket", [1])
      let attributes = try await test.client.headObject(
        HeadObjectRequest(bucket: "bucket", key: "key"))
      #expect((attributes.checksums.crc64nvme != nil) == areWanted)
      _ = try await test.client.getObject(GetObjectRequest(bucket: "bucket", key: "key"), limit: 1)
      for request in server.requests {
        #expect(request.header("x-amz-checksum-mode") == (areWanted ? "ENABLED" : nil))
      }
    }
  }

  @Test("white space before an answer keeps the connection open, and is no part of it")
  func whiteSpace() async throws {
    try await withServerAndClient(stall: .milliseconds(600)) { server, test in
      server.put("from", in: "bucket", [1])
      server.inject(.toAnswer(.whiteSpace(times: 10, every: .milliseconds(100))))
      let request = CopyObjectRequest(
        source: CopySource(bucket: "bucket", key: "from"), bucket: "bucket", key: "to")
      try await test.client.copyObject(request)
      #expect(server.requests.count == 1)
    }
  }

  @Test("deletions that fail are named one by one")
  func deletionFailures() async throws {
    try await withServerAndClient { server, test in
      for key in ["a", "b", "c"] as [ObjectKey] { server.put(key, in: "bucket", [1]) }
      let eTag = try #require(server.object("a", in: "bucket")?.eTag)
      let request = DeleteObjectsRequest(
        bucket: "bucket",
        objects: [
          .init(key: "a", eTag: eTag), .init(key: "b", eTag: "\"other\""), .init(key: "none"),
        ])
      let result = try await test.client.deleteObjects(request)
      #expect(result.deleted.map(\.key) == ["a", "none"])
      #expect(result.failures.map(\.key) == ["b"])
      #expect(result.failures.map(\.code) == [.preconditionFailed])
      #expect(server.bucket("bucket")?.keys == ["b", "c"])
      for algorithm in [S3UploadChecksum.crc32c, .none] {
        try await TestClient.run(server.endpoint, change: { $0.uploadChecksum = algorithm }) {
          _ = try await $0.client.deleteObjects(
            DeleteObjectsRequest(bucket: "bucket", keys: ["b"], isQuiet: true))
        }
      }
      #expect(server.bucket("bucket")?.keys == ["c"])
    }
  }
}
