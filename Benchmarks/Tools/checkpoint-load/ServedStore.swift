import CheckpointCore
import EventLogModel
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Objects that lie with somebody else, as in S3: what is read and written is counted, and the ranges
/// that a new version keeps of the old one are not touched.
///
/// The bytes lie in one file, to which new ones are added, so that they are not in this process's
/// memory.
final class ServedStore: ObjectStore {
  /// What went between the store and its callers.
  struct Traffic {
    var requests = 0
    var read = 0
    var written = 0
    var kept = 0
  }

  private struct Object {
    var pieces: [Range<Int>]
    var eTag: ETag
    var lastModified: Timestamp

    var size: Int { pieces.reduce(0) { $0 + $1.count } }

    /// Where in the file a range of the object lies.
    func pieces(_ range: Range<Int>) -> [Range<Int>] {
      var found: [Range<Int>] = []
      var start = 0
      for piece in pieces {
        let part = range.clamped(to: start..<(start + piece.count))
        if !part.isEmpty {
          let offset = piece.lowerBound - start
          found.append((part.lowerBound + offset)..<(part.upperBound + offset))
        }
        start += piece.count
      }
      return found
    }
  }

  private struct State {
    var objects: [String: Object] = [:]
    var end: Int
    var versions = 0
    var traffic = Traffic()

    /// Puts an object in its place.
    mutating func store(_ key: String, _ pieces: [Range<Int>]) -> ETag {
      versions += 1
      let eTag = ETag(rawValue: "version-\(versions)")
      objects[key] = Object(pieces: pieces, eTag: eTag, lastModified: .now)
      return eTag
    }
  }

  let identity: String
  private let path: String
  private let base: Int32
  /// Where new bytes go: the file itself while it is made, else one without a name.
  private let added: Int32
  /// Bytes before this offset lie in ``base``.
  private let baseEnd: Int
  private let state: Mutex<State>

  /// A new store in files whose names begin with a path.
  init(creating path: String, identity: String) throws {
    self.identity = identity
    self.path = path
    base = try ServedStore.open(path + ".bytes", O_RDWR | O_CREAT | O_TRUNC)
    added = base
    baseEnd = 0
    state = Mutex(State(end: 0))
  }

  /// A new store that goes with the process.
  convenience init(temporary identity: String) throws {
    let path = "/tmp/checkpoint-load-\(getpid())"
    try self.init(creating: path, identity: identity)
    unlink(path + ".bytes")
  }

  /// A store that was saved; what is written now goes with the process.
  init(opening path: String, identity: String) throws {
    self.identity = identity
    self.path = path
    base = try ServedStore.open(path + ".bytes", O_RDONLY)
    baseEnd = Int(lseek(base, 0, SEEK_END))
    let name = "/tmp/checkpoint-load-\(getpid()).bytes"
    added = try ServedStore.open(name, O_RDWR | O_CREAT | O_TRUNC)
    unlink(name)
    state = Mutex(State(end: baseEnd, versions: 1 << 32))
    let index = try ServedStore.read(path + ".index")
    for line in String(decoding: index, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count >= 3, let modified = Int64(fields[2]) else { continue }
      let pieces = fields.dropFirst(3).compactMap { field -> Range<Int>? in
        let bounds = field.split(separator: "-").compactMap { Int($0) }
        return bounds.count == 2 ? bounds[0]..<bounds[1] : nil
      }
      state.withLock {
        $0.objects[String(fields[0])] = Object(
          pieces: pieces, eTag: ETag(rawValue: String(fields[1])),
          lastModified: Timestamp(microsecondsSinceEpoch: modified))
      }
    }
  }

  var traffic: Traffic { state.withLock { $0.traffic } }

  /// Writes down which object lies where.
  func save() throws {
    let lines = state.withLock { state in
      state.objects.map { key, object in
        let pieces = object.pieces.map { "\($0.lowerBound)-\($0.upperBound)" }
        return
          ([key, object.eTag.rawValue, "\(object.lastModified.microsecondsSinceEpoch)"]
          + pieces).joined(separator: " ")
      }
    }
    let file = try ServedStore.open(path + ".index", O_WRONLY | O_CREAT | O_TRUNC)
    defer { close(file) }
    let text = Array(lines.joined(separator: "\n").utf8)
    guard write(file, text, text.count) == text.count else { throw ServedStore.failure("written") }
  }

  /// Writes an object to a file of its own.
  func export(_ key: String, to path: String) throws {
    guard let object = state.withLock({ $0.objects[key] }) else { throw notFound(key) }
    let file = try ServedStore.open(path, O_WRONLY | O_CREAT | O_TRUNC)
    defer { close(file) }
    for piece in object.pieces {
      for start in stride(from: piece.lowerBound, to: piece.upperBound, by: 1 << 24) {
        let bytes = try read(start..<min(start + 1 << 24, piece.upperBound))
        guard write(file, bytes, bytes.count) == bytes.count else {
          throw ServedStore.failure("written")
        }
      }
    }
  }

  // MARK: ObjectStore

  func list(
    _ request: ListRequest, _ onPage: (ListingPage) async throws -> Void
  ) async throws {
    let objects = state.withLock { state in
      state.traffic.requests += 1
      return state.objects.filter { $0.key.hasPrefix(request.prefix) }.map { key, object in
        ObjectMetadata(
          key: key, lastModified: object.lastModified, size: object.size, eTag: object.eTag)
      }
    }
    let sorted = objects.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    try await onPage(ListingPage(objects: sorted, serverTime: .now, isLast: true))
  }

  func get(
    _ key: String, range: Range<Int>?, ifMatch match: ETag?, limit: Int
  ) async throws -> StoredObject {
    try get(key, match, limit) { size in (range ?? 0..<size).clamped(to: 0..<size) }
  }

  func get(_ key: String, last count: Int) async throws -> StoredObject {
    try get(key, nil, .max) { size in max(0, size - max(0, count))..<size }
  }

  private func get(
    _ key: String, _ match: ETag?, _ limit: Int, _ wanted: (Int) -> Range<Int>
  ) throws -> StoredObject {
    let found = state.withLock { state in
      state.traffic.requests += 1
      return state.objects[key]
    }
    guard let object = found else { throw notFound(key) }
    if let match, match != object.eTag { throw preconditionFailed(key) }
    let range = wanted(object.size)
    guard range.count <= limit else {
      throw ObjectStoreError(.tooLarge, key: key, "\"\(key)\" is too large.")
    }
    var bytes: [UInt8] = []
    for piece in object.pieces(range) {
      if bytes.isEmpty { bytes = try read(piece) } else { bytes += try read(piece) }
    }
    state.withLock { $0.traffic.read += bytes.count }
    return StoredObject(
      key: key, lastModified: object.lastModified, size: object.size, eTag: object.eTag,
      bytes: bytes)
  }

  func head(_ key: String) async throws -> ObjectMetadata {
    let found = state.withLock { state in
      state.traffic.requests += 1
      return state.objects[key]
    }
    guard let object = found else { throw notFound(key) }
    return ObjectMetadata(
      key: key, lastModified: object.lastModified, size: object.size, eTag: object.eTag)
  }

  func put(_ key: String, bytes: [UInt8], condition: PutCondition) async throws -> ETag {
    let piece = try append(bytes)
    return try state.withLock { state in
      let current = state.objects[key]?.eTag
      switch condition {
      case .unconditional: break
      case .ifAbsent: guard current == nil else { throw preconditionFailed(key) }
      case .ifMatch(let eTag): guard current == eTag else { throw preconditionFailed(key) }
      }
      return state.store(key, [piece])
    }
  }

  func replace(
    _ key: String, version: ETag, with pieces: [ObjectPiece]
  ) async throws -> ETag {
    guard let old = state.withLock({ $0.objects[key] }), old.eTag == version else {
      throw preconditionFailed(key)
    }
    var new: [Range<Int>] = []
    var kept = 0
    for piece in pieces {
      switch piece {
      case .bytes(let bytes): new.append(try append(bytes))
      case .range(let range):
        new += old.pieces(range)
        kept += range.count
      }
    }
    return try state.withLock { state in
      guard state.objects[key]?.eTag == version else { throw preconditionFailed(key) }
      state.traffic.kept += kept
      return state.store(key, new)
    }
  }

  func delete(_ key: String) async throws {
    state.withLock { $0.objects[key] = nil }
  }

  private func notFound(_ key: String) -> ObjectStoreError {
    ObjectStoreError(.notFound, key: key, "There is no object \"\(key)\".")
  }

  private func preconditionFailed(_ key: String) -> ObjectStoreError {
    ObjectStoreError(.preconditionFailed, key: key, "\"\(key)\" is another version.")
  }

  // MARK: Bytes

  private func append(_ bytes: [UInt8]) throws -> Range<Int> {
    let start = state.withLock { state in
      defer { state.end += bytes.count }
      state.traffic.requests += 1
      state.traffic.written += bytes.count
      return state.end
    }
    guard pwrite(added, bytes, bytes.count, off_t(start - baseEnd)) == bytes.count else {
      throw ServedStore.failure("written")
    }
    return start..<(start + bytes.count)
  }

  /// Reads bytes that lie in one of the two files.
  private func read(_ range: Range<Int>) throws -> [UInt8] {
    let isBase = range.lowerBound < baseEnd
    return try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      while count < range.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[count..<range.count])
        let read = pread(
          isBase ? base : added, rest.baseAddress, rest.count,
          off_t(range.lowerBound + count - (isBase ? 0 : baseEnd)))
        guard read > 0 else { throw ServedStore.failure("read") }
        count += read
      }
    }
  }

  private static func read(_ path: String) throws -> [UInt8] {
    let file = try open(path, O_RDONLY)
    defer { close(file) }
    let size = Int(lseek(file, 0, SEEK_END))
    var bytes = [UInt8](repeating: 0, count: size)
    guard pread(file, &bytes, size, 0) == size else { throw failure("read") }
    return bytes
  }

  private static func open(_ path: String, _ flags: Int32) throws -> Int32 {
    #if canImport(Darwin)
      let file = Darwin.open(path, flags, 0o644)
    #else
      let file = Glibc.open(path, flags, 0o644)
    #endif
    guard file >= 0 else { throw failure("opened: \(path)") }
    return file
  }

  private static func failure(_ what: String) -> ObjectStoreError {
    ObjectStoreError(.unavailable, "A file could not be \(what) (errno \(errno)).")
  }
}
