import EventLogModel

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Goes through the files below a directory in the order of the UTF-8 bytes of their keys.
///
/// One directory's names are in memory for each level, nothing more: names are sorted with `/`
/// behind those of directories, so that going down where a directory stands in that order gives
/// the order of the whole keys.
struct DirectoryWalker {
  struct Found {
    let key: String
    let status: FileStatus
  }

  /// The names of one directory, one after another in a buffer, and which of them comes next.
  private struct Level {
    let directory: OpenFile
    let status: FileStatus
    let prefix: String
    let names: [UInt8]
    let entries: [Entry]
    var next = 0
  }

  private struct Entry {
    let offset: Int
    let length: Int
    let status: FileStatus
  }

  /// Directories deeper than this are refused; a tree of events has a handful of levels.
  private static let maximumDepth = 64

  private let request: ListRequest
  private var levels: [Level] = []
  private(set) var skipped: [SkippedEntry] = []

  init(root: OpenFile, request: ListRequest) throws {
    self.request = request
    try enter(root, prefix: "")
  }

  /// The next file, or nil after the last one.
  mutating func next() throws -> Found? {
    while var level = levels.popLast() {
      guard level.next < level.entries.count else { continue }
      let entry = level.entries[level.next]
      level.next += 1
      let bytes = level.names[entry.offset..<entry.offset + entry.length]
      levels.append(level)
      guard let name = String(validating: bytes, as: UTF8.self) else {
        skip(
          level.prefix + String(decoding: bytes, as: UTF8.self), "Its name is not valid UTF-8.")
        continue
      }
      let key = level.prefix + name
      if entry.status.kind != .directory {
        if key.utf8.starts(with: request.prefix.utf8) {
          return Found(key: key, status: entry.status)
        }
      } else if key.utf8.starts(with: request.prefix.utf8)
        || request.prefix.utf8.starts(with: key.utf8)
      {
        try enter(name: String(name.dropLast()), key: key, status: entry.status, in: level)
      }
    }
    return nil
  }

  /// Notes what is no object, if it lies under the prefix that is listed.
  private mutating func skip(_ key: String, _ reason: String) {
    guard key.utf8.starts(with: request.prefix.utf8) else { return }
    skipped.append(SkippedEntry(key: key, reason: reason))
  }

  /// Hands over what was skipped since the last call.
  mutating func takeSkipped() -> [SkippedEntry] {
    defer { skipped = [] }
    return skipped
  }

  private mutating func enter(
    name: String, key: String, status: FileStatus, in level: Level
  ) throws {
    if request.looksLikeObject(name) {
      skip(String(key.dropLast()), "It is a directory, not a file.")
    }
    let isAncestor = levels.contains {
      $0.status.device == status.device && $0.status.inode == status.inode
    }
    guard !isAncestor else {
      skip(String(key.dropLast()), "It is a link to a directory that contains it.")
      return
    }
    guard levels.count < DirectoryWalker.maximumDepth else {
      throw ObjectStoreError(
        .unavailable, key: key,
        "The directory \(key) lies more than \(DirectoryWalker.maximumDepth) levels deep.")
    }
    let directory: OpenFile
    do throws(SystemError) {
      directory = try OpenFile.open(name, O_RDONLY | O_DIRECTORY, at: level.directory)
    } catch {
      // It may have gone away in the meantime, as a file can.
      if error == .noEntry || error == .notDirectory { return }
      // Its objects would be missing from the listing without a word.
      throw error.storeError(key, "listed")
    }
    try enter(directory, prefix: key)
  }

  private mutating func enter(_ directory: OpenFile, prefix: String) throws {
    do throws(SystemError) {
      levels.append(try read(directory, prefix: prefix))
    } catch {
      throw error.storeError(prefix.isEmpty ? "." : prefix, "listed")
    }
  }

  private mutating func read(_ directory: OpenFile, prefix: String) throws(SystemError) -> Level {
    var names: [UInt8] = []
    var entries: [Entry] = []
    // The stream owns the descriptor that it is given, so it gets one of its own.
    let copy = openat(directory.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { throw SystemError(errno) }
    guard let stream = fdopendir(copy) else {
      let error = SystemError(errno)
      _ = close(copy)
      throw error
    }
    defer { _ = closedir(stream) }
    while true {
      errno = 0
      guard let record = readdir(stream) else {
        guard errno == 0 else { throw SystemError(errno) }
        break
      }
      // The name's field is the record's last one and ends at a NUL.
      guard let field = MemoryLayout<dirent>.offset(of: \.d_name) else { break }
      let name = (UnsafeRawPointer(record) + field).assumingMemoryBound(to: CChar.self)
      let length = strlen(name)
      if FileObjectStore.isOwnName(name, length) { continue }
      guard let status = try status(of: name, in: directory, prefix: prefix) else { continue }
      let offset = names.count
      names.append(contentsOf: UnsafeRawBufferPointer(start: name, count: length))
      if case .other(let what) = status.kind {
        skip(
          prefix + String(decoding: names[offset...], as: UTF8.self), "It is \(what), not a file.")
        names.removeSubrange(offset...)
        continue
      }
      if status.kind == .directory { names.append(UInt8(ascii: "/")) }
      entries.append(Entry(offset: offset, length: names.count - offset, status: status))
    }
    names.withUnsafeBytes { bytes in
      entries.sort { left, right in
        DirectoryWalker.precedes(
          UnsafeRawBufferPointer(rebasing: bytes[left.offset..<left.offset + left.length]),
          UnsafeRawBufferPointer(rebasing: bytes[right.offset..<right.offset + right.length]))
      }
    }
    return Level(
      directory: directory, status: try directory.status(), prefix: prefix, names: names,
      entries: entries)
  }

  /// What a name stands for; nil where it has gone away or leads nowhere.
  private mutating func status(
    of name: UnsafePointer<CChar>, in directory: OpenFile, prefix: String
  ) throws(SystemError) -> FileStatus? {
    do throws(SystemError) {
      return try FileStatus.of(name, at: directory)
    } catch {
      guard error == .noEntry || error == .loop || error == .notDirectory else { throw error }
      guard (try? FileStatus.of(name, at: directory, follows: false)) != nil else { return nil }
      skip(prefix + String(cString: name), "It is a symbolic link that leads nowhere.")
      return nil
    }
  }

  private static func precedes(
    _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
  ) -> Bool {
    guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else {
      return left.count < right.count
    }
    let order = memcmp(leftStart, rightStart, min(left.count, right.count))
    return order == 0 ? left.count < right.count : order < 0
  }
}

extension FileObjectStore {
  /// Whether a name is `.`, `..` or one that the store uses itself.
  static func isOwnName(_ name: UnsafePointer<CChar>, _ length: Int) -> Bool {
    guard name[0] == CChar(bitPattern: UInt8(ascii: ".")) else { return false }
    return length == 1 || (length == 2 && name[1] == name[0]) || strcmp(name, lockName) == 0
      || strcmp(name, temporaryName) == 0
  }
}
