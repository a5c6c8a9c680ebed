import NIOCore
import NIOPosix

/// Serves, on a port of 127.0.0.1, a bucket `bench` of objects of 350 bytes. One thread; signatures are
/// not looked at.
///
///     s3-stand-in KEYS LATENCY-MS PAGE-LATENCY-MS
///
/// It prints its URL once it serves, and ends with its standard input.
@main
struct StandIn {
  static func main() async throws {
    let numbers = CommandLine.arguments.dropFirst().compactMap { Int64($0) }
    guard numbers.count == 3, (1...10_000_000).contains(numbers[0]) else {
      print("usage: s3-stand-in KEYS LATENCY-MS PAGE-LATENCY-MS")
      return
    }
    let keys = KeySpace(count: Int(numbers[0]))
    let (latency, pageLatency) = (
      TimeAmount.milliseconds(numbers[1]), TimeAmount.milliseconds(numbers[2])
    )
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let answers = Answers(keys: keys)
    let channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 2_048)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            RequestHandler(answers, latency: latency, pageLatency: pageLatency))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    // Standard output is a pipe, and its buffer would keep the line.
    try await NIOThreadPool.singleton.runIfActive {
      print("http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
      flushStandardOutput()
      while readLine() != nil {}
    }
    try await channel.close()
    try await group.shutdownGracefully()
  }
}
