import NIOCore
import S3TestServer
import Testing

@testable import S3Lite

@Suite("What memory holds", .timeLimit(.minutes(5)))
struct BoundsTests {
  static let gib = 1 << 30
  let request = GetObjectRequest(bucket: "bucket", key: "key")

  /// An answer that says it has so many bytes, and has ten.
  static func announcing(_ count: Int) -> Fault {
    var answer = ServedAnswer(200, [("ETag", "\"1\"")], body: [UInt8](repeating: 1, count: 10))
    answer.announcedLength = count
    return Fault(.beforeEffect, .answer(answer))
  }

  @Test("An object of 4 GiB or more is refused, whatever the caller allows", arguments: [4, 5])
  func tooLarge(_ size: Int) async throws {
    try await withServerAndClient { server, test in
      server.inject(Self.announcing(size * Self.gib), occurrences: 1...100)
      let error = try await s3Error { _ = try await test.client.getObject(request, limit: .max) }
      #expect(error?.code == .bodyTooLarge)
      #expect(server.requests.count == 1)
    }
  }

  @Test(
    "A whole object in place of a range is noticed before its body comes",
    arguments: [ByteRange.bytes(0..<5), .bytes(100..<200), .last(9)])
  func rangeIgnored(_ range: ByteRange) async throws {
    try await withServerAndClient { server, test in
      server.inject(Self.announcing(5 * Self.gib), occurrences: 1...100)
      var request = request
      request.range = range
      let error = try await s3Error { _ = try await test.client.getObject(request, limit: .max) }
      #expect(error?.code == .invalidAnswer)
    }
  }

  @Test("What one buffer does not hold cannot be sent from memory at once")
  func sent() throws {
    try BodyBuffer.check(4 * Self.gib - 1)
    let error = #expect(throws: S3Error.self) { try BodyBuffer.check(4 * Self.gib) }
    #expect(error?.code == .invalidRequest)
  }

  @Test("Parts fit into a buffer together with what is read beyond them")
  func parts() throws {
    for preferred in [8 << 20, 3 * Self.gib, 5 * Self.gib, .max] {
      let unknown = try PartPlan(length: nil, preferredPartSize: preferred)
      let known = try PartPlan(length: 5 << 40, preferredPartSize: preferred)
      for number in [1, 5_000, 9_001, 10_000] {
        #expect(unknown.size(ofPart: number) <= 2 * Self.gib)
        #expect(known.size(ofPart: number) <= 2 * Self.gib)
      }
    }
  }

  @Test("A part of an object is not taken for the whole", arguments: [true, false])
  func partial(_ streams: Bool) async throws {
    try await withServerAndClient { server, test in
      let answer = ServedAnswer(
        206, [("ETag", "\"1\""), ("Content-Range", "bytes 0-1/4")], body: [1, 2])
      server.inject(Fault(.beforeEffect, .answer(answer)), occurrences: 1...100)
      let error = try await s3Error {
        if streams {
          _ = try await test.client.streamObject(request)
        } else {
          _ = try await test.client.getObject(request, limit: 4)
        }
      }
      #expect(error?.code == .invalidAnswer)
    }
  }

  /// A client whose budget is taken by an answer that does not end.
  func withoutBudget(
    _ body: (S3TestServer, S3Client) async throws -> Void
  ) async throws {
    try await withServerAndClient(
      stall: .seconds(3_600), change: { $0.concurrency.bytesInFlight = 1_000 }
    ) { server, test in
      let client = test.client
      server.put("large", in: "bucket", [UInt8](repeating: 1, count: 900))
      server.put("key", in: "bucket", [UInt8](repeating: 2, count: 500))
      server.inject(.toAnswer(.silenceInBody(after: 10)), key: "large")
      let large = Task {
        try await client.getObject(GetObjectRequest(bucket: "bucket", key: "large"), limit: 900)
      }
      while client.transport.budget.usage.taken == 0 { try await Task.sleep(for: .milliseconds(5)) }
      try await body(server, client)
      large.cancel()
      await #expect(throws: CancellationError.self) { try await large.value }
      #expect(client.transport.budget.usage == (0, 0))
      #expect(client.limiter.usage.inFlight == 0)
      #expect(try await client.getObject(request, limit: 500).body.count == 500)
    }
  }

  @Test("A call that waits for memory can be cancelled")
  func cancelled() async throws {
    try await withoutBudget { _, client in
      let waiting = Task { try await client.getObject(request, limit: 500) }
      while client.transport.budget.usage.waiting == 0 {
        try await Task.sleep(for: .milliseconds(5))
      }
      // The whole answer is there by now.
      try await Task.sleep(for: .milliseconds(100))
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      #expect(client.transport.budget.usage == (900, 0))
    }
  }

  @Test("A call that waits for memory ends at its deadline")
  func deadline() async throws {
    try await withoutBudget { _, client in
      let error = try await s3Error {
        _ = try await client.getObject(
          request, limit: 500, options: S3RequestOptions(deadline: .now + .milliseconds(300)))
      }
      #expect(error?.code == .deadlineExceeded)
    }
  }

  @Test("An answer without a length takes its share of the bytes in flight, too")
  func unknownLength() async throws {
    try await withServerAndClient { server, test in
      let client = test.client
      server.inject(.toAnswer(.lateEnd(after: .seconds(3_600))))
      let listing = Task {
        try await client.listObjectsV2(ListObjectsV2Request(bucket: "bucket"))
      }
      while client.transport.budget.usage.taken == 0 { try await Task.sleep(for: .milliseconds(5)) }
      #expect(client.transport.budget.usage.taken == AnswerCollector.unknownLength)
      listing.cancel()
      await #expect(throws: CancellationError.self) { try await listing.value }
      #expect(client.transport.budget.usage == (0, 0))
    }
  }

  @Test("A thousand calls at once get through a small budget")
  func many() async throws {
    try await withServerAndClient(change: { $0.concurrency.bytesInFlight = 1_000 }) {
      server, test in
      let client = test.client
      for index in 0..<10 {
        server.put(
          ObjectKey("\(index)"), in: "bucket",
          [UInt8](repeating: UInt8(index), count: index * 150))
      }
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 0..<1_000 {
          group.addTask {
            let key = index % 10
            let got = try await client.getObject(
              GetObjectRequest(bucket: "bucket", key: "\(key)"), limit: 2_000)
            return got.body == [UInt8](repeating: UInt8(key), count: key * 150)
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
      #expect(client.transport.budget.usage == (0, 0))
      #expect(client.limiter.usage.inFlight == 0)
    }
  }
}
