import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import S3TestServer
import TestSupport
import Testing

@testable import S3Lite

/// URLs that are handed to somebody without credentials, used with a plain HTTP client.
@Suite("Presigned URLs", .servers(.moto, .rclone))
struct PresignedURLTests {
  static func send(_ presigned: PresignedURL, body: [UInt8] = []) async throws -> (Int, [UInt8]) {
    var request = HTTPClientRequest(url: presigned.url)
    request.method = HTTPMethod(rawValue: presigned.method)
    for header in presigned.headers { request.headers.add(name: header.name, value: header.value) }
    if !body.isEmpty { request.body = .bytes(body) }
    let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    let bytes = try await answer.body.collect(upTo: 1 << 20)
    return (Int(answer.status.code), Array(bytes.readableBytesView))
  }

  @Test("write, read and delete", arguments: PeerServer.allCases)
  func presigned(_ server: PeerServer) async throws {
    try await server.run { client in
      let key = "presigned/ä +%/1"
      let put = try await client.presign(
        PutObjectRequest(bucket: "bucket", key: key), for: .seconds(60))
      #expect(try await Self.send(put, body: [1, 2, 3]).0 == 200)
      let get = try await client.presign(
        GetObjectRequest(bucket: "bucket", key: key), for: .seconds(60))
      let got = try await Self.send(get)
      #expect(got.0 == 200 && got.1 == [1, 2, 3])
      let head = try await client.presign(
        HeadObjectRequest(bucket: "bucket", key: key), for: .seconds(60))
      #expect(try await Self.send(head).0 == 200)
      let delete = try await client.presign(
        DeleteObjectRequest(bucket: "bucket", key: key), for: .seconds(60))
      #expect(try await Self.send(delete).0 == 204)
      #expect(try await Self.send(get).0 == 404)
    }
  }

  @Test("upload a part", arguments: [PeerServer.ours, .moto])
  func part(_ server: PeerServer) async throws {
    try await server.run(change: MultipartTests.settings(server)) { client in
      let key = "presigned/part ä"
      let upload = try await client.createMultipartUpload(bucket: "bucket", key: key)
      let presigned = try await client.presign(part: 1, of: upload, for: .seconds(60))
      #expect(presigned.method == "PUT")
      #expect(try await Self.send(presigned, body: [1, 2, 3]).0 == 200)
      // The ETag of a part is its MD5: here that of the bytes 1, 2, 3, by md5sum.
      let part = CompletedPart(number: 1, eTag: "5289df737df57326fcdd22597afb1fac")
      try await client.completeMultipartUpload(upload, parts: [part])
      let got = try await client.getObject(GetObjectRequest(bucket: "bucket", key: key), limit: 3)
      #expect(got.body == [1, 2, 3])
      let error = try await s3Error {
        _ = try await client.presign(part: 10_001, of: upload, for: .seconds(60))
      }
      #expect(error?.code == .invalidRequest)
    }
  }

  @Test("carry the session token of temporary credentials")
  func sessionToken() async throws {
    var configuration = S3Service.Configuration()
    let account = Account(
      accessKeyID: "ASIATEMPORARY", secretAccessKey: "s", sessionToken: "to/ken+=&")
    configuration.accounts = [account]
    try await S3TestServer.run(configuration) { server in
      server.createBucket("bucket")
      server.put("key", in: "bucket", [1])
      let get = GetObjectRequest(bucket: "bucket", key: "key")
      try await TestClient.run(server.endpoint, account: account) { test in
        let presigned = try await test.client.presign(get, for: .seconds(60))
        #expect(presigned.url.contains("&X-Amz-Security-Token=to%2Fken%2B%3D%26&"))
        let got = try await Self.send(presigned)
        #expect(got.0 == 200 && got.1 == [1])
      }
      let other = Account(
        accessKeyID: account.accessKeyID, secretAccessKey: account.secretAccessKey,
        sessionToken: "another")
      try await TestClient.run(server.endpoint, account: other) { test in
        let presigned = try await test.client.presign(get, for: .seconds(60))
        #expect(try await Self.send(presigned).0 >= 400)
      }
    }
  }

  @Test("hold for the metadata, tags and encryption that they were made for")
  func properties() async throws {
    try await withServerAndClient { server, test in
      let request = PutObjectRequest(
        bucket: "bucket", key: "key", ifNoneMatch: "*",
        properties: ObjectProperties(
          contentType: "text/csv", metadata: ["Run": "7 of 9"], tags: ["team": "a&b"],
          storageClass: "STANDARD_IA", encryption: .kms(keyID: "alias/k", bucketKey: true)))
      let presigned = try await test.client.presign(request, for: .seconds(60))
      let headers = Dictionary(uniqueKeysWithValues: presigned.headers.map { ($0.name, $0.value) })
      let expected = [
        "If-None-Match": "*", "Content-Type": "text/csv", "x-amz-meta-run": "7 of 9",
        "x-amz-tagging": "team=a%26b", "x-amz-storage-class": "STANDARD_IA",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "alias/k",
        "x-amz-server-side-encryption-bucket-key-enabled": "true",
      ]
      #expect(headers == expected)
      // Without one of them, or with another value, the signature is another one.
      for index in presigned.headers.indices {
        var without = HTTPClientRequest(url: presigned.url)
        without.method = .PUT
        without.body = .bytes([1])
        for (other, header) in presigned.headers.enumerated() where other != index {
          without.headers.add(name: header.name, value: header.value)
        }
        let refused = try await HTTPClient.shared.execute(without, timeout: .seconds(30))
        #expect(refused.status == .forbidden, "\(presigned.headers[index].name)")
      }
      #expect(try await Self.send(presigned, body: [1]).0 == 200)
      let object = try #require(server.object("key", in: "bucket"))
      #expect(object.attributes.metadata == ["run": "7 of 9"])
      #expect(object.attributes.tags == ["team": "a&b"])
      #expect(object.attributes.encryption == "aws:kms")
    }
  }

  @Test("are nothing that a client without credentials can make")
  func anonymous() async throws {
    try await S3TestServer.run { server in
      try await TestClient.run(server.endpoint, account: nil) { test in
        let error = try await s3Error {
          _ = try await test.client.presign(
            GetObjectRequest(bucket: "bucket", key: "key"), for: .seconds(60))
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == "A client without credentials cannot presign.")
        #expect(error?.bucket == "bucket")
      }
    }
  }

  @Test("neither wait for the adaptive rate nor take from it, since nothing is sent")
  func adaptiveRate() async throws {
    /// How long URLs wait once S3 has asked to slow down, and how long the next request does.
    func waits(presigning count: Int) async throws -> (urls: [Duration], request: [Duration]) {
      let time = ManualTime()
      let controller = RetryController(
        RetryConfiguration(mode: .adaptive), time: time.source, random: { 0 })
      let client = S3Client(
        configuration: S3Configuration(region: "us-east-1"),
        credentials: StaticCredentialProvider(.testServer), retries: controller)
      var attempts = RequestAttempts()
      try await controller.willAttempt(&attempts)
      _ = controller.didFail(AttemptFailure(.service(.throttling)), &attempts)
      for _ in 0..<count {
        _ = try await client.presign(
          GetObjectRequest(bucket: "bucket", key: "key"), for: .seconds(60))
      }
      let urls = time.sleeps
      try await controller.willAttempt(&attempts)
      try await client.shutdown()
      return (urls, Array(time.sleeps.dropFirst(urls.count)))
    }
    let without = try await waits(presigning: 0)
    let with = try await waits(presigning: 50)
    #expect(with.urls.isEmpty)
    #expect(with.request == without.request)
    #expect(!without.request.isEmpty)
  }

  @Test("are signed with S3's time where the client has learnt it")
  func correctedTime() async throws {
    try await withServerAndClient { server, test in
      server.put("key", in: "bucket", [1])
      server.change { $0.clockOffset = 5_000 }
      let get = GetObjectRequest(bucket: "bucket", key: "key")
      try await expect([1]) { try await test.client.getObject(get, limit: 1).body }
      let presigned = try await test.client.presign(get, for: .seconds(60))
      #expect(try await Self.send(presigned).0 == 200)
    }
  }

  @Test("end, and hold for what they were made for only")
  func limits() async throws {
    try await withServerAndClient { server, test in
      server.put("key", in: "bucket", [1])
      let get = try await test.client.presign(
        GetObjectRequest(bucket: "bucket", key: "key"), for: .seconds(60))
      #expect(try await Self.send(get).0 == 200)
      let other = get.url.replacing("/key?", with: "/other?")
      let wrong = try await HTTPClient.shared.execute(
        HTTPClientRequest(url: other), timeout: .seconds(30))
      #expect(wrong.status == .forbidden)
      server.change { $0.clockOffset = 100 }
      #expect(try await Self.send(get).0 == 403)
      #expect(get.description.contains("Signature") == false)
    }
  }
}
