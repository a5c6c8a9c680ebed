#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Small files: settings and tokens.
enum LocalFile {
  /// The bytes of a file, or nil where there is none.
  ///
  /// - Throws: ``LocalFileError`` where it cannot be read, or has more bytes than the limit.
  static func read(path: String, limit: Int) throws -> [UInt8]? {
    guard !path.utf8.contains(0) else {
      throw LocalFileError(path: path, reason: "has a NUL in its name")
    }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw LocalFileError(path: path, "cannot be opened", errno)
    }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = chunk.withUnsafeMutableBytes { Self.readOnce(file, $0) }
      if count < 0 {
        if errno == EINTR { continue }
        throw LocalFileError(path: path, "cannot be read", errno)
      }
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else {
        throw LocalFileError(path: path, reason: "has more than the \(limit) bytes allowed")
      }
      bytes += chunk[..<count]
    }
  }

  private static func readOnce(_ file: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.read(file, buffer.baseAddress, buffer.count)
    #elseif canImport(Musl)
      Musl.read(file, buffer.baseAddress, buffer.count)
    #else
      Darwin.read(file, buffer.baseAddress, buffer.count)
    #endif
  }

  /// What the system says about an error number.
  static func systemMessage(_ number: Int32) -> String {
    strerror(number).map { String(cString: $0) } ?? "error \(number)"
  }
}

/// Why a file cannot be read.
struct LocalFileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file.
  var path: String
  /// What is wrong, as the rest of a sentence that begins with the path.
  var reason: String
  /// Whether there is nothing that this process may read: no permission, or a directory.
  var isOutOfReach = false

  init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// What the system said.
  init(path: String, _ what: String, _ number: Int32) {
    self.init(path: path, reason: "\(what) (\(LocalFile.systemMessage(number)))")
    isOutOfReach = [EACCES, EPERM, EISDIR].contains(number)
  }

  /// A sentence.
  var description: String { "\(path) \(reason)." }
}
