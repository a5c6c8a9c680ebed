import S3TestServer
import Testing

@testable import S3Lite

/// S3 writes such characters as references that XML 1.0 does not allow; so does the tests' server.
@Suite("Keys with control characters")
struct ControlCharacterTests {
  static let keys = ["control\u{1}", "\u{1f}/\u{b}", "bell\u{7} & <tab\t>", "line\nreturn\r"]

  @Test("are uploaded in parts", arguments: keys)
  func parts(_ key: String) async throws {
    try await withServerAndClient { server, test in
      let client = test.client
      let upload = try await client.createMultipartUpload(bucket: "bucket", key: key)
      let part = try await client.uploadPart(upload, number: 1, body: [1, 2])
      let result = try await client.completeMultipartUpload(upload, parts: [part])
      #expect(result.key == key)
      #expect(server.object(ObjectKey(key), in: "bucket")?.body == [1, 2])
      let other = try await client.createMultipartUpload(bucket: "bucket", key: key)
      try await client.abortMultipartUpload(other)
      #expect(server.bucket("bucket")?.uploads.isEmpty == true)
      // None of them was sent again.
      #expect(server.requests.count == 5)
      let again = try await s3Error { try await client.abortMultipartUpload(other) }
      #expect(again?.code == .noSuchUpload)
    }
  }

  @Test("are uploaded by a managed upload", arguments: keys)
  func managed(_ key: String) async throws {
    var configuration = S3Service.Configuration()
    configuration.minimumPartSize = 1_000
    try await withServerAndClient(server: configuration) { server, test in
      var settings = UploadSettings(partSize: 1_000, partsInFlight: 2)
      settings.smallestPart = 1_000
      let body = MultipartTests.bytes(2_500)
      try await test.client.upload(
        PutObjectRequest(bucket: "bucket", key: key), body: body, settings: settings)
      #expect(server.object(ObjectKey(key), in: "bucket")?.body == body)
      #expect(server.bucket("bucket")?.uploads.isEmpty == true)
      #expect(server.requests(.createMultipartUpload).count == 1)
    }
  }

  @Test("are named in the error where there is no object", arguments: keys)
  func missing(_ key: String) async throws {
    try await withServerAndClient { server, test in
      let request = GetObjectRequest(bucket: "bucket", key: key)
      for streams in [false, true] {
        let error = try await s3Error {
          if streams {
            _ = try await test.client.streamObject(request)
          } else {
            _ = try await test.client.getObject(request, limit: 1)
          }
        }
        #expect(error?.code == .noSuchKey)
        #expect(error?.additionalElements["Key"] == key)
        #expect(error?.resource == "/bucket/\(key)")
        #expect(error?.underlying == nil)
      }
    }
  }
}
