#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Sends datagrams to one address, at once or not at all.
///
/// The system takes a datagram before `send` returns, so that nothing is left to do when a function
/// is frozen; where its buffer is full the datagram is lost, and nobody waits.
final class DatagramSender: Sendable {
  private let descriptor: Int32

  /// A socket for an address; nil where there is no such host or no socket.
  init?(_ address: XRayDaemonAddress) {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    #if canImport(Darwin) || canImport(Musl)
      hints.ai_socktype = SOCK_DGRAM
    #else
      hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    #endif
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address.host, String(address.port), &hints, &found) == 0 else { return nil }
    defer { freeaddrinfo(found) }
    var next = found
    while let candidate = next?.pointee {
      let descriptor = socket(candidate.ai_family, candidate.ai_socktype, candidate.ai_protocol)
      if descriptor >= 0 {
        if connect(descriptor, candidate.ai_addr, candidate.ai_addrlen) == 0,
          fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0,
          fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0
        {
          self.descriptor = descriptor
          return
        }
        close(descriptor)
      }
      next = candidate.ai_next
    }
    return nil
  }

  deinit {
    close(descriptor)
  }

  /// Sends a datagram.
  func send(_ datagram: [UInt8]) {
    _ = datagram.withUnsafeBytes { systemSend(descriptor, $0) }
  }
}

private func systemSend(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  send(descriptor, bytes.baseAddress, bytes.count, 0)
}
