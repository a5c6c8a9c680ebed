#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import LambdaObservability
import Testing

/// X-Ray's daemon as far as a sender sees it: a socket for UDP on loopback.
final class DatagramReceiver: Sendable {
  private let descriptor: Int32
  let port: UInt16

  init() throws {
    #if canImport(Glibc)
      let kind = Int32(SOCK_DGRAM.rawValue)
    #else
      let kind = SOCK_DGRAM
    #endif
    descriptor = socket(AF_INET, kind, 0)
    try #require(descriptor >= 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(isBound)
    port = UInt16(bigEndian: address.sin_port)
    var size = Int32(4 << 20)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit {
    close(descriptor)
  }

  /// A tracer of a daemon at this socket.
  func tracer() throws -> XRayTracer {
    let environment = LambdaEnvironment(["AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:\(port)"])
    return try #require(XRayTracer(environment: environment))
  }

  /// All datagrams that have come: on loopback a datagram is there when `send` returns.
  func received() -> [[UInt8]] {
    var datagrams: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count >= 0 else { return datagrams }
      datagrams.append(Array(buffer.prefix(count)))
    }
  }

  /// The documents that have come, after their header lines.
  func documents() throws -> [[String: Any]] {
    try received().map { datagram in
      try object(datagram.drop { $0 != 0x0A }.dropFirst())
    }
  }
}
