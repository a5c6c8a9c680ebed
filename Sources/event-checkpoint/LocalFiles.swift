#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Files and directories of this computer, read and written whole.
enum LocalFiles {
  /// Why a file could not be used; the description is the system's own sentence.
  struct Failure: Error, CustomStringConvertible {
    let path: String
    let description: String

    init(_ path: String, code: Int32) {
      self.path = path
      description = String(cString: strerror(code))
    }

    init(_ path: String, _ description: String) {
      self.path = path
      self.description = description
    }
  }

  enum Kind { case file, directory, other }

  /// What a path names; a link is followed.
  static func kind(_ path: String) throws(Failure) -> Kind {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Failure(path, code: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .directory
    case S_IFREG: return .file
    default: return .other
    }
  }

  /// The bytes of a file, but no more than one beyond a limit.
  static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(path, code: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= limit {
      #if canImport(Darwin)
        let count = Darwin.read(descriptor, &buffer, min(buffer.count, limit + 1 - bytes.count))
      #elseif canImport(Musl)
        let count = Musl.read(descriptor, &buffer, min(buffer.count, limit + 1 - bytes.count))
      #else
        let count = Glibc.read(descriptor, &buffer, min(buffer.count, limit + 1 - bytes.count))
      #endif
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(path, code: errno)
      }
      if count == 0 { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    return bytes
  }

  /// Writes a file anew.
  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure(path, code: errno) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
        #if canImport(Darwin)
          return Darwin.write(descriptor, rest.baseAddress, rest.count)
        #elseif canImport(Musl)
          return Musl.write(descriptor, rest.baseAddress, rest.count)
        #else
          return Glibc.write(descriptor, rest.baseAddress, rest.count)
        #endif
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(path, code: errno)
      }
      written += count
    }
  }

  /// Makes a directory and those that it lies in.
  static func createDirectory(_ path: String) throws(Failure) {
    if mkdir(path, 0o755) == 0 { return }
    var code = errno
    if code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      try createDirectory(String(path[..<slash]))
      if mkdir(path, 0o755) == 0 { return }
      code = errno
    }
    guard code == EEXIST else { throw Failure(path, code: code) }
    guard try kind(path) == .directory else { throw Failure(path, "It is not a directory") }
  }

  /// The names of what lies in a directory, in order.
  static func names(in path: String) throws(Failure) -> [(name: String, kind: Kind)] {
    guard let directory = opendir(path) else { throw Failure(path, code: errno) }
    defer { closedir(directory) }
    var names: [(name: String, kind: Kind)] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name == "." || name == ".." { continue }
      let kind: Kind
      switch Int32(entry.pointee.d_type) {
      case Int32(DT_DIR): kind = .directory
      case Int32(DT_REG): kind = .file
      case Int32(DT_LNK):
        // A link to a directory is not followed: it may lead back here.
        let target = try? self.kind(path + "/" + name)
        kind = target == .file ? .file : .other
      default: kind = (try? self.kind(path + "/" + name)) ?? .other
      }
      names.append((name, kind))
    }
    return names.sorted { $0.name < $1.name }
  }
}
