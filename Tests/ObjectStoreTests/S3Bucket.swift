import CheckpointS3
import S3Lite
import S3TestServer
import Synchronization

/// Buckets for tests, each of them new. The servers and clients serve all tests and end with the
/// process.
enum S3Bucket {
  private static let count = Atomic(0)

  private static let server = Task { () -> (server: S3TestServer, client: S3Client) in
    let server = try await S3TestServer.start()
    let account = Account.standard
    let client = S3Client(
      configuration: S3Configuration(
        region: server.service.configuration.region,
        endpoint: S3EndpointSettings(url: server.endpoint)),
      credentials: StaticCredentialProvider(
        AWSCredentials(
          accessKeyID: account.accessKeyID, secretAccessKey: account.secretAccessKey)))
    return (server, client)
  }

  /// A bucket of the server that is written here.
  static func scripted(prefix: String) async throws -> S3ObjectStore {
    let (server, client) = try await server.value
    let name = "bucket-\(count.add(1, ordering: .relaxed).newValue)"
    server.createBucket(name)
    return S3ObjectStore(client: client, bucket: name, prefix: prefix)
  }
}
