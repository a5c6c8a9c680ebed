import CheckpointS3
import S3Lite
import S3TestServer

/// Runs `body` with a store in an empty bucket of a server of its own.
func withStore(
  _ service: S3Service.Configuration = S3Service.Configuration(),
  _ body: (S3TestServer, S3ObjectStore) async throws -> Void
) async throws {
  try await S3TestServer.run(service) { server in
    server.createBucket("bucket")
    let account = Account.standard
    let client = S3Client(
      configuration: S3Configuration(
        region: server.service.configuration.region,
        endpoint: S3EndpointSettings(url: server.endpoint),
        // Other suites may keep all processors busy for a while.
        timeouts: S3Timeouts(firstByte: .seconds(300))),
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
