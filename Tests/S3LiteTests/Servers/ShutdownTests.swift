import NIOCore
import S3TestServer
import Testing

@testable import S3Lite

@Suite("After the end of a client", .timeLimit(.minutes(5)))
struct ShutdownTests {
  typealias Call = @Sendable (S3Client) async throws -> Void
  static let get = GetObjectRequest(bucket: "bucket", key: "key")
  static let put = PutObjectRequest(bucket: "bucket", key: "key")
  static let upload = MultipartUpload(bucket: "bucket", key: "key", uploadID: "1")
  static let copied = CopySource(bucket: "bucket", key: "other")
  static let pieces = AsyncList([ByteBuffer(repeating: 1, count: 10)])
  static let calls: [(String, Call)] = [
    ("getObject", { _ = try await $0.getObject(get, limit: 10) }),
    ("streamObject", { _ = try await $0.streamObject(get) }),
    (
      "headObject", { _ = try await $0.headObject(HeadObjectRequest(bucket: "bucket", key: "key")) }
    ),
    ("putObject", { try await $0.putObject(put, body: [1]) }),
    ("putObject in pieces", { try await $0.putObject(put, body: pieces, length: 10) }),
    ("upload", { try await $0.upload(put, body: [UInt8](repeating: 1, count: 9 << 20)) }),
    ("upload in pieces", { try await $0.upload(put, body: pieces, length: nil) }),
    (
      "deleteObject",
      { try await $0.deleteObject(DeleteObjectRequest(bucket: "bucket", key: "key")) }
    ),
    (
      "deleteObjects",
      {
        _ = try await $0.deleteObjects(DeleteObjectsRequest(bucket: "bucket", keys: ["key"]))
      }
    ),
    (
      "copyObject",
      {
        _ = try await $0.copyObject(CopyObjectRequest(source: copied, bucket: "bucket", key: "key"))
      }
    ),
    (
      "listObjectsV2",
      { _ = try await $0.listObjectsV2(ListObjectsV2Request(bucket: "bucket")) }
    ),
    (
      "createMultipartUpload",
      { _ = try await $0.createMultipartUpload(bucket: "bucket", key: "key") }
    ),
    ("uploadPart", { _ = try await $0.uploadPart(upload, number: 1, body: [1]) }),
    ("uploadPartCopy", { _ = try await $0.uploadPartCopy(upload, number: 1, from: copied) }),
    (
      "completeMultipartUpload",
      {
        try await $0.completeMultipartUpload(
          upload, parts: [CompletedPart(number: 1, eTag: "\"1\"")])
      }
    ),
    ("abortMultipartUpload", { try await $0.abortMultipartUpload(upload) }),
  ]

  @Test("every call says that the client has been shut down", arguments: calls)
  func after(_ call: (String, Call)) async throws {
    try await S3TestServer.run { server in
      let client = S3Client(
        configuration: S3Configuration(
          region: "us-east-1", endpoint: S3EndpointSettings(url: server.endpoint)),
        credentials: StaticCredentialProvider(.testServer))
      try await client.shutdown()
      let error = try await s3Error { try await call.1(client) }
      #expect(error?.code == .clientShutDown)
      #expect(error?.mayHaveSucceeded == false)
      #expect(server.requests.isEmpty)
      #expect(client.limiter.usage.inFlight == 0)
    }
  }

  @Test("a stream that is open ends with an error")
  func during() async throws {
    try await S3TestServer.run { server in
      server.createBucket("bucket")
      server.put("key", in: "bucket", [UInt8](repeating: 1, count: 1_000))
      server.inject(.toAnswer(.silenceInBody(after: 10)))
      let client = S3Client(
        configuration: S3Configuration(
          region: "us-east-1", endpoint: S3EndpointSettings(url: server.endpoint)),
        credentials: StaticCredentialProvider(.testServer))
      let stream = try await client.streamObject(Self.get)
      try await client.shutdown()
      let error = try await s3Error { _ = try await ObjectStreamTests.read(stream) }
      #expect(error?.code == .clientShutDown)
    }
  }
}
