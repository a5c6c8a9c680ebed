import NIOCore
import S3TestServer
import Testing

@testable import S3Lite

/// How uploads end that do not get to their end.
@Suite("Managed uploads that are cut off", .timeLimit(.minutes(5)))
struct ManagedUploadEndTests {
  let request = PutObjectRequest(bucket: "visits", key: "k")

  /// Pieces that stop coming, and never end.
  static func stalling(after count: Int) -> (
    AsyncThrowingStream<ByteBuffer, any Error>,
    AsyncThrowingStream<ByteBuffer, any Error>.Continuation
  ) {
    let (pieces, source) = AsyncThrowingStream.makeStream(of: ByteBuffer.self)
    if count > 0 { source.yield(ByteBuffer(repeating: 1, count: count)) }
    return (pieces, source)
  }

  @Test("The deadline ends one that waits for its pieces", arguments: [0, 50 << 10, 250 << 10])
  func deadline(_ count: Int) async throws {
    try await withTestServer(ManagedUploadTests.server) { server, client in
      let (pieces, source) = Self.stalling(after: count)
      let error = try await s3Error {
        try await client.upload(
          request, body: pieces, length: nil, settings: ManagedUploadTests.small,
          options: S3RequestOptions(deadline: .now + .milliseconds(500)))
      }
      source.finish()
      #expect(error?.code == .deadlineExceeded)
      #expect(error?.mayHaveSucceeded == false)
      #expect(server.bucket("visits")?.uploads.isEmpty == true)
      #expect(server.requests(.abortMultipartUpload).count == (count > 200 << 10 ? 1 : 0))
    }
  }

  @Test("A deadline that passes while the object is made says that it may be there")
  func deadlineAtTheEnd() async throws {
    var configuration = S3Service.Configuration()
    configuration.minimumPartSize = 1
    var settings = UploadSettings(partSize: 10, partsInFlight: 2)
    settings.smallestPart = 1
    try await withTestServer(configuration) { [settings] server, client in
      server.inject(.toAnswer(.silence), on: .completeMultipartUpload)
      let error = try await s3Error {
        try await client.upload(
          request, body: [UInt8](repeating: 1, count: 15), settings: settings,
          options: S3RequestOptions(deadline: .now + .seconds(1)))
      }
      #expect(error?.code == .deadlineExceeded)
      // Other suites may keep all processors busy until the deadline has passed.
      if !server.requests(.completeMultipartUpload).isEmpty {
        #expect(error?.mayHaveSucceeded == true)
      }
    }
  }

  @Test("One that is cancelled while it begins is aborted, and uploads nothing")
  func cancelledAtTheBeginning() async throws {
    try await withTestServer(ManagedUploadTests.server) { server, client in
      server.inject(.toAnswer(.delay(.milliseconds(300))), on: .createMultipartUpload)
      let upload = Task {
        try await client.upload(
          request, body: ManagedUploadTests.body(250 << 10), settings: ManagedUploadTests.small)
      }
      while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      upload.cancel()
      await #expect(throws: CancellationError.self) { try await upload.value }
      #expect(server.bucket("visits")?.uploads.isEmpty == true)
      #expect(server.requests(.abortMultipartUpload).count == 1)
      #expect(server.requests(.uploadPart).isEmpty)
    }
  }

  @Test("One that never begins does not keep whoever cancels it for long")
  func neverBegins() async throws {
    try await withTestServer(ManagedUploadTests.server) { server, client in
      server.inject(.toAnswer(.silence), on: .createMultipartUpload)
      var settings = ManagedUploadTests.small
      settings.abortTimeout = .milliseconds(200)
      let upload = Task { [settings] in
        try await client.upload(
          request, body: ManagedUploadTests.body(250 << 10), settings: settings)
      }
      while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      upload.cancel()
      await #expect(throws: CancellationError.self) { try await upload.value }
    }
  }

  @Test("One that is cancelled before its object is made is aborted")
  func cancelledAtTheEnd() async throws {
    try await withTestServer(ManagedUploadTests.server) { server, client in
      server.inject(Fault(.atHead, .silence), on: .completeMultipartUpload)
      let upload = Task {
        try await client.upload(
          request, body: ManagedUploadTests.body(250 << 10), settings: ManagedUploadTests.small)
      }
      while server.requests(.completeMultipartUpload).isEmpty {
        try await Task.sleep(for: .milliseconds(5))
      }
      upload.cancel()
      await #expect(throws: CancellationError.self) { try await upload.value }
      #expect(server.bucket("visits")?.uploads.isEmpty == true)
      #expect(server.object("k", in: "visits") == nil)
    }
  }
}
