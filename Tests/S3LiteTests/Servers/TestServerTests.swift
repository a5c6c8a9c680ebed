import S3TestServer
import TestSupport
import Testing

@Suite("The tests' own S3 server")
struct TestServerTests {
  @Test("answers AWS's own client as S3 does")
  func peer() async throws {
    var configuration = S3Service.Configuration()
    configuration.minimumPartSize = 5_000
    try await S3TestServer.run(configuration) { server in
      server.createBucket("peer")
      let account = Account.standard
      let arguments = [server.endpoint, account.accessKeyID, account.secretAccessKey]
      let output = try await PythonPeer.run("s3_peer.py", arguments)
      #expect(output.isEmpty)
      #expect(server.bucket("peer")?.uploads.isEmpty == true)
      #expect(
        server.requests.contains {
          $0.status == 400 && $0.header("authorization")?.contains("/eu-west-1/s3/") == true
        })
    }
  }
}
