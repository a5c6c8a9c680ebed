import S3TestServer

@testable import S3Lite

/// Runs `body` with a client of the tests' own server.
func withTestServer<Result>(
  _ service: S3Service.Configuration = S3Service.Configuration(), region: String = "us-east-1",
  credentials: (any AWSCredentialProvider)? = StaticCredentialProvider(.testServer),
  configure: (inout S3Configuration) -> Void = { _ in },
  _ body: (S3TestServer, S3Client) async throws -> Result
) async throws -> Result {
  try await S3TestServer.run(service) { server in
    server.createBucket("visits")
    var configuration = S3Configuration(
      region: region, endpoint: S3EndpointSettings(url: server.endpoint),
      retry: RetryConfiguration(maxBackoff: .milliseconds(20)))
    configure(&configuration)
    let client = S3Client(configuration: configuration, credentials: credentials)
    do {
      let result = try await body(server, client)
      try await client.shutdown()
      return result
    } catch {
      try? await client.shutdown()
      throw error
    }
  }
}

extension AWSCredentials {
  /// Those of the account that the tests' server has from the beginning.
  static let testServer = AWSCredentials(
    accessKeyID: Account.standard.accessKeyID,
    secretAccessKey: Account.standard.secretAccessKey)
}
