import Crypto
import EventLogModel
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A directory as an object store.
///
/// - Keys are paths relative to the directory. The names ``lockName`` and ``temporaryName`` are the
///   store's own and never listed.
/// - ETags are hashes of the content (SHA-256, its first 128 bits).
/// - LastModified is the time of the last status change (ctime): copying tools set mtime back,
///   nothing sets ctime back.
/// - A write goes to a temporary file beside its target, is made durable, compared with the
///   condition and renamed, all under an advisory lock on a file in the root: writers of several
///   processes, even on several machines where the file system has locks, exclude each other, and
///   a reader never sees half an object. A crash leaves at most one temporary file in a directory,
///   which the next write there replaces.
public final class FileObjectStore: ObjectStore {
  /// The name of the lock file in the root.
  public static let lockName = ".object-store.lock"
  /// The name of the temporary file beside the target of a write.
  public static let temporaryName = ".object-store.tmp"

  /// The directory, absolute.
  public let root: String
  /// Whether the directory is created by the first write. Until then the store is empty; where
  /// this is false, a directory that is missing is an error of every call, since an unmounted
  /// source must not look like an empty one.
  public let createsDirectory: Bool
  /// The directory as a `file:` URL.
  public let identity: String
  /// ETags of files that have not changed for a while, so that reading ranges of a large file
  /// hashes it once.
  private let knownETags = Mutex<[FileStatus: ETag]>([:])

  /// The objects of a directory. Nothing is read or created yet.
  ///
  /// - Parameters:
  ///   - path: The directory, absolute or relative to the current one.
  ///   - createsDirectory: Whether the first write creates the directory.
  public init(path: String, createsDirectory: Bool = false) {
    root = FilePath.absolute(path)
    self.createsDirectory = createsDirectory
    identity = FilePath.directoryURL(root)
  }

  /// Reads an object or a range of it. See ``ObjectStore/get(_:range:ifMatch:limit:)``.
  public func get(
    _ key: String, range: Range<Int>?, ifMatch match: ETag?, limit: Int
  ) async throws -> StoredObject {
    try read(key, isWhole: range == nil, match, limit) { size in
      (range ?? 0..<size).clamped(to: 0..<size)
    }
  }

  /// See ``ObjectStore/get(_:last:)``.
  public func get(_ key: String, last count: Int) async throws -> StoredObject {
    try read(key, isWhole: false, nil, .max) { size in max(0, size - max(0, count))..<size }
  }

  private func read(
    _ key: String, isWhole: Bool, _ match: ETag?, _ limit: Int, _ wanted: (Int) -> Range<Int>
  ) throws -> StoredObject {
    let path = try path(of: key)
    do {
      let file = try open(key, path: path)
      // A file can be written to while it is read; what is returned must be one version of it.
      for _ in 0..<5 {
        let before = try file.status()
        let wanted = wanted(before.size)
        guard wanted.count <= limit else { throw ObjectStoreError.tooLarge(key, limit: limit) }
        let bytes = try [UInt8](unsafeUninitializedCapacity: wanted.count) { buffer, count in
          try file.seek(to: wanted.lowerBound)
          count = try file.read(
            into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: wanted.count))
        }
        let eTag =
          isWhole ? ContentHash.eTag(of: bytes) : try self.eTag(of: file, status: before)
        let after = try file.status()
        guard before == after, bytes.count == wanted.count else { continue }
        if let match, match != eTag { throw ObjectStoreError.changed(key, since: match) }
        return StoredObject(
          key: key, lastModified: after.changed, size: after.size, eTag: eTag, bytes: bytes)
      }
      throw ObjectStoreError(
        .unavailable, key: key, "\"\(key)\" is being written to and could not be read.")
    } catch let error as SystemError {
      throw try checkedRoot(error).storeError(key, "read")
    }
  }

  /// See ``ObjectStore/head(_:)``.
  public func head(_ key: String) async throws -> ObjectMetadata {
    let path = try path(of: key)
    do {
      let file = try open(key, path: path)
      for _ in 0..<5 {
        let before = try file.status()
        let eTag = try eTag(of: file, status: before)
        guard try file.status() == before else { continue }
        return ObjectMetadata(
          key: key, lastModified: before.changed, size: before.size, eTag: eTag)
      }
      throw ObjectStoreError(
        .unavailable, key: key, "\"\(key)\" is being written to and could not be read.")
    } catch let error as SystemError {
      throw try checkedRoot(error).storeError(key, "read")
    }
  }

  /// See ``ObjectStore/put(_:bytes:condition:)``.
  public func put(_ key: String, bytes: [UInt8], condition: PutCondition) async throws -> ETag {
    let path = try path(of: key)
    let eTag = ContentHash.eTag(of: bytes)
    if case .ifMatch = condition, (try? FileStatus.of(root)) == nil {
      throw ObjectStoreError.preconditionFailed(key, condition)
    }
    let lock = try await lock(for: key)
    do {
      try check(condition, key: key, path: path)
      try makeDirectories(for: key)
      try exchange(path) { file in try bytes.withUnsafeBytes { try file.write($0) } }
    } catch let error as SystemError {
      throw error.storeError(key, "written")
    }
    withExtendedLifetime(lock) {}
    return eTag
  }

  /// See ``ObjectStore/replace(_:version:with:)``. Kept ranges are copied from file to file, a
  /// buffer at a time.
  public func replace(
    _ key: String, version: ETag, with pieces: [ObjectPiece]
  ) async throws -> ETag {
    let path = try path(of: key)
    guard (try? FileStatus.of(root)) != nil else {
      throw ObjectStoreError.preconditionFailed(key, .ifMatch(version))
    }
    let lock = try await lock(for: key)
    var eTag: ETag?
    do {
      try check(.ifMatch(version), key: key, path: path)
      let old = try open(key, path: path)
      try exchange(path) { file in
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        for piece in pieces {
          switch piece {
          case .bytes(let bytes):
            hash.update(data: bytes)
            try bytes.withUnsafeBytes { try file.write($0) }
          case .range(let range):
            try FileObjectStore.copy(key, range, of: old, to: file, &hash, &buffer)
          }
        }
        eTag = ContentHash.eTag(hash.finalize())
      }
    } catch let error as SystemError {
      throw error.storeError(key, "written")
    }
    withExtendedLifetime(lock) {}
    guard let eTag else {
      throw ObjectStoreError(.unavailable, key: key, "\"\(key)\" was not written.")
    }
    return eTag
  }

  private static func copy(
    _ key: String, _ range: Range<Int>, of old: OpenFile, to file: OpenFile, _ hash: inout SHA256,
    _ buffer: inout [UInt8]
  ) throws {
    guard range.lowerBound >= 0 else { throw ObjectStoreError.noSuchRange(key, range) }
    try old.seek(to: range.lowerBound)
    try buffer.withUnsafeMutableBytes { buffer in
      var left = range.count
      while left > 0 {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
        guard try old.read(into: part) == part.count else {
          throw ObjectStoreError.noSuchRange(key, range)
        }
        hash.update(bufferPointer: UnsafeRawBufferPointer(part))
        try file.write(UnsafeRawBufferPointer(part))
        left -= part.count
      }
    }
  }

  /// See ``ObjectStore/delete(_:)``.
  public func delete(_ key: String) async throws {
    let path = try path(of: key)
    guard (try? FileStatus.of(path, follows: false)) != nil else { return }
    let lock = try await lock(for: key)
    if (try? FileStatus.of(path, follows: false))?.kind == .directory {
      throw ObjectStoreError(.notAnObject, key: key, "\"\(key)\" is a directory, not an object.")
    }
    if unlink(path) != 0, errno != ENOENT, errno != ENOTDIR {
      throw SystemError(errno).storeError(key, "removed")
    }
    withExtendedLifetime(lock) {}
  }

  // MARK: - Parts

  private func path(of key: String) throws -> String {
    try ObjectKey.check(key)
    for name in [FileObjectStore.lockName, FileObjectStore.temporaryName]
    where key.split(separator: "/").contains(Substring(name)) {
      throw ObjectStoreError(
        .invalidKey, key: key, "\"\(key)\" cannot be a key: the store itself uses \"\(name)\".")
    }
    return root + "/" + key
  }

  /// A missing object of a missing directory is an error of its own, unless the directory is
  /// created on demand.
  private func checkedRoot(_ error: SystemError) throws -> SystemError {
    if error == .noEntry, !createsDirectory { try checkRoot() }
    return error
  }

  func checkRoot() throws {
    let status: FileStatus
    do {
      status = try FileStatus.of(root)
    } catch {
      throw ObjectStoreError(
        .unavailable, "The directory \(root) could not be opened: \(error.words).",
        underlying: error)
    }
    guard status.kind == .directory else {
      throw ObjectStoreError(.unavailable, "\(root) is not a directory.")
    }
  }

  /// Opens a regular file for reading. O_NONBLOCK keeps a pipe without a writer from blocking.
  private func open(_ key: String, path: String) throws -> OpenFile {
    let file = try OpenFile.open(path, O_RDONLY | O_NONBLOCK)
    switch try file.status().kind {
    case .file: return file
    case .directory:
      throw ObjectStoreError(.notAnObject, key: key, "\"\(key)\" is a directory, not an object.")
    case .other(let what):
      throw ObjectStoreError(.notAnObject, key: key, "\"\(key)\" is \(what), not an object.")
    }
  }

  private func eTag(of file: OpenFile, status: FileStatus) throws -> ETag {
    if let known = knownETags.withLock({ $0[status] }) { return known }
    try file.seek(to: 0)
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    let eTag = try FileObjectStore.hash(file, buffer: &buffer)
    // Two changes within one tick of the file system's clock leave the status as it was, so only
    // that of a file at rest says which content it has.
    let age =
      Timestamp.fileSystemNow.microsecondsSinceEpoch - status.changed.microsecondsSinceEpoch
    if age > 2_000_000 {
      knownETags.withLock { known in
        if known.count >= 1024 { known.removeAll() }
        known[status] = eTag
      }
    }
    return eTag
  }

  /// The ETag of a file from its current position on.
  ///
  /// - Throws: ``SystemError``.
  static func hash(_ file: OpenFile, buffer: inout [UInt8]) throws -> ETag {
    try buffer.withUnsafeMutableBytes { bytes in
      var hash = SHA256()
      while true {
        let count = try file.read(into: bytes)
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        if count < bytes.count { return ContentHash.eTag(hash.finalize()) }
      }
    }
  }

  // MARK: - Writing

  /// Waits for the lock of the store, up to half a minute. It is given back when the file that is
  /// returned is closed.
  ///
  /// It is asked for again and again rather than waited for in the system, so that no thread of
  /// the concurrency pool stands still.
  private func lock(for key: String) async throws -> OpenFile {
    do {
      if createsDirectory { try makeRoot() } else { try checkRoot() }
      let file = try OpenFile.open(
        root + "/" + FileObjectStore.lockName, O_RDWR | O_CREAT | O_NOFOLLOW)
      var waited = Duration.zero
      var pause = Duration.microseconds(200)
      while try !file.tryLock() {
        guard waited < .seconds(30) else {
          throw ObjectStoreError(
            .unavailable, key: key,
            "\"\(key)\" could not be written: another process has held the lock of \(root) for 30 "
              + "seconds.")
        }
        try await Task.sleep(for: pause)
        waited += pause
        pause = min(pause * 2, .milliseconds(20)) + .microseconds(Int.random(in: 0..<200))
      }
      return file
    } catch let error as SystemError {
      throw error.storeError(FileObjectStore.lockName, "locked")
    }
  }

  private func check(_ condition: PutCondition, key: String, path: String) throws {
    let status: FileStatus?
    do throws(SystemError) {
      status = try FileStatus.of(path)
    } catch {
      guard error == .noEntry || error == .notDirectory else { throw error }
      status = nil
    }
    if let status, status.kind != .file {
      throw ObjectStoreError(
        .notAnObject, key: key, "\"\(key)\" could not be written: it is no plain file.")
    }
    switch condition {
    case .unconditional: return
    case .ifAbsent:
      guard status == nil else { throw ObjectStoreError.preconditionFailed(key, condition) }
    case .ifMatch(let eTag):
      guard status != nil else { throw ObjectStoreError.preconditionFailed(key, condition) }
      let file = try open(key, path: path)
      var buffer = [UInt8](repeating: 0, count: 1 << 18)
      guard try FileObjectStore.hash(file, buffer: &buffer) == eTag else {
        throw ObjectStoreError.preconditionFailed(key, condition)
      }
    }
  }

  private func makeRoot() throws(SystemError) {
    var path = ""
    for segment in root.split(separator: "/") {
      path += "/" + segment
      try makeDirectory(path)
    }
  }

  private func makeDirectories(for key: String) throws {
    var path = root
    for segment in key.split(separator: "/").dropLast() {
      path += "/" + segment
      try makeDirectory(path)
      guard try FileStatus.of(path).kind == .directory else {
        throw ObjectStoreError(
          .notAnObject, key: key,
          "\"\(key)\" could not be written: \(path) is not a directory.")
      }
    }
  }

  private func makeDirectory(_ path: String) throws(SystemError) {
    if mkdir(path, 0o777) == 0 {
      try OpenFile.open(String(ObjectKey.directory(path)), O_RDONLY | O_DIRECTORY).synchronize()
    } else if errno != EEXIST, (try? FileStatus.of(path))?.kind != .directory {
      // Above the root a directory may exist where nothing may be created (EROFS, EACCES).
      throw SystemError(errno)
    }
  }

  /// Writes a temporary file and puts it in the place of another one, or of none.
  private func exchange(_ path: String, _ write: (OpenFile) throws -> Void) throws {
    let directory = String(ObjectKey.directory(path))
    let temporary = directory + FileObjectStore.temporaryName
    if unlink(temporary) != 0, errno != ENOENT { throw SystemError(errno) }
    let file = try OpenFile.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
    do {
      try write(file)
      try file.synchronize()
      guard rename(temporary, path) == 0 else { throw SystemError(errno) }
    } catch {
      _ = unlink(temporary)
      throw error
    }
    try OpenFile.open(directory, O_RDONLY | O_DIRECTORY).synchronize()
  }
}
