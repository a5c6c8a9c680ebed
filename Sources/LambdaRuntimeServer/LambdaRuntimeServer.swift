import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// AWS's end of the Lambda Runtime API, on loopback: hands out invocations, takes the answers.
package final class LambdaRuntimeServer: Sendable {
  /// Limits, and the time.
  package struct Configuration: Sendable {
    /// How many bytes a response may have.
    package var responseLimit = 6 * 1_024 * 1_024 + 100
    /// How many bytes of a request's body are kept.
    package var bodyLimit = 64 << 20
    /// The present time, in milliseconds since the epoch.
    package var now: @Sendable () -> Int64

    /// AWS's limits, and the system's clock.
    package init() {
      now = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
      }
    }
  }

  /// The port on 127.0.0.1.
  package let port: Int
  private let service: RuntimeAPIService
  private let channel: any Channel
  private let group: MultiThreadedEventLoopGroup

  private init(
    _ service: RuntimeAPIService, _ channel: any Channel, _ group: MultiThreadedEventLoopGroup,
    port: Int
  ) {
    self.service = service
    self.channel = channel
    self.group = group
    self.port = port
  }

  /// What `AWS_LAMBDA_RUNTIME_API` has to be.
  package var address: String { "127.0.0.1:\(port)" }

  /// Runs `body` beside a server, which ends with it.
  package static func run<Result>(
    _ configuration: Configuration = Configuration(),
    _ body: (LambdaRuntimeServer) async throws -> Result
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
    _ configuration: Configuration = Configuration()
  ) async throws -> LambdaRuntimeServer {
    let service = RuntimeAPIService(configuration)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      let channel = try await ServerBootstrap(group: group)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            // Headers are not checked: some are wrong on purpose.
            try pipeline.configureHTTPServerPipeline(withOutboundHeaderValidation: false)
            try pipeline.addHandler(RuntimeAPIConnection(service))
          }
        }
        .bind(host: "127.0.0.1", port: 0).get()
      guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
      return LambdaRuntimeServer(service, channel, group, port: port)
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// Closes all connections; invocations that were not answered are abandoned.
  package func stop() async throws {
    service.stop()
    try? await channel.close()
    try await group.shutdownGracefully()
  }

  /// Invokes the function, and waits for what comes of it.
  ///
  /// The time begins to run when the function is invoked, not when a runtime takes the invocation.
  package func invoke(_ invocation: InvocationRequest) async -> InvocationOutcome {
    let service = service
    var invocation = invocation
    invocation.deadlineMilliseconds =
      service.configuration.now().addingReportingOverflow(invocation.timeout.milliseconds)
      .partialValue
    return await outcome(of: invocation, service)
  }

  private func outcome(
    of invocation: InvocationRequest, _ service: RuntimeAPIService
  ) async -> InvocationOutcome {
    let timeout = group.any().scheduleTask(in: TimeAmount(invocation.timeout)) {
      service.expire(invocation.requestID, .timedOut)
    }
    defer { timeout.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        service.enqueue(invocation, continuation)
        if Task.isCancelled { service.expire(invocation.requestID, .abandoned) }
      }
    } onCancel: {
      service.expire(invocation.requestID, .abandoned)
    }
  }
}

extension LambdaRuntimeServer {
  /// The requests so far, in the order in which they came.
  package var calls: [RecordedCall] { service.state.withLock { $0.calls } }

  /// How many connections there have been.
  package var connections: Int { service.state.withLock { $0.connections } }

  /// Whether a runtime waits for an invocation.
  package var isPolled: Bool { service.state.withLock { $0.book.poller != nil } }

  /// The error that the runtime has reported instead of being ready.
  package var initFailure: ReportedFailure? { service.state.withLock { $0.book.initFailure } }

  /// Has a fault happen to the next calls of a kind.
  package func inject(_ fault: RuntimeAPIFault, on kind: RuntimeAPICall.Kind, times: Int = 1) {
    service.state.withLock {
      $0.rules.append(RuntimeAPIFaultRule(fault: fault, kind: kind, remaining: times))
    }
  }
}

extension Duration {
  /// In milliseconds, as many as fit.
  var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflowed) = seconds.multipliedReportingOverflow(by: 1_000)
    if overflowed { return seconds < 0 ? .min : .max }
    return product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000).partialValue
  }
}
