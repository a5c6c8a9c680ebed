import CheckpointCore
import CheckpointS3
import Logging
import S3Lite

/// The stores that all invocations share, on one client that is made when the first of them needs it:
/// its connections and credentials stay.
actor FunctionStores {
  /// How to make a client.
  private let make: @Sendable () async throws -> S3Client
  private var client: S3Client?
  /// Whether the client belongs to these stores.
  private let ownsClient: Bool

  /// Stores on a client that is set up as AWS's own tools would be.
  ///
  /// - Parameter concurrency: How many requests there are at once at least where S3 bears it.
  init(concurrency: Int, logger: Logger) {
    make = {
      try await S3Client(logger: logger) {
        $0.concurrency.maximum = max($0.concurrency.maximum, concurrency)
      }
    }
    ownsClient = true
  }

  /// Stores on somebody else's client.
  init(_ client: S3Client) {
    make = { client }
    self.client = client
    ownsClient = false
  }

  /// The store of the event objects, and that of the checkpoints.
  func open(
    _ configuration: FunctionConfiguration
  ) async throws -> (source: S3ObjectStore, checkpoints: S3ObjectStore) {
    let client = try await shared()
    return (
      S3ObjectStore(
        client: client, bucket: configuration.sourceBucket, prefix: configuration.sourceDirectory),
      S3ObjectStore(
        client: client, bucket: configuration.checkpointBucket,
        prefix: configuration.checkpointDirectory)
    )
  }

  private func shared() async throws -> S3Client {
    if let client { return client }
    let made = try await make()
    // Another invocation may have been here while this one waited.
    if let client {
      try? await made.shutdown()
      return client
    }
    client = made
    return made
  }

  /// Closes the connections, if the client belongs to these stores.
  func close() async throws {
    guard ownsClient, let client else { return }
    self.client = nil
    try await client.shutdown()
  }
}
