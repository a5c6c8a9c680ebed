#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that is open for reading, by its descriptor.
///
/// Reads go through `pread`, so any number of tasks may read at once. The file is closed with the
/// last reference.
public final class FileSource: ByteRangeSource {
  /// The path as it was given.
  public let path: String
  /// The size when the file was opened.
  public let size: Int
  private let descriptor: Int32

  /// Opens a file.
  ///
  /// - Throws: `inputOutput` with the operating system's reason when it cannot be opened, or is not
  ///   a regular file.
  public init(path: String) throws(ParquetError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure("open", path, errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let reason = errno
      close(descriptor)
      throw Self.failure("inspect", path, reason)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ParquetError(.inputOutput, "\(path) is not a regular file.")
    }
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Exactly the bytes of `range`.
  ///
  /// - Throws: `truncated` when the file has become shorter, `inputOutput` when it cannot be read.
  public func read(_ range: Range<Int>) throws(ParquetError) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= size else {
      throw ParquetError(
        .truncated, "\(path) ends at \(size).", at: .init(offset: range.lowerBound))
    }
    return try [UInt8](capacity: range.count) {
      (output: inout OutputSpan<UInt8>) throws(ParquetError) in
      var reason: ParquetError?
      output.withUnsafeMutableBufferPointer { buffer, initialized in
        guard let base = buffer.baseAddress else { return }
        while initialized < range.count {
          let count = pread(
            descriptor, base + initialized, range.count - initialized,
            off_t(range.lowerBound + initialized))
          if count > 0 {
            initialized += count
          } else if count == 0 {
            reason = ParquetError(
              .truncated, "\(path) has become shorter while it was read.",
              at: .init(offset: range.lowerBound + initialized))
            return
          } else if errno != EINTR {
            reason = Self.failure("read", path, errno)
            return
          }
        }
      }
      if let reason { throw reason }
    }
  }

  private static func failure(_ action: String, _ path: String, _ reason: Int32) -> ParquetError {
    ParquetError(.inputOutput, "Could not \(action) \(path): \(String(cString: strerror(reason))).")
  }
}
