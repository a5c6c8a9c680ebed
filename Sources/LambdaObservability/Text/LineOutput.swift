#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif
internal import Synchronization

/// Where lines go: logs and metrics, each line as a whole.
///
/// A line is one `write(2)`, and lines of several threads do not mix. What cannot be written is lost:
/// there is nobody to tell.
public final class LineOutput: Sendable {
  private let descriptor: Int32
  private let lock = Mutex(())
  private let receive: (@Sendable ([UInt8]) -> Void)?

  /// Standard output, which AWS Lambda takes logs and metrics from.
  public static let standardOutput = LineOutput(fileDescriptor: 1)

  /// A file that is open, and stays open.
  public init(fileDescriptor: Int32) {
    descriptor = fileDescriptor
    receive = nil
  }

  /// A function that gets each line, its line feed included; it may be called by several threads at
  /// the same time.
  public init(_ receive: @escaping @Sendable ([UInt8]) -> Void) {
    descriptor = -1
    self.receive = receive
  }

  /// Writes a line that ends in a line feed.
  func write(_ line: [UInt8]) {
    if let receive { return receive(line) }
    lock.withLock { _ in
      line.withUnsafeBytes { bytes in
        var written = 0
        while written < bytes.count {
          let count = systemWrite(
            descriptor, UnsafeRawBufferPointer(rebasing: bytes[written...]))
          if count > 0 {
            written += count
          } else if errno == EAGAIN {
            var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard systemPoll(&poll) else { return }
          } else if errno != EINTR {
            return
          }
        }
      }
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

/// Waits until there is room; false where nothing ever will be.
private func systemPoll(_ descriptor: inout pollfd) -> Bool {
  poll(&descriptor, 1, -1) > 0 || errno == EINTR
}
