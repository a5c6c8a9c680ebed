import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import S3Lite
import S3TestServer
import TestSupport
import Testing

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
