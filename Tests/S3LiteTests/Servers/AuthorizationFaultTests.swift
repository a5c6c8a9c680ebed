import S3Lite
import S3TestServer
import Synchronization
import Testing

@Suite("Signatures that S3 refuses")
struct AuthorizationFaultTests {
  let request = GetObjectRequest(bucket: "bucket", key: "key")
  let head = HeadObjectRequest(bucket: "bucket", key: "key")

  @Test("a wrong secret is an error at once, which does not show it")
  func wrongSecret() async throws {
    try await withServerAndClient { server, _ in
      let account = Account(accessKeyID: "AKIATESTSERVER", secretAccessKey: "wrong secret")
      try await TestClient.run(server.endpoint, account: account) { client in
        let error = try await s3Error {
          _ = try await client.client.getObject(request, limit: 1)
        }
        #expect(error?.code == .signatureDoesNotMatch)
        #expect(error?.description.contains("wrong secret") == false)
        #expect(server.requests.count == 1)
      }
    }
  }

  @Test("without credentials nothing is signed, and public buckets can be read")
  func anonymous() async throws {
    try await S3TestServer.run { server in
      server.createBucket("bucket") { $0.isPublic = true }
      server.createBucket("private")
      server.put("key", in: "bucket", [1])
      try await TestClient.run(server.endpoint, account: nil) { client in
        try await expect([1]) { try await client.client.getObject(request, limit: 1).body }
        let error = try await s3Error {
          _ = try await client.client.getObject(
            GetObjectRequest(bucket: "private", key: "key"), limit: 1)
        }
        #expect(error?.code == .accessDenied)
        #expect(server.requests.allSatisfy { $0.header("authorization") == nil })
      }
    }
  }

  @Test(
    "a clock that is off is corrected once, and stays so",
    arguments: [-86_400, -1_200, 1_200, 40_000_000])
  func clock(_ seconds: Int64) async throws {
    try await withServerAndClient { server, client in
      server.put("key", in: "bucket", [1])
      server.change { $0.clockOffset = seconds }
      try await expect([1]) { try await client.client.getObject(request, limit: 1).body }
      #expect(server.requests.map(\.status) == [403, 200])
      try await expect([1]) { try await client.client.getObject(request, limit: 1).body }
      #expect(server.requests.map(\.status) == [403, 200, 200])
      #expect(client.waits.all.isEmpty)
    }
  }

  @Test("a clock that is off is corrected from the answer to HEAD, which has no body")
  func clockOfHead() async throws {
    try await withServerAndClient { server, client in
      server.put("key", in: "bucket", [1])
      server.change { $0.clockOffset = 5_000 }
      try await expect(1) { try await client.client.headObject(head).size }
      #expect(server.requests.map(\.status) == [403, 200])
    }
  }

  @Test(
    "a wrong region is corrected once and remembered", arguments: [false, true], [false, true])
  func region(redirects: Bool, byHead: Bool) async throws {
    var configuration = S3Service.Configuration()
    configuration.redirectsToRegion = redirects
    try await S3TestServer.run(configuration) { server in
      server.createBucket("bucket", region: "eu-west-3")
      server.createBucket("other", region: "us-east-1")
      server.put("key", in: "bucket", [1])
      server.put("key", in: "other", [2])
      try await TestClient.run(server.endpoint) { client in
        if byHead {
          try await expect(1) { try await client.client.headObject(head).size }
        } else {
          try await expect([1]) { try await client.client.getObject(request, limit: 1).body }
        }
        #expect(server.requests.map(\.status) == [redirects ? 301 : 400, 200])
        try await expect([1]) { try await client.client.getObject(request, limit: 1).body }
        let other = GetObjectRequest(bucket: "other", key: "key")
        try await expect([2]) { try await client.client.getObject(other, limit: 1).body }
        #expect(server.requests.count == 4)
        #expect(client.waits.all.isEmpty)
      }
    }
  }

  /// Gives old credentials until it is told that they are refused.
  final class Renewing: AWSCredentialProvider, Sendable {
    let accounts: [Account]
    private let index = Mutex(0)

    init(_ accounts: [Account]) {
      self.accounts = accounts
    }

    var renewals: Int { index.withLock { $0 } }

    func credentials() async throws -> AWSCredentials {
      let account = accounts[index.withLock { min($0, accounts.count - 1) }]
      return AWSCredentials(
        accessKeyID: account.accessKeyID, secretAccessKey: account.secretAccessKey,
        sessionToken: account.sessionToken)
    }

    func invalidate(_ rejected: AWSCredentials) async {
      index.withLock { index in
        if accounts[min(index, accounts.count - 1)].sessionToken == rejected.sessionToken {
          index += 1
        }
      }
    }
  }

  static let expired = Account(
    accessKeyID: "ASIAOLD", secretAccessKey: "a", sessionToken: "old token", isExpired: true)
  static let fresh = Account(
    accessKeyID: "ASIANEW", secretAccessKey: "b", sessionToken: "new/token+=")

  @Test("expired credentials are renewed, for one request and for many", arguments: [false, true])
  func expiredToken(byHead: Bool) async throws {
    var configuration = S3Service.Configuration()
    configuration.accounts = [Self.expired, Self.fresh]
    try await S3TestServer.run(configuration) { server in
      server.createBucket("bucket")
      server.put("key", in: "bucket", [1])
      let provider = Renewing([Self.expired, Self.fresh])
      try await TestClient.run(server.endpoint, provider: provider) { client in
        let s3 = client.client
        if byHead { try await expect(1) { try await s3.headObject(head).size } }
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
          for _ in 0..<10 {
            group.addTask { try await s3.getObject(request, limit: 1).body }
          }
          for try await body in group { #expect(body == [1]) }
        }
        #expect(provider.renewals == 1)
        #expect(server.requests.allSatisfy { $0.header("x-amz-security-token") != nil })
      }
    }
  }

  @Test("credentials that stay expired are an error after one renewal")
  func hopelessToken() async throws {
    var configuration = S3Service.Configuration()
    configuration.accounts = [Self.expired]
    try await S3TestServer.run(configuration) { server in
      server.createBucket("bucket")
      let provider = Renewing([Self.expired, Self.expired, Self.expired])
      try await TestClient.run(server.endpoint, provider: provider) { client in
        let error = try await s3Error {
          _ = try await client.client.getObject(request, limit: 1)
        }
        #expect(error?.code == .expiredToken)
        #expect(server.requests.count == 2)
        #expect(error?.description.contains("old token") == false)
      }
    }
  }
}
