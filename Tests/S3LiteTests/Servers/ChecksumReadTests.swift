import S3TestServer
import Testing

@testable import S3Lite

@Suite("Checksums of what is read")
struct ChecksumReadTests {
  static let body = MultipartTests.bytes(5_000)

  /// Has the server say this of the object `key`.
  static func give(
    _ checksums: [ChecksumAlgorithm: String], _ type: String, _ server: S3TestServer
  ) throws {
    var object = try #require(server.object("key", in: "bucket"))
    object.checksums = checksums
    object.checksumType = type
    server.change { [object] state in state.buckets["bucket"]?.put(object, at: "key") }
  }

  /// Reads an object both ways.
  static func read(_ client: S3Client, _ request: GetObjectRequest) async throws -> [UInt8] {
    let whole = try await client.getObject(request, limit: 10_000)
    let pieces = try await ObjectStreamTests.read(client.streamObject(request))
    #expect(pieces == whole.body)
    return whole.body
  }

  @Test(
    "one of the whole object is compared, whatever its kind",
    arguments: ChecksumAlgorithm.allCases)
  func whole(_ algorithm: ChecksumAlgorithm) async throws {
    try await withServerAndClient { server, test in
      let request = GetObjectRequest(bucket: "bucket", key: "key")
      server.put("key", in: "bucket", Self.body)
      try Self.give([algorithm: algorithm.base64(of: Self.body)], "FULL_OBJECT", server)
      try await expect(Self.body) { try await Self.read(test.client, request) }
      try Self.give([algorithm: algorithm.base64(of: [1])], "FULL_OBJECT", server)
      let error = try await s3Error { _ = try await Self.read(test.client, request) }
      #expect(error?.code == .checksumMismatch)
      let late = try await s3Error {
        _ = try await ObjectStreamTests.read(test.client.streamObject(request))
      }
      #expect(late?.code == .checksumMismatch)
    }
  }

  @Test("one of the parts' checksums is given, and not compared")
  func composite() async throws {
    try await withServerAndClient { server, test in
      server.put("key", in: "bucket", Self.body)
      // Of two parts: the CRC-32C of both parts' CRC-32Cs, and how many there are.
      let checksum = ChecksumAlgorithm.crc32c.base64(of: [1, 2, 3, 4, 5, 6, 7, 8]) + "-2"
      try Self.give([.crc32c: checksum], "COMPOSITE", server)
      let request = GetObjectRequest(bucket: "bucket", key: "key")
      try await expect(Self.body) { try await Self.read(test.client, request) }
      let attributes = try await test.client.headObject(
        HeadObjectRequest(bucket: "bucket", key: "key"))
      #expect(attributes.checksums.crc32c == checksum)
      #expect(attributes.checksums.type == "COMPOSITE")
    }
  }

  @Test("none is asked for with a range, nor where none is to be compared")
  func asking() async throws {
    for verifies in [true, false] {
      try await withServerAndClient(change: { $0.verifiesDownloads = verifies }) { server, test in
        server.put("key", in: "bucket", Self.body)
        for range in [nil, ByteRange.bytes(0..<10), .from(10), .last(10)] {
          server.forgetRequests()
          let request = GetObjectRequest(bucket: "bucket", key: "key", range: range)
          _ = try await Self.read(test.client, request)
          let modes = server.requests.map { $0.header("x-amz-checksum-mode") }
          #expect(modes == Array(repeating: verifies && range == nil ? "ENABLED" : nil, count: 2))
        }
      }
    }
  }
}
