import S3TestServer
import Testing

@testable import S3Lite

/// S3 may have sent 200 before it finds out that it cannot do what it was asked for.
@Suite("Errors behind status 200", .timeLimit(.minutes(5)))
struct ErrorInBodyTests {
  typealias Call = @Sendable (S3Client) async throws -> Void
  static let copied = CopySource(bucket: "bucket", key: "from")
  static let calls: [(S3Operation, Call)] = [
    (
      .copyObject,
      {
        _ = try await $0.copyObject(CopyObjectRequest(source: copied, bucket: "bucket", key: "to"))
      }
    ),
    (
      .deleteObjects,
      { _ = try await $0.deleteObjects(DeleteObjectsRequest(bucket: "bucket", keys: ["from"])) }
    ),
    (
      .uploadPartCopy,
      {
        let upload = try await $0.createMultipartUpload(bucket: "bucket", key: "to")
        _ = try await $0.uploadPartCopy(upload, number: 1, from: copied)
      }
    ),
    (
      .completeMultipartUpload,
      {
        let upload = try await $0.createMultipartUpload(bucket: "bucket", key: "to")
        let part = try await $0.uploadPart(upload, number: 1, body: [1])
        try await $0.completeMultipartUpload(upload, parts: [part])
      }
    ),
  ]

  @Test(
    "what S3 or nobody is known to be at fault for is sent again", arguments: calls,
    ["InternalError", "ServiceUnavailable", "SomethingNew"])
  func repeated(_ call: (S3Operation, Call), _ code: String) async throws {
    try await withServerAndClient { server, test in
      server.put("from", in: "bucket", [1, 2, 3])
      server.inject(.errorInBody(code), on: call.0)
      try await call.1(test.client)
      #expect(server.requests(call.0).count == 2)
    }
  }

  @Test("what stays so says that it may have succeeded", arguments: ["ServiceUnavailable", "New"])
  func lasting(_ code: String) async throws {
    try await withServerAndClient { server, test in
      server.put("from", in: "bucket", [1, 2, 3])
      server.inject(.errorInBody(code), on: .copyObject, occurrences: 1...100)
      let error = try await s3Error { try await Self.calls[0].1(test.client) }
      #expect(error?.code.rawValue == code)
      #expect(error?.mayHaveSucceeded == true)
      #expect(server.requests.count == 3)
    }
  }

  @Test(
    "what the request is at fault for is thrown at once", arguments: calls,
    ["AccessDenied", "NoSuchKey", "PreconditionFailed"])
  func refused(_ call: (S3Operation, Call), _ code: String) async throws {
    try await withServerAndClient { server, test in
      server.put("from", in: "bucket", [1, 2, 3])
      server.inject(.errorInBody(code), on: call.0, occurrences: 1...100)
      let error = try await s3Error { try await call.1(test.client) }
      #expect(error?.code.rawValue == code)
      #expect(error?.httpStatus == 200)
      #expect(error?.mayHaveSucceeded == false)
      #expect(server.requests(call.0).count == 1)
    }
  }
}
