import S3Lite
import S3TestServer
import TestSupport
import Testing

/// Every call against every server. What a server is known to lack is an expectation of its own, so
/// that the test says when it has learned it.
@Suite("Calls to servers", .servers(.moto, .rclone))
struct ServerCallTests {
  @Test("what is put is what is got, with all that was said of it", arguments: PeerServer.allCases)
  func putAndGet(_ server: PeerServer) async throws {
    try await server.run { client in
      let body = Array("0123456789".utf8)
      let properties = ObjectProperties(
        contentType: "text/plain", metadata: ["color": "blue", "two-words": "a b"],
        tags: ["k": "v w", "é": "+"], storageClass: "STANDARD_IA")
      let put = try await client.putObject(
        PutObjectRequest(bucket: "bucket", key: "put/a", properties: properties), body: body)
      #expect(put.eTag == "\"781e5e245d69b566979b86e28d23f2c7\"")
      let got = try await client.getObject(
        GetObjectRequest(bucket: "bucket", key: "put/a"), limit: 10)
      #expect(got.body == body)
      let head = try await client.headObject(HeadObjectRequest(bucket: "bucket", key: "put/a"))
      for attributes in [got.attributes, head] {
        #expect(attributes.eTag == put.eTag)
        #expect(attributes.size == 10)
        #expect(attributes.contentType == "text/plain")
        #expect(attributes.metadata == ["color": "blue", "two-words": "a b"])
        #expect(attributes.storageClass == "STANDARD_IA")
        let date = try #require(attributes.date)
        let modified = try #require(attributes.lastModified)
        #expect(abs(date - modified) < 60_000_000)
        #expect(modified % 1_000_000 == 0)
      }
      let empty = PutObjectRequest(bucket: "bucket", key: "put/empty")
      try await client.putObject(empty, body: [])
      let nothing = try await client.getObject(
        GetObjectRequest(bucket: "bucket", key: "put/empty"), limit: 0)
      #expect(nothing.body.isEmpty)
    }
  }

  @Test("ranges are those of HTTP", arguments: [PeerServer.ours, .moto])
  func ranges(_ server: PeerServer) async throws {
    try await server.run { client in
      let body = Array("0123456789".utf8)
      try await client.putObject(PutObjectRequest(bucket: "bucket", key: "ranges"), body: body)
      func get(_ range: ByteRange) async throws -> GetObjectResult {
        try await client.getObject(
          GetObjectRequest(bucket: "bucket", key: "ranges", range: range), limit: 10)
      }
      for (range, expected) in [
        (ByteRange.bytes(2..<5), 2..<5), (.bytes(0..<1), 0..<1), (.bytes(5..<99), 5..<10),
        (.from(7), 7..<10), (.last(3), 7..<10), (.last(99), 0..<10), (.from(0), 0..<10),
      ] {
        let part = try await get(range)
        #expect(part.body == Array(body[expected]), "\(range)")
        #expect(part.attributes.range == expected)
        #expect(part.attributes.size == 10)
      }
      let error = try await s3Error { _ = try await get(.from(10)) }
      #expect(error?.code == .invalidRange)
      let before = try await s3Error { _ = try await get(.bytes(-1..<2)) }
      #expect(before?.code == .invalidRequest)
    }
  }

  @Test("reads are conditional", arguments: PeerServer.allCases)
  func conditionalReads(_ server: PeerServer) async throws {
    try await server.run { client in
      let put = try await client.putObject(
        PutObjectRequest(bucket: "bucket", key: "conditions"), body: [1])
      func errors(ifMatch: String? = nil, ifNoneMatch: String? = nil) async throws -> [S3Error?] {
        let get = GetObjectRequest(
          bucket: "bucket", key: "conditions", ifMatch: ifMatch, ifNoneMatch: ifNoneMatch)
        let head = HeadObjectRequest(
          bucket: "bucket", key: "conditions", ifMatch: ifMatch, ifNoneMatch: ifNoneMatch)
        return [
          try await s3Error { _ = try await client.getObject(get, limit: 1) },
          try await s3Error { _ = try await client.headObject(head) },
        ]
      }
      for error in try await errors(ifMatch: put.eTag) { #expect(error == nil) }
      for error in try await errors(ifNoneMatch: "\"other\"") { #expect(error == nil) }
      for error in try await errors(ifNoneMatch: put.eTag) { #expect(error?.code == .notModified) }
      for error in try await errors(ifMatch: "\"other\"") {
        // rclone does not know If-Match.
        #expect(error?.code == (server == .rclone ? nil : .preconditionFailed))
      }
    }
  }

  @Test("what is not there is an error that says so", arguments: PeerServer.allCases)
  func missing(_ server: PeerServer) async throws {
    try await server.run { client in
      let get = try await s3Error {
        _ = try await client.getObject(GetObjectRequest(bucket: "bucket", key: "no"), limit: 1)
      }
      #expect(get?.code == .noSuchKey)
      let head = try await s3Error {
        _ = try await client.headObject(HeadObjectRequest(bucket: "bucket", key: "no"))
      }
      #expect(head?.code == .notFound)
      let list = try await s3Error {
        _ = try await client.listObjectsV2(ListObjectsV2Request(bucket: "no-bucket"))
      }
      #expect(list?.code == .noSuchBucket)
      try await client.deleteObject(DeleteObjectRequest(bucket: "bucket", key: "no"))
    }
  }

  @Test("writes are conditional", arguments: [PeerServer.ours, .moto])
  func conditionalWrites(_ server: PeerServer) async throws {
    try await server.run { client in
      let key = "writes"
      let first = PutObjectRequest(bucket: "bucket", key: key, ifNoneMatch: "*")
      let put = try await client.putObject(first, body: [1])
      let again = try await s3Error { try await client.putObject(first, body: [2]) }
      #expect(again?.code == .preconditionFailed)
      #expect(again?.mayHaveSucceeded == false)
      let next = PutObjectRequest(bucket: "bucket", key: key, ifMatch: put.eTag)
      let new = try await client.putObject(next, body: [3])
      let late = try await s3Error { try await client.putObject(next, body: [4]) }
      #expect(late?.code == .preconditionFailed)
      let absent = PutObjectRequest(bucket: "bucket", key: "writes/none", ifMatch: put.eTag)
      let none = try await s3Error { try await client.putObject(absent, body: [5]) }
      #expect(none?.code == .noSuchKey)
      let got = try await client.getObject(GetObjectRequest(bucket: "bucket", key: key), limit: 1)
      #expect(got.body == [3])
      #expect(got.attributes.eTag == new.eTag)
    }
  }

  @Test("rclone writes whatever the conditions say")
  func conditionalWritesOfRclone() async throws {
    try await PeerServer.rclone.run { client in
      let request = PutObjectRequest(bucket: "bucket", key: "writes", ifNoneMatch: "*")
      try await client.putObject(request, body: [1])
      try await client.putObject(request, body: [2])
    }
  }

  @Test("a wrong secret is refused by a server that others wrote")
  func wrongSecret() async throws {
    let server = try #require(PythonServer.running[.rclone])
    let account = Account(accessKeyID: server.accessKeyID, secretAccessKey: "wrong")
    try await TestClient.run(server.endpoint, account: account) { client in
      let error = try await s3Error {
        _ = try await client.client.listObjectsV2(ListObjectsV2Request(bucket: "bucket"))
      }
      #expect(error?.code == .signatureDoesNotMatch)
    }
  }

  @Test("objects of odd keys are put, listed, got and deleted", arguments: PeerServer.allCases)
  func oddKeys(_ server: PeerServer) async throws {
    try await server.run { client in
      let keys = OddKeys.all.filter { OddKeys.isPossible($0, on: server) }
      for key in keys {
        let request = PutObjectRequest(bucket: "bucket", key: key)
        try await client.putObject(request, body: Array(key.utf8))
      }
      for key in keys {
        let request = GetObjectRequest(bucket: "bucket", key: key)
        let got = try await client.getObject(request, limit: 1_024)
        #expect(got.body == Array(key.utf8), "\(key.debugDescription)")
      }
      // By bytes: Swift's strings are equal where Unicode says so, keys are not.
      let wanted = Set(keys.map { Array($0.utf8) })
      let pageSize = server == .rclone ? 1_000 : 7
      let listed = try await Self.list(
        client, ListObjectsV2Request(bucket: "bucket", maxKeys: pageSize)
      ).flatMap { $0.contents.map { Array($0.key.utf8) } }
      // Other tests put objects there as well.
      #expect(
        Set(listed).isSuperset(of: wanted), "\(keys.filter { !listed.contains(Array($0.utf8)) })")
      #expect(Set(listed).count == listed.count)
      if server != .rclone {
        #expect(listed == listed.sorted { $0.lexicographicallyPrecedes($1) })
      }
      for key in keys {
        try await client.deleteObject(DeleteObjectRequest(bucket: "bucket", key: key))
        let error = try await s3Error {
          _ = try await client.headObject(HeadObjectRequest(bucket: "bucket", key: key))
        }
        #expect(error?.code == .notFound, "\(key.debugDescription)")
      }
    }
  }

  /// All pages of a listing.
  static func list(
    _ client: S3Client, _ request: ListObjectsV2Request
  ) async throws -> [ListObjectsV2Result] {
    var request = request
    var pages: [ListObjectsV2Result] = []
    repeat {
      let page = try await client.listObjectsV2(request)
      pages.append(page)
      try #require(pages.count < 200, "the listing goes in a circle")
      request.continuationToken = page.nextContinuationToken
    } while request.continuationToken != nil
    return pages
  }

  @Test("listings have prefixes, delimiters, beginnings and pages", arguments: PeerServer.allCases)
  func listing(_ server: PeerServer) async throws {
    try await server.run { client in
      let names = ["a", "b/1", "b/2", "c", "d/e/1", "d/f", "g h/1", "z"]
      for name in names {
        try await client.putObject(
          PutObjectRequest(bucket: "bucket", key: "list/" + name), body: [1, 2])
      }
      func all(_ request: ListObjectsV2Request) async throws -> (keys: [String], prefixes: [String])
      {
        var (keys, prefixes): ([String], [String]) = ([], [])
        for page in try await Self.list(client, request) {
          #expect(page.contents.count + page.commonPrefixes.count <= request.maxKeys ?? 1_000)
          #expect(page.contents.allSatisfy { $0.size == 2 })
          keys += page.contents.map { String($0.key.dropFirst(5)) }
          prefixes += page.commonPrefixes.map { String($0.dropFirst(5)) }
        }
        return (keys, prefixes)
      }
      for size in [1, 2, 3, 1_000] {
        var request = ListObjectsV2Request(bucket: "bucket", prefix: "list/", maxKeys: size)
        #expect(try await all(request).keys == names)
        request.startAfter = "list/b/1"
        #expect(try await all(request).keys == Array(names.dropFirst(2)))
        request.startAfter = "list/b/"
        #expect(try await all(request).keys == Array(names.dropFirst(1)))
        request.startAfter = nil
        request.delimiter = "/"
        let rolled = try await all(request)
        #expect(rolled.keys == ["a", "c", "z"])
        #expect(rolled.prefixes == ["b/", "d/", "g h/"])
        request.prefix = "list/none"
        #expect(try await all(request).keys.isEmpty)
      }
      let page = try await client.listObjectsV2(
        ListObjectsV2Request(bucket: "bucket", prefix: "list/", maxKeys: 1))
      #expect(page.date != nil)
      let first = try #require(page.contents.first)
      let head = try await client.headObject(
        HeadObjectRequest(bucket: "bucket", key: first.key))
      // rclone lists ETags without quotes.
      #expect(first.eTag?.filter { $0 != "\"" } == head.eTag?.filter { $0 != "\"" })
    }
  }
}
