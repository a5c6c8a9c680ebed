import EventLogModel

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

// The system calls that a directory as an object store needs. Pointers appear here only for the
// length of one call, over buffers whose length is passed along.

/// An open file that is closed when its owner goes away.
final class OpenFile: Sendable {
  let descriptor: Int32

  init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    _ = close(descriptor)
  }

  /// Opens a file.
  ///
  /// - Throws: ``SystemError``.
  static func open(
    _ path: String, _ flags: Int32, mode: mode_t = 0o666, at directory: OpenFile? = nil
  ) throws(SystemError) -> OpenFile {
    while true {
      let descriptor = openat(
        directory?.descriptor ?? AT_FDCWD, path, flags | O_CLOEXEC, mode)
      if descriptor >= 0 { return OpenFile(descriptor: descriptor) }
      if errno != EINTR { throw SystemError(errno) }
    }
  }

  /// What the system knows of the open file.
  func status() throws(SystemError) -> FileStatus {
    var raw = stat()
    guard fstat(descriptor, &raw) == 0 else { throw SystemError(errno) }
    return FileStatus(raw)
  }

  /// Reads into a buffer from the current position, until it is full or the file ends.
  ///
  /// - Returns: How many bytes were read.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    var count = 0
    while count < buffer.count {
      let more = systemRead(
        descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
      if more == 0 { break }
      if more < 0 {
        if errno == EINTR { continue }
        throw SystemError(errno)
      }
      count += more
    }
    return count
  }

  /// Goes back to a position from the beginning of the file.
  func seek(to position: Int) throws(SystemError) {
    guard lseek(descriptor, off_t(position), SEEK_SET) >= 0 else { throw SystemError(errno) }
  }

  /// Writes all bytes at the current position.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var count = 0
    while count < bytes.count {
      let more = systemWrite(descriptor, bytes.baseAddress.map { $0 + count }, bytes.count - count)
      if more < 0 {
        if errno == EINTR { continue }
        throw SystemError(errno)
      }
      count += more
    }
  }

  /// Makes what was written outlast a loss of power.
  func synchronize() throws(SystemError) {
    guard fsync(descriptor) == 0 else { throw SystemError(errno) }
  }

  /// Takes the advisory lock on the file, unless somebody else holds it.
  func tryLock() throws(SystemError) -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    if errno == EWOULDBLOCK || errno == EINTR { return false }
    throw SystemError(errno)
  }
}

// Inside OpenFile the names `read` and `write` are its own methods.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int)
  -> Int
{
  read(descriptor, buffer, count)
}

private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, buffer, count)
}

/// The number of an error of the system.
struct SystemError: Error, Hashable {
  let number: Int32

  init(_ number: Int32) {
    self.number = number
  }

  static let noEntry = SystemError(ENOENT)
  static let notDirectory = SystemError(ENOTDIR)
  static let exists = SystemError(EEXIST)
  static let loop = SystemError(ELOOP)

  /// The system's words, with a small first letter so that they fit into a sentence.
  var words: String {
    let text = String(cString: strerror(number))
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  /// The error as one of a store.
  ///
  /// - Parameters:
  ///   - key: The object it is about.
  ///   - verb: What was tried, such as `read`.
  func storeError(_ key: String, _ verb: String) -> ObjectStoreError {
    let code: ObjectStoreError.Code
    switch number {
    case ENOENT, ENOTDIR: return .notFound(key)
    case EACCES, EPERM, EROFS: code = .accessDenied
    case ENAMETOOLONG: code = .invalidKey
    case EISDIR, ELOOP, ENXIO: code = .notAnObject
    default: code = .unavailable
    }
    return ObjectStoreError(
      code, key: key, "\"\(key)\" could not be \(verb): \(words).", underlying: self)
  }
}

/// What the system knows of a file.
struct FileStatus: Hashable {
  enum Kind: Hashable {
    case file
    case directory
    case other(String)
  }

  let kind: Kind
  let size: Int
  /// When content or attributes last changed (ctime): nothing sets it back, as `cp -p` does mtime.
  let changed: Timestamp
  let device: UInt64
  let inode: UInt64

  init(_ raw: stat) {
    switch raw.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .directory
    case S_IFIFO: kind = .other("a pipe")
    case S_IFSOCK: kind = .other("a socket")
    case S_IFLNK: kind = .other("a symbolic link")
    default: kind = .other("a device")
    }
    size = Int(raw.st_size)
    device = UInt64(truncatingIfNeeded: raw.st_dev)
    inode = UInt64(truncatingIfNeeded: raw.st_ino)
    #if canImport(Darwin)
      changed = Timestamp(raw.st_ctimespec)
    #else
      changed = Timestamp(raw.st_ctim)
    #endif
  }

  /// Looks at a name in a directory.
  ///
  /// - Parameter follows: Whether a symbolic link stands for what it points to.
  static func of(
    _ path: UnsafePointer<CChar>, at directory: OpenFile? = nil, follows: Bool = true
  ) throws(SystemError) -> FileStatus {
    var raw = stat()
    let flags = follows ? 0 : AT_SYMLINK_NOFOLLOW
    guard fstatat(directory?.descriptor ?? AT_FDCWD, path, &raw, flags) == 0 else {
      throw SystemError(errno)
    }
    return FileStatus(raw)
  }
}

extension Timestamp {
  /// Cut to microseconds. A time that does not fit, which only a damaged file system states, is
  /// the nearest that does.
  init(_ time: timespec) {
    let (microseconds, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000)
    let (sum, overflow2) = microseconds.addingReportingOverflow(Int64(time.tv_nsec) / 1000)
    if overflow || overflow2 {
      self = time.tv_sec < 0 ? .earliest : .latest
    } else {
      self.init(microsecondsSinceEpoch: sum)
    }
  }

  /// The clock that a file system here takes its times from.
  ///
  /// On Linux that is the coarse clock, some milliseconds behind the fine one: a file that is
  /// written after this call never has an earlier time of change.
  static var fileSystemNow: Timestamp {
    var time = timespec()
    #if os(Linux)
      clock_gettime(CLOCK_REALTIME_COARSE, &time)
    #else
      clock_gettime(CLOCK_REALTIME, &time)
    #endif
    return Timestamp(time)
  }
}

/// Paths as text.
enum FilePath {
  /// An absolute path without `.`, `..` and double slashes; where it exists, without symbolic
  /// links.
  static func absolute(_ path: String) -> String {
    if let resolved = realpath(path, nil) {
      defer { free(resolved) }
      return String(cString: resolved)
    }
    var segments: [Substring] = []
    var text = path
    if !path.hasPrefix("/"), let here = getcwd(nil, 0) {
      text = String(cString: here) + "/" + path
      free(here)
    }
    for segment in text.split(separator: "/") where segment != "." {
      if segment == ".." {
        _ = segments.popLast()
      } else {
        segments.append(segment)
      }
    }
    return "/" + segments.joined(separator: "/")
  }

  /// The `file:` URL of an absolute path to a directory, ending in `/`.
  static func directoryURL(_ path: String) -> String {
    let unreserved = Set("/-._~!$&'()*+,;=:@".utf8)
    var url = "file://"
    for byte in path.utf8 {
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte) || unreserved.contains(byte)
      if isPlain {
        url.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        url += "%" + ContentHash.hexadecimal([byte]).uppercased()
      }
    }
    return url.hasSuffix("/") ? url : url + "/"
  }

  /// The number of processors that can work at once.
  static var processorCount: Int {
    max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }
}
