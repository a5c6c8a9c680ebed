import S3TestServer
import TestSupport
import Testing

@testable import S3Lite

@Suite("Listing in parallel over HTTP", .servers(.moto), .timeLimit(.minutes(5)))
struct ParallelListingTests {
  /// Lists, and holds the keys against those that are there.
  func list(_ keys: [String], isOrdered: Bool, pageSize: Int, _ client: S3Client) async throws {
    let lister = ParallelLister(
      prefix: "listed/", width: 16, isOrdered: isOrdered, pageSize: pageSize)
    var listed: [String] = []
    let summary = try await lister.forEachPage { page in
      ParallelLister.PageResult(
        try await client.listObjectsV2(
          ListObjectsV2Request(
            bucket: "bucket", prefix: page.prefix, delimiter: page.delimiter,
            startAfter: page.startAfter, continuationToken: page.continuationToken,
            maxKeys: page.maxKeys)))
    } _: { objects in
      listed += objects.map(\.key)
    }
    #expect((isOrdered ? listed : listed.sorted()) == keys.sorted())
    #expect(summary.requestCount > keys.count / pageSize)
  }

  @Test("ranges of keys are cut, and each key is listed once", arguments: [true, false])
  func ours(_ isOrdered: Bool) async throws {
    let keys = (0..<2_000).map { "listed/\($0 % 7)/\($0 * 31 % 10_007) \($0)" }
    try await withServerAndClient { server, test in
      for key in keys { server.put(ObjectKey(key), in: "bucket", []) }
      try await list(keys, isOrdered: isOrdered, pageSize: 20, test.client)
      // More than one range was listed.
      let starts = Set(server.requests.map(\.target).filter { $0.contains("start-after=") })
      #expect(starts.count > 8)
    }
  }

  @Test("ranges of moto's keys are cut, and each key is listed once")
  func moto() async throws {
    try await PeerServer.moto.run { client in
      let keys = (0..<200).map { "listed/\($0 % 3)/\($0 * 31)" }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for key in keys {
          group.addTask {
            try await client.putObject(PutObjectRequest(bucket: "bucket", key: key), body: [1])
          }
        }
        try await group.waitForAll()
      }
      try await list(keys, isOrdered: true, pageSize: 5, client)
      try await list(keys, isOrdered: false, pageSize: 5, client)
    }
  }
}
