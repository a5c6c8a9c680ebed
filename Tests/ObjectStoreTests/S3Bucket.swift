import CheckpointS3
import S3Lite
import S3TestServer
import Synchronization
import TestSupport
import Testing

/// Buckets for tests, each of them new. The servers and clients serve all tests and end with the
/// process.
enum S3Bucket {
  private static let count = Atomic(0)
  /// Other suites may keep all processors busy for a while.
  private static let patient = S3Timeouts(firstByte: .seconds(300))

  private static let server = Task { () -> (server: S3TestServer, client: S3Client) in
    let server = try await S3TestServer.start()
    let account = Account.standard
    let client = S3Client(
      configuration: S3Configuration(
        region: server.service.configuration.region,
        endpoint: S3EndpointSettings(url: server.endpoint), timeouts: patient),
      credentials: StaticCredentialProvider(
        AWSCredentials(
          accessKeyID: account.accessKeyID, secretAccessKey: account.secretAccessKey)))
    return (server, client)
  }

  private static let motoClients = Mutex<[String: S3Client]>([:])

  /// A part of the bucket that moto has.
  static func moto() async throws -> S3ObjectStore {
    let server = try #require(PythonServer.running[.moto], "moto does not run beside this suite")
    let client = motoClients.withLock { clients in
      let made =
        clients[server.endpoint]
        ?? S3Client(
          configuration: S3Configuration(
            region: "us-east-1", endpoint: S3EndpointSettings(url: server.endpoint),
            timeouts: patient),
          credentials: StaticCredentialProvider(
            AWSCredentials(
              accessKeyID: server.accessKeyID, secretAccessKey: server.secretAccessKey)))
      clients[server.endpoint] = made
      return made
    }
    let number = count.add(1, ordering: .relaxed).newValue
    return S3ObjectStore(client: client, bucket: "bucket", prefix: "store \(number)/")
  }

  /// A bucket of the server that is written here.
  static func scripted(prefix: String) async throws -> S3ObjectStore {
    let (server, client) = try await server.value
    let name = "bucket-\(count.add(1, ordering: .relaxed).newValue)"
    server.createBucket(name)
    return S3ObjectStore(client: client, bucket: name, prefix: prefix)
  }
}
