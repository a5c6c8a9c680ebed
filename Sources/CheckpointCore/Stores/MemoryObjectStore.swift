public import EventLogModel
import Synchronization

/// Objects in memory, with a clock that its owner sets and hooks that inject faults: the store of
/// tests and simulations.
public final class MemoryObjectStore: ObjectStore {
  /// One call of the store, as hooks see it.
  public struct Operation: Sendable, Hashable {
    /// What is asked.
    public enum Kind: String, Sendable, Hashable {
      /// ``ObjectStore/list(_:_:)``; the key is the prefix.
      case list
      /// ``ObjectStore/get(_:range:ifMatch:limit:)`` and ``ObjectStore/get(_:last:)``.
      case get
      /// ``ObjectStore/head(_:)``.
      case head
      /// ``ObjectStore/put(_:bytes:condition:)``.
      case put
      /// ``ObjectStore/replace(_:version:with:)``.
      case replace
      /// ``ObjectStore/delete(_:)``.
      case delete
    }

    /// What is asked.
    public let kind: Kind
    /// Of which object.
    public let key: String
    /// Whether it may change the store.
    public var isWrite: Bool { kind == .put || kind == .replace || kind == .delete }
  }

  /// How many bytes went between the store and its callers.
  public struct Traffic: Sendable, Hashable {
    /// Bytes that were read.
    public var read = 0
    /// New bytes that were written.
    public var written = 0
    /// Bytes that were kept by ``ObjectStore/replace(_:version:with:)`` and went nowhere.
    public var kept = 0
  }

  /// A hook may throw, which makes the call fail, or change the store under the call's feet.
  public typealias Hook = @Sendable (Operation) async throws -> Void

  private struct Entry {
    var bytes: [UInt8]
    var lastModified: Timestamp
    var eTag: ETag
    var storageClass: String?
    var isRestored = false

    func metadata(_ key: String, withETag: Bool = true) -> ObjectMetadata {
      ObjectMetadata(
        key: key, lastModified: lastModified, size: bytes.count, eTag: withETag ? eTag : nil,
        storageClass: storageClass, isRestored: isRestored)
    }

    func stored(_ key: String, _ range: Range<Int>? = nil) -> StoredObject {
      StoredObject(
        key: key, lastModified: lastModified, size: bytes.count, eTag: eTag,
        storageClass: storageClass, bytes: range.map { Array(bytes[$0]) } ?? bytes)
    }
  }

  private struct State {
    var objects: [String: Entry] = [:]
    var skipped: [SkippedEntry] = []
    var now: Timestamp
    var before: Hook?
    var after: Hook?
    var operations: [Operation] = []
    var traffic = Traffic()
  }

  /// What names the store.
  public let identity: String
  /// LastModified is cut to multiples of this many microseconds: 1,000,000 is what S3 does.
  public let resolution: Int64
  /// The most objects of one page of a listing.
  public let pageSize: Int
  private let state: Mutex<State>

  /// An empty store.
  ///
  /// - Parameters:
  ///   - identity: What names the store.
  ///   - now: What its clock shows; the clock stands still until ``now`` is set.
  ///   - resolution: Of LastModified, in microseconds, at least 1.
  ///   - pageSize: The most objects of one page of a listing, at least 1.
  public init(
    identity: String = "memory:", now: Timestamp = Timestamp(microsecondsSinceEpoch: 0),
    resolution: Int64 = 1, pageSize: Int = 1000
  ) {
    self.identity = identity
    self.resolution = max(1, resolution)
    self.pageSize = max(1, pageSize)
    state = Mutex(State(now: now))
  }

  /// What the store's clock shows.
  public var now: Timestamp {
    get { state.withLock { $0.now } }
    set { state.withLock { $0.now = newValue } }
  }

  /// Runs before a call has any effect; an error that it throws is the call's.
  public var beforeEffect: Hook? {
    get { state.withLock { $0.before } }
    set { state.withLock { $0.before = newValue } }
  }

  /// Runs after a call has had its effect; an error that it throws is the call's, whose answer is
  /// then lost.
  public var afterEffect: Hook? {
    get { state.withLock { $0.after } }
    set { state.withLock { $0.after = newValue } }
  }

  /// The calls so far, in their order.
  public var operations: [Operation] {
    state.withLock { $0.operations }
  }

  /// The bytes so far.
  public var traffic: Traffic {
    get { state.withLock { $0.traffic } }
    set { state.withLock { $0.traffic = newValue } }
  }

  /// The keys, in the order of their UTF-8 bytes.
  public var keys: [String] {
    state.withLock { $0.objects.keys.sorted(by: ObjectKey.precedes) }
  }

  /// Entries that listings give as ``ListingPage/skipped``.
  public var skipped: [SkippedEntry] {
    get { state.withLock { $0.skipped } }
    set { state.withLock { $0.skipped = newValue } }
  }

  /// The bytes of an object without a call of the store, and without hooks.
  public func peek(_ key: String) -> [UInt8]? {
    state.withLock { $0.objects[key]?.bytes }
  }

  /// Writes an object without a call of the store, and without hooks.
  ///
  /// - Parameters:
  ///   - key: Where.
  ///   - bytes: What.
  ///   - lastModified: When, instead of ``now``; it is cut to the resolution.
  ///   - storageClass: In which storage class; what lies in an archive cannot be read.
  ///   - isRestored: Whether it can be read all the same, for now.
  public func poke(
    _ key: String, _ bytes: [UInt8], lastModified: Timestamp? = nil, storageClass: String? = nil,
    isRestored: Bool = false
  ) {
    state.withLock { state in
      state.objects[key] = Entry(
        bytes: bytes, lastModified: cut(lastModified ?? state.now),
        eTag: ContentHash.eTag(of: bytes), storageClass: storageClass, isRestored: isRestored)
    }
  }

  /// Removes an object without a call of the store, and without hooks.
  public func remove(_ key: String) {
    state.withLock { state in
      state.objects[key] = nil
    }
  }

  private func cut(_ instant: Timestamp) -> Timestamp {
    let microseconds = instant.microsecondsSinceEpoch
    let remainder = microseconds % resolution
    return Timestamp(
      microsecondsSinceEpoch: microseconds - (remainder < 0 ? remainder + resolution : remainder))
  }

  private func perform<Answer>(
    _ kind: Operation.Kind, _ key: String, _ effect: (inout State) throws -> sending Answer
  ) async throws -> Answer {
    let operation = Operation(kind: kind, key: key)
    let before = state.withLock { state in
      state.operations.append(operation)
      return state.before
    }
    try await before?(operation)
    let answer = try state.withLock { try effect(&$0) }
    try await afterEffect?(operation)
    return answer
  }

  /// See ``ObjectStore/list(_:_:)``.
  public func list(
    _ request: ListRequest, _ onPage: (ListingPage) async throws -> Void
  ) async throws {
    var last: String?
    var isFirst = true
    while true {
      try Task.checkCancellation()
      let page: ListingPage = try await perform(.list, request.prefix) { state in
        var keys = state.objects.keys.filter { key in
          key.utf8.starts(with: request.prefix.utf8)
            && (last.map { ObjectKey.precedes($0, key) } ?? true)
        }
        keys.sort(by: ObjectKey.precedes)
        let objects = keys.prefix(pageSize).compactMap { key in
          state.objects[key].map {
            $0.metadata(key, withETag: request.eTags.includes($0.lastModified))
          }
        }
        return ListingPage(
          objects: objects, skipped: isFirst ? state.skipped : [], serverTime: state.now,
          isLast: keys.count <= pageSize)
      }
      isFirst = false
      last = page.objects.last?.key ?? last
      try await onPage(page)
      if page.isLast { return }
    }
  }

  /// See ``ObjectStore/get(_:range:ifMatch:limit:)``.
  public func get(
    _ key: String, range: Range<Int>?, ifMatch match: ETag?, limit: Int
  ) async throws -> StoredObject {
    try ObjectKey.check(key)
    return try await perform(.get, key) { state in
      let entry = try readable(key, state)
      if let match, entry.eTag != match { throw ObjectStoreError.changed(key, since: match) }
      let wanted = (range ?? 0..<entry.bytes.count).clamped(to: 0..<entry.bytes.count)
      guard wanted.count <= limit else { throw ObjectStoreError.tooLarge(key, limit: limit) }
      state.traffic.read += wanted.count
      return entry.stored(key, range == nil ? nil : wanted)
    }
  }

  /// See ``ObjectStore/get(_:last:)``.
  public func get(_ key: String, last count: Int) async throws -> StoredObject {
    try ObjectKey.check(key)
    return try await perform(.get, key) { state in
      let entry = try readable(key, state)
      let wanted = max(0, entry.bytes.count - max(0, count))..<entry.bytes.count
      state.traffic.read += wanted.count
      return entry.stored(key, wanted)
    }
  }

  private func readable(_ key: String, _ state: State) throws -> Entry {
    guard let entry = state.objects[key] else { throw ObjectStoreError.notFound(key) }
    guard !entry.metadata(key).isArchived else { throw ObjectStoreError.archived(key) }
    return entry
  }

  /// See ``ObjectStore/head(_:)``.
  public func head(_ key: String) async throws -> ObjectMetadata {
    try ObjectKey.check(key)
    return try await perform(.head, key) { state in
      guard let entry = state.objects[key] else { throw ObjectStoreError.notFound(key) }
      return entry.metadata(key)
    }
  }

  /// See ``ObjectStore/put(_:bytes:condition:)``.
  public func put(_ key: String, bytes: [UInt8], condition: PutCondition) async throws -> ETag {
    try ObjectKey.check(key)
    return try await perform(.put, key) { state in
      let current = state.objects[key]?.eTag
      switch condition {
      case .unconditional: break
      case .ifAbsent:
        guard current == nil else { throw ObjectStoreError.preconditionFailed(key, condition) }
      case .ifMatch(let eTag):
        guard current == eTag else { throw ObjectStoreError.preconditionFailed(key, condition) }
      }
      let eTag = ContentHash.eTag(of: bytes)
      state.traffic.written += bytes.count
      state.objects[key] = Entry(bytes: bytes, lastModified: cut(state.now), eTag: eTag)
      return eTag
    }
  }

  /// See ``ObjectStore/replace(_:version:with:)``. The ETag is one of how the object came about,
  /// so that what is kept is not read.
  public func replace(
    _ key: String, version: ETag, with pieces: [ObjectPiece]
  ) async throws -> ETag {
    try ObjectKey.check(key)
    return try await perform(.replace, key) { state in
      guard let entry = state.objects[key], entry.eTag == version else {
        throw ObjectStoreError.preconditionFailed(key, .ifMatch(version))
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
      var story = version.rawValue
      for piece in pieces {
        switch piece {
        case .bytes(let new):
          bytes.append(contentsOf: new)
          story += " " + ContentHash.eTag(of: new).rawValue
          state.traffic.written += new.count
        case .range(let range):
          guard range.lowerBound >= 0, range.upperBound <= entry.bytes.count else {
            throw ObjectStoreError.noSuchRange(key, range)
          }
          bytes.append(contentsOf: entry.bytes[range])
          story += " \(range.lowerBound)-\(range.upperBound)"
          state.traffic.kept += range.count
        }
      }
      let eTag = ContentHash.eTag(of: Array(story.utf8))
      state.objects[key] = Entry(bytes: bytes, lastModified: cut(state.now), eTag: eTag)
      return eTag
    }
  }

  /// See ``ObjectStore/delete(_:)``.
  public func delete(_ key: String) async throws {
    try ObjectKey.check(key)
    try await perform(.delete, key) { state in
      state.objects[key] = nil
    }
  }
}
