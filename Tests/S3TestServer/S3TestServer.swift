import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// S3 on loopback, for tests: its semantics as AWS documents them, in memory, and faults on purpose.
package final class S3TestServer: Sendable {
  package let service: S3Service
  /// The port on 127.0.0.1.
  package let port: Int
  private let channel: any Channel
  private let group: MultiThreadedEventLoopGroup

  private init(
    _ service: S3Service, _ channel: any Channel, _ group: MultiThreadedEventLoopGroup, port: Int
  ) {
    self.service = service
    self.channel = channel
    self.group = group
    self.port = port
  }

  /// Such as `http://127.0.0.1:41234`.
  package var endpoint: String { "http://127.0.0.1:\(port)" }

  /// Runs `body` beside a server, which ends with it.
  package static func run<Result>(
    _ configuration: S3Service.Configuration = S3Service.Configuration(),
    _ body: (S3TestServer) async throws -> Result
  ) async throws -> Result {
    let server = try await start(configuration)
    do {
      let result = try await body(server)
      try await server.stop()
      return result
    } catch {
      try? await server.stop()
      throw error
    }
  }

  /// Starts a server on a port that is free.
  package static func start(
    _ configuration: S3Service.Configuration = S3Service.Configuration()
  ) async throws -> S3TestServer {
    let service = S3Service(configuration)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      var bootstrap = ServerBootstrap(group: group)
      if let size = configuration.receiveBuffer {
        // Before connections are accepted, which take it over.
        bootstrap = bootstrap.serverChannelOption(
          .socketOption(.so_rcvbuf), value: SocketOptionValue(size))
      }
      let channel =
        try await bootstrap
        .serverChannelOption(.backlog, value: 1_024)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline()
            try pipeline.addHandler(ConnectionHandler(service))
          }
        }
        .bind(host: "127.0.0.1", port: 0).get()
      guard let port = channel.localAddress?.port else {
        throw ChannelError.unknownLocalAddress
      }
      return S3TestServer(service, channel, group, port: port)
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// Closes all connections.
  package func stop() async throws {
    try? await channel.close()
    try await group.shutdownGracefully()
  }
}

extension S3TestServer {
  /// Makes a bucket.
  package func createBucket(
    _ name: String, region: String? = nil, _ change: (inout Bucket) -> Void = { _ in }
  ) {
    var bucket = Bucket(
      region: region ?? service.configuration.region, owner: Bucket.standardOwner)
    change(&bucket)
    service.state.withLock { [bucket] in $0.buckets[name] = bucket }
  }

  /// Puts an object past the network.
  package func put(
    _ key: ObjectKey, in bucket: String, _ body: [UInt8],
    _ attributes: StoredAttributes = StoredAttributes()
  ) {
    let now = service.configuration.clock()
    let object = StoredObject(
      body: body, eTag: CallContext.eTag(of: body, attributes), lastModified: now,
      attributes: attributes,
      checksums: [.crc64nvme: ChecksumAlgorithm.crc64nvme.base64(of: body)],
      checksumType: "FULL_OBJECT")
    service.state.withLock { $0.buckets[bucket]?.put(object, at: key) }
  }

  /// A bucket as it is now.
  package func bucket(_ name: String) -> Bucket? {
    service.state.withLock { $0.buckets[name] }
  }

  /// An object as it is now.
  package func object(_ key: ObjectKey, in bucket: String) -> StoredObject? {
    service.state.withLock { $0.buckets[bucket]?.objects[key] }
  }

  /// The requests so far, in the order in which they came.
  package var requests: [RecordedRequest] {
    service.state.withLock { $0.requests }
  }

  /// The requests of an operation, of a key if it is given.
  package func requests(_ operation: S3Operation, _ key: ObjectKey? = nil) -> [RecordedRequest] {
    requests.filter { $0.operation == operation && (key == nil || $0.call.key == key) }
  }

  /// Forgets the requests so far.
  package func forgetRequests() {
    service.state.withLock { $0.requests = [] }
  }

  /// Has a fault happen.
  package func inject(
    _ fault: Fault, on operation: S3Operation? = nil, key: ObjectKey? = nil,
    occurrences: ClosedRange<Int> = 1...1
  ) {
    let rule = FaultRule(fault, on: operation, key: key, occurrences: occurrences)
    service.state.withLock { $0.rules.append(rule) }
  }

  /// Changes what the server knows.
  package func change(_ body: (inout S3Service.State) -> Void) {
    service.state.withLock { body(&$0) }
  }
}

extension Bucket {
  /// The account that owns buckets unless told otherwise.
  package static let standardOwner = "111122223333"
}
