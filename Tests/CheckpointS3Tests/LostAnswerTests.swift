import CheckpointCore
import CheckpointS3
import S3Lite
import S3TestServer
import Testing

@Suite("Writes whose answer is lost")
struct LostAnswerTests {
  private func withStore(
    _ body: (S3TestServer, S3ObjectStore) async throws -> Void
  ) async throws {
    try await S3TestServer.run { server in
      server.createBucket("bucket")
      let account = Account.standard
      let client = S3Client(
        configuration: S3Configuration(
          region: server.service.configuration.region,
          endpoint: S3EndpointSettings(url: server.endpoint)),
        credentials: StaticCredentialProvider(
          AWSCredentials(
            accessKeyID: account.accessKeyID, secretAccessKey: account.secretAccessKey)))
      do {
        try await body(server, S3ObjectStore(client: client, bucket: "bucket", prefix: "p/"))
        try await client.shutdown()
      } catch {
        try? await client.shutdown()
        throw error
      }
    }
  }

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
}
