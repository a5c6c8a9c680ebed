import S3TestServer
import TestSupport
import Testing

@testable import S3Lite

/// The servers that every call is tried against.
enum PeerServer: String, Sendable, CaseIterable, CustomTestStringConvertible {
  case ours
  case moto
  case rclone

  /// The smallest part of an upload, the last one excepted, in bytes: as with `serve.py`, less than
  /// S3's, so that tests need not send megabytes.
  static let smallestPart = 5_000

  var testDescription: String { rawValue }

  /// Calls `body` with a client of the server, which has the bucket `bucket`. Tests share moto's and
  /// rclone's, so each uses a prefix of its own.
  func run(
    change: (inout S3Configuration) -> Void = { _ in }, _ body: (S3Client) async throws -> Void
  ) async throws {
    if self == .ours {
      var configuration = S3Service.Configuration()
      configuration.minimumPartSize = PeerServer.smallestPart
      try await withServerAndClient(server: configuration, change: change) { _, client in
        try await body(client.client)
      }
      return
    }
    let kind: PythonServer.Kind = self == .moto ? .moto : .rclone
    let server = try #require(PythonServer.running[kind])
    let account = Account(
      accessKeyID: server.accessKeyID, secretAccessKey: server.secretAccessKey)
    try await TestClient.run(server.endpoint, account: account, change: change) { client in
      try await body(client.client)
    }
  }
}
