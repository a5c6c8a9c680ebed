import ArgumentParser
import CheckpointCore
import CheckpointS3
import ParquetKit
import S3Lite

/// How S3 is reached, as the AWS command line names it.
struct S3Arguments: ParsableArguments {
  @Option(
    name: .customLong("endpoint-url"),
    help: ArgumentHelp(
      "A server that speaks S3's protocol, instead of AWS (also AWS_ENDPOINT_URL_S3).",
      valueName: "url"))
  var endpointURL: String?

  @Option(help: "The region of the buckets (also AWS_REGION, or the profile's).")
  var region: String?

  @Option(help: "The profile of ~/.aws/config and ~/.aws/credentials (also AWS_PROFILE).")
  var profile: String?

  @Flag(name: .customLong("no-sign-request"), help: "Send no credentials, as to public buckets.")
  var sendsUnsigned = false
}

/// The stores that a command works on. Those in S3 share one client, which is made when the first
/// of them is opened.
actor Stores {
  private let arguments: S3Arguments
  private let requests: Int
  private var client: S3Client?

  private init(_ arguments: S3Arguments, requests: Int) {
    self.arguments = arguments
    self.requests = requests
  }

  /// Runs a command's work, and closes all connections after it.
  ///
  /// - Parameter requests: How many requests to S3 there may be at the same time at least.
  static func with<Result>(
    _ arguments: S3Arguments, requests: Int = 1, _ body: (Stores) async throws -> Result
  ) async throws -> Result {
    let stores = Stores(arguments, requests: requests)
    let result: Result
    do {
      result = try await body(stores)
    } catch {
      await stores.close()
      throw error
    }
    await stores.close()
    return result
  }

  /// The store of a location.
  ///
  /// - Parameter createsDirectory: Whether a directory that is not there is made by the first write.
  func open(
    _ location: StoreLocation, createsDirectory: Bool = false
  ) async throws -> any ObjectStore {
    switch location {
    case .directory(let path): FileObjectStore(path: path, createsDirectory: createsDirectory)
    case .bucket(let bucket, let prefix):
      S3ObjectStore(client: try await s3(), bucket: bucket, prefix: prefix)
    }
  }

  /// A file or an object, to be read by ranges.
  func source(_ location: ObjectLocation) async throws -> any ByteRangeSource {
    switch location {
    case .file(let path): try FileSource(path: path)
    case .object(let bucket, let key):
      try await S3ByteRangeSource(bucket: bucket, key: key, client: try await s3())
    }
  }

  private func s3() async throws -> S3Client {
    if let client { return client }
    let made = try await S3Client(
      profile: arguments.profile, region: arguments.region, endpointURL: arguments.endpointURL,
      isSigned: !arguments.sendsUnsigned
    ) { @Sendable [requests] configuration in
      configuration.concurrency.maximum = max(configuration.concurrency.maximum, requests)
    }
    // Another task may have been here while this one waited.
    if let client {
      try await made.shutdown()
      return client
    }
    client = made
    return made
  }

  private func close() async {
    // All work is done; that a connection could not be closed properly helps nobody.
    try? await client?.shutdown()
    client = nil
  }
}
