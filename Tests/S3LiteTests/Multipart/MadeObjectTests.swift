import S3TestServer
import Testing

@testable import S3Lite

@Suite("Whether an object is the one that parts make", .timeLimit(.minutes(5)))
struct MadeObjectTests {
  /// Uploads two parts, completes them, and looks after a change.
  func look(
    _ checksum: S3UploadChecksum, changing: (S3TestServer) -> Void = { _ in }
  ) async throws -> (ObjectAttributes?, eTag: String) {
    var configuration = S3Service.Configuration()
    configuration.minimumPartSize = 1
    return try await withServerAndClient(
      server: configuration, change: { $0.uploadChecksum = checksum }
    ) { server, test in
      let client = test.client
      let upload = try await client.createMultipartUpload(bucket: "bucket", key: "key")
      let parts = [
        try await client.uploadPart(upload, number: 2, body: [3]),
        try await client.uploadPart(upload, number: 1, body: [1, 2]),
      ]
      let made = try await client.completeMultipartUpload(upload, parts: parts)
      changing(server)
      let found = try await client.object(
        madeOf: parts, by: upload, options: S3RequestOptions())
      return (found, made.eTag)
    }
  }

  @Test("it is, by its checksum", arguments: [S3UploadChecksum.crc64nvme, .crc32c])
  func same(_ checksum: S3UploadChecksum) async throws {
    let (found, eTag) = try await look(checksum)
    #expect(found?.eTag == eTag)
  }

  @Test("it is not, or there is none")
  func other() async throws {
    let (other, _) = try await look(.crc64nvme) { $0.put("key", in: "bucket", [1, 2, 4]) }
    #expect(other == nil)
    let (longer, _) = try await look(.crc64nvme) { $0.put("key", in: "bucket", [1, 2, 3, 4]) }
    #expect(longer == nil)
    let (none, _) = try await look(.crc64nvme) { $0.createBucket("bucket") }
    #expect(none == nil)
  }

  @Test("without checksums nobody knows")
  func unknown() async throws {
    let error = try await s3Error { _ = try await look(.none) }
    #expect(error?.code == .invalidAnswer)
    #expect(error?.mayHaveSucceeded == true)
  }
}
