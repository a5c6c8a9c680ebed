import NIOCore
import S3TestServer
import Testing

@testable import S3Lite

/// Streams are read and written side by side by callers who know nothing of the limits on requests in
/// flight: whatever those are, nobody may wait for somebody who waits for him.
@Suite("Streams and the requests in flight", .timeLimit(.minutes(5)))
struct OpenStreamTests {
  /// More than a stream holds that nobody reads.
  static let size = 3 << 20

  func withOneInFlight(
    _ body: (S3TestServer, S3Client) async throws -> Void
  ) async throws {
    try await withServerAndClient(change: {
      $0.concurrency = S3ConcurrencyLimits(minimum: 1, initial: 1, maximum: 1)
    }) { server, test in
      for key in ["a", "b", "c"] {
        server.put(ObjectKey(key), in: "bucket", MultipartTests.bytes(Self.size + 1))
      }
      try await body(server, test.client)
      #expect(test.client.limiter.usage.inFlight == 0)
    }
  }

  @Test("An object is written while it is read, with one request in flight")
  func copies() async throws {
    try await withOneInFlight { server, client in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for key in ["a", "b", "c"] {
          group.addTask {
            let stream = try await client.streamObject(GetObjectRequest(bucket: "bucket", key: key))
            try await client.putObject(
              PutObjectRequest(bucket: "bucket", key: "copy of \(key)"), body: stream,
              length: stream.attributes.size)
          }
        }
        try await group.waitForAll()
      }
      for key in ["a", "b", "c"] {
        let copy = server.object(ObjectKey("copy of \(key)"), in: "bucket")
        #expect(copy?.body == server.object(ObjectKey(key), in: "bucket")?.body)
      }
    }
  }

  @Test("A stream that breaks off is asked for anew while its pieces are written")
  func resumes() async throws {
    try await withOneInFlight { server, client in
      server.inject(.toAnswer(.closeInBody(after: 2 << 20)), on: .getObject)
      let stream = try await client.streamObject(GetObjectRequest(bucket: "bucket", key: "a"))
      try await client.putObject(
        PutObjectRequest(bucket: "bucket", key: "copy"), body: stream,
        length: stream.attributes.size)
      #expect(server.requests(.getObject).count == 2)
      let copy = server.object("copy", in: "bucket")
      #expect(copy?.body == server.object("a", in: "bucket")?.body)
    }
  }

  @Test("Several streams are read in turn, with one request in flight")
  func merges() async throws {
    try await withOneInFlight { server, client in
      var iterators: [ObjectStream.AsyncIterator] = []
      for key in ["a", "b", "c"] {
        let stream = try await client.streamObject(GetObjectRequest(bucket: "bucket", key: key))
        iterators.append(stream.makeAsyncIterator())
      }
      var count = 0
      while !iterators.isEmpty {
        for index in iterators.indices.reversed() {
          if let piece = try await iterators[index].next() {
            count += piece.readableBytes
          } else {
            iterators.remove(at: index)
          }
        }
      }
      #expect(count == 3 * (Self.size + 1))
    }
  }

  @Test("The pieces of an upload may come from requests of the same client")
  func lazySource() async throws {
    try await withOneInFlight { server, client in
      let ranges = stride(from: 0, to: Self.size, by: 1 << 20).map { $0..<($0 + 1 << 20) }
      try await client.putObject(
        PutObjectRequest(bucket: "bucket", key: "copy"),
        body: Ranges(client: client, ranges: ranges), length: Self.size)
      let copy = server.object("copy", in: "bucket")
      #expect(copy?.body == server.object("a", in: "bucket")?.body.dropLast())
    }
  }

  struct Ranges: AsyncSequence, Sendable {
    let client: S3Client
    let ranges: [Range<Int>]

    struct AsyncIterator: AsyncIteratorProtocol {
      let client: S3Client
      var ranges: [Range<Int>].Iterator

      mutating func next() async throws -> ByteBuffer? {
        guard let range = ranges.next() else { return nil }
        let got = try await client.getObject(
          GetObjectRequest(bucket: "bucket", key: "a", range: .bytes(range)), limit: range.count)
        return ByteBuffer(bytes: got.body)
      }
    }

    func makeAsyncIterator() -> AsyncIterator {
      AsyncIterator(client: client, ranges: ranges.makeIterator())
    }
  }

  @Test("A flipped bit is noticed at the end of a stream that was asked for anew")
  func flippedAfterResuming() async throws {
    try await withServerAndClient { server, test in
      server.put("k", in: "bucket", ManagedUploadTests.body(200_000))
      server.inject(.toAnswer(.closeInBody(after: 70_000)), on: .getObject)
      server.inject(.toAnswer(.flippedBit), on: .getObject, occurrences: 2...2)
      let stream = try await test.client.streamObject(GetObjectRequest(bucket: "bucket", key: "k"))
      let error = try await s3Error { _ = try await ObjectStreamTests.read(stream) }
      #expect(error?.code == .checksumMismatch)
      #expect(server.requests(.getObject).count == 2)
    }
  }
}
