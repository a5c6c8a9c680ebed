import CheckpointCore
import CheckpointS3
import S3Lite
import S3TestServer
import Testing

@Suite("Writes whose answer is lost")
struct LostAnswerTests {
  @Test("A conditional write that met its own first attempt has succeeded")
  func ownWrite() async throws {
    try await withStore { server, store in
      server.inject(.toAnswer(.reset), on: .putObject)
      let first = try await store.put("k", bytes: [1, 2], condition: .ifAbsent)
      #expect(server.requests(.putObject).count == 2)
      server.inject(.toAnswer(.reset), on: .putObject)
      let second = try await store.put("k", bytes: [3], condition: .ifMatch(first))
      #expect(try await store.get("k").bytes == [3])
      #expect(try await store.head("k").eTag == second)
    }
  }

  @Test("A conditional write that met somebody else's has failed")
  func foreignWrite() async throws {
    try await withStore { server, store in
      server.put("p/k", in: "bucket", [9])
      server.inject(Fault(.beforeEffect, .reset), on: .putObject)
      let error = await #expect(throws: ObjectStoreError.self) {
        try await store.put("k", bytes: [1, 2], condition: .ifAbsent)
      }
      #expect(error?.code == .preconditionFailed)
      let kept = try await store.get("k").bytes
      #expect(kept == [9])
    }
  }

  @Test("A conditional write of which nobody can look whether it happened may have happened")
  func unknown() async throws {
    try await withStore { server, store in
      server.inject(.toAnswer(.reset), on: .putObject)
      server.inject(.error(403, "AccessDenied"), on: .getObject)
      let error = await #expect(throws: ObjectStoreError.self) {
        try await store.put("k", bytes: [1, 2], condition: .ifAbsent)
      }
      // That would say that all is as it was.
      #expect(error?.code != .preconditionFailed)
    }
  }

  // MARK: New versions made of parts

  /// A server that forgets uploads that are completed.
  static let forgetful = {
    var configuration = S3Service.Configuration()
    configuration.repeatsCompletions = false
    return configuration
  }()

  /// A store that has an old version large enough for ranges of it to be copied.
  func withOld(
    _ body: (S3TestServer, S3ObjectStore, ETag, [UInt8], [ObjectPiece]) async throws -> Void
  ) async throws {
    try await withStore(Self.forgetful) { server, store in
      let old = [UInt8](repeating: 1, count: 6 << 20)
      let version = try await store.put("k", bytes: old, condition: .ifAbsent)
      try await body(server, store, version, old, [.range(0..<old.count), .bytes([7, 8, 9])])
    }
  }

  @Test(
    "A version made of parts that met itself has succeeded",
    arguments: ["NoSuchUpload", "PreconditionFailed"])
  func ownVersion(_ code: String) async throws {
    try await withOld { server, store, version, old, pieces in
      server.inject(.toAnswer(.reset), on: .completeMultipartUpload)
      if code == "PreconditionFailed" {
        server.inject(.error(412, code), on: .completeMultipartUpload, occurrences: 2...2)
      }
      let made = try await store.replace("k", version: version, with: pieces)
      #expect(server.requests(.completeMultipartUpload).count == 2)
      #expect(server.requests(.abortMultipartUpload).isEmpty)
      let stored = try #require(server.object("p/k", in: "bucket"))
      #expect(stored.body == old + [7, 8, 9])
      #expect(stored.eTag == "\"\(made.rawValue)\"")
    }
  }

  @Test("A version made of parts that met somebody else's has failed, and left it alone")
  func foreignVersion() async throws {
    try await withOld { server, store, version, old, pieces in
      server.inject(Fault(.beforeEffect, .reset), on: .completeMultipartUpload)
      server.inject(
        .error(412, "PreconditionFailed"), on: .completeMultipartUpload, occurrences: 2...2)
      let error = await #expect(throws: ObjectStoreError.self) {
        try await store.replace("k", version: version, with: pieces)
      }
      #expect(error?.code == .preconditionFailed)
      #expect(server.object("p/k", in: "bucket")?.body == old)
      #expect(server.bucket("bucket")?.uploads.isEmpty == true)
    }
  }

  @Test("A replacement that is cancelled while its upload begins leaves none behind")
  func cancelled() async throws {
    try await withOld { server, store, version, old, pieces in
      server.inject(.toAnswer(.delay(.milliseconds(300))), on: .createMultipartUpload)
      let replacing = Task { try await store.replace("k", version: version, with: pieces) }
      while server.requests(.createMultipartUpload).isEmpty {
        try await Task.sleep(for: .milliseconds(5))
      }
      replacing.cancel()
      await #expect(throws: CancellationError.self) { try await replacing.value }
      #expect(server.bucket("bucket")?.uploads.isEmpty == true)
      #expect(server.object("p/k", in: "bucket")?.body == old)
    }
  }

  @Test("A short end is kept of an old version that may be too short for copies")
  func shortOld() async throws {
    try await withStore { server, store in
      let old = [UInt8](repeating: 1, count: 3 << 20)
      let new = [UInt8](repeating: 2, count: 20 << 20)
      let version = try await store.put("k", bytes: old, condition: .ifAbsent)
      _ = try await store.replace(
        "k", version: version, with: [.bytes(new), .range(0..<old.count)])
      #expect(server.object("p/k", in: "bucket")?.body == new + old)
    }
  }
}
