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
      /// ``ObjectStore/get(_:range:ifMatch:limit:)``.
      case get
      /// ``ObjectStore/head(_:)``.
      case head
      /// ``ObjectStore/put(_:bytes:condition:)``.
      case put
      /// ``ObjectStore/delete(_:)``.
      case delete
    }

    /// What is asked.
    public let kind: Kind
    /// Of which object.
    public let key: String
  }

  /// A hook may throw, which makes the call fail, or change the store under the call's feet.
  public typealias Hook = @Sendable (Operation) async throws -> Void

  private struct Entry {
    var bytes: [UInt8]
    var lastModified: Timestamp
    var eTag: ETag
    var storageClass: String?
  }

  private struct State {
    var objects: [String: Entry] = [:]
    var skipped: [SkippedEntry] = []
    var now: Timestamp
    var before: Hook?
    var after: Hook?
    var operations: [Operation] = []
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
  ///   - storageClass: In which storage class.
  public func poke(
    _ key: String, _ bytes: [UInt8], lastModified: Timestamp? = nil, storageClass: String? = nil
  ) {
    state.withLock { state in
      state.objects[key] = Entry(
        bytes: bytes, lastModified: cut(lastModified ?? state.now),
        eTag: ContentHash.eTag(of: bytes), storageClass: storageClass)
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
          state.objects[key].map { entry in
            ObjectMetadata(
              key: key, lastModified: entry.lastModified, size: entry.bytes.count,
              eTag: request.eTags.includes(entry.lastModified) ? entry.eTag : nil,
              storageClass: entry.storageClass)
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
      guard let entry = state.objects[key] else { throw ObjectStoreError.notFound(key) }
      if let match, entry.eTag != match { throw ObjectStoreError.changed(key, since: match) }
      let wanted = (range ?? 0..<entry.bytes.count).clamped(to: 0..<entry.bytes.count)
      guard wanted.count <= limit else { throw ObjectStoreError.tooLarge(key, limit: limit) }
      return StoredObject(
        key: key, lastModified: entry.lastModified, size: entry.bytes.count, eTag: entry.eTag,
        storageClass: entry.storageClass,
        bytes: range == nil ? entry.bytes : Array(entry.bytes[wanted]))
    }
  }

  /// See ``ObjectStore/head(_:)``.
  public func head(_ key: String) async throws -> ObjectMetadata {
    try ObjectKey.check(key)
    return try await perform(.head, key) { state in
      guard let entry = state.objects[key] else { throw ObjectStoreError.notFound(key) }
      return ObjectMetadata(
        key: key, lastModified: entry.lastModified, size: entry.bytes.count, eTag: entry.eTag,
        storageClass: entry.storageClass)
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
      state.objects[key] = Entry(
        bytes: bytes, lastModified: cut(state.now), eTag: eTag, storageClass: nil)
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
