#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a file, which is created or emptied first.
///
/// The file is closed with the last reference. Call `synchronize` before that when the bytes have to
/// survive a power failure.
public final class FileSink: ByteSink, Sendable {
  /// The path as it was given.
  public let path: String
  private let descriptor: Int32

  /// Creates the file, or empties it.
  ///
  /// - Throws: `inputOutput` with the operating system's reason.
  public init(path: String) throws(ParquetError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure("create", path, errno) }
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Appends bytes.
  ///
  /// - Throws: `inputOutput` with the operating system's reason, such as a full disk.
  public func write(_ bytes: [UInt8]) throws(ParquetError) {
    var reason: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      var done = 0
      while done < buffer.count {
        #if canImport(Darwin)
          let count = Darwin.write(descriptor, base + done, buffer.count - done)
        #elseif canImport(Musl)
          let count = Musl.write(descriptor, base + done, buffer.count - done)
        #else
          let count = Glibc.write(descriptor, base + done, buffer.count - done)
        #endif
        if count >= 0 {
          done += count
        } else if errno != EINTR {
          reason = errno
          return
        }
      }
    }
    if reason != 0 { throw Self.failure("write", path, reason) }
  }

  /// Waits until the bytes are on the disk.
  ///
  /// - Throws: `inputOutput` with the operating system's reason.
  public func synchronize() throws(ParquetError) {
    guard fsync(descriptor) == 0 else { throw Self.failure("synchronize", path, errno) }
  }

  private static func failure(_ action: String, _ path: String, _ reason: Int32) -> ParquetError {
    ParquetError(.inputOutput, "Could not \(action) \(path): \(String(cString: strerror(reason))).")
  }
}
