import CheckpointCore
import EventLogModel
import ParquetKit
import TestSupport

/// A client with a mistake.
struct MutatedStore: ObjectStore {
  let base: Client
  let mutation: Mutation
  /// What the run was told of the checkpoints by the state; only the scheduler's thread touches it.
  private let memory = Memory()

  private final class Memory: @unchecked Sendable {
    var eTags: [String: ETag] = [:]
    /// Files as the run was given them, by their keys.
    var given: [String: StoredObject] = [:]
  }

  init(_ base: Client, _ mutation: Mutation) {
    self.base = base
    self.mutation = mutation
  }

  var identity: String { base.identity }

  private var world: World { base.world }

  // MARK: - Listing

  func list(_ request: ListRequest, _ onPage: (ListingPage) async throws -> Void) async throws {
    guard mutation == .shortListing, base.bucket === world.source else {
      return try await base.list(request, onPage)
    }
    var last: ListingPage?
    do {
      try await base.list(request) { page in
        last = page
        try await onPage(page)
      }
    } catch let error as ObjectStoreError {
      guard let last, !last.isLast, error.code == .unavailable else { throw error }
      try await onPage(ListingPage(objects: [], serverTime: last.serverTime, isLast: true))
    }
  }

  // MARK: - Reading

  func get(
    _ key: String, range: Range<Int>?, ifMatch match: ETag?, limit: Int
  ) async throws -> StoredObject {
    if base.bucket === world.source, mutation == .unreadableIsGone {
      do {
        return try await base.get(key, range: range, ifMatch: match, limit: limit)
      } catch let error as ObjectStoreError where error.code == .accessDenied {
        throw ObjectStoreError(.notFound, key: key, error.message)
      }
    }
    if mutation == .damagedIsEmpty, world.truth.held[key]?.isDamaged == true {
      _ = try await base.head(key)
      throw ObjectStoreError(.notFound, key: key, "It is taken for one that is not there.")
    }
    if mutation == .lastReadWins, Layout.isCheckpoint(key) {
      return try await aged(key, range)
    }
    let stored = try await base.get(key, range: range, ifMatch: match, limit: limit)
    if mutation == .shortBatch, key.hasPrefix(Layout.backfillPrefix), key.contains("/batch-") {
      return replacing(stored, try PlannedObject.shortened(stored.bytes))
    }
    guard key == Layout.stateKey, var state = try? CheckpointState(decoding: stored.bytes) else {
      return stored
    }
    switch mutation {
    case .noRetries: state.toRetry = []
    case .nothingSeen: state.seen = []
    case .archivedIsMerged: state.archived = CheckpointState.Archived()
    default: break
    }
    for checkpoint in state.checkpoints { memory.eTags[checkpoint.key] = checkpoint.eTag }
    return replacing(stored, try state.encoded())
  }

  private func replacing(_ stored: StoredObject, _ bytes: [UInt8]) -> StoredObject {
    StoredObject(
      key: stored.metadata.key, lastModified: stored.metadata.lastModified, size: bytes.count,
      eTag: stored.eTag, bytes: bytes)
  }

  func get(_ key: String, last count: Int) async throws -> StoredObject {
    guard mutation == .lastReadWins || mutation == .damagedIsEmpty, Layout.isCheckpoint(key) else {
      return try await base.get(key, last: count)
    }
    let whole = try await get(key)
    let range = max(0, whole.bytes.count - count)..<whole.bytes.count
    return try await get(key, range: range, ifMatch: nil, limit: .max)
  }

  func head(_ key: String) async throws -> ObjectMetadata {
    if mutation == .noRecord, key.hasPrefix(Layout.refusedPrefix) {
      return ObjectMetadata(
        key: key, lastModified: Timestamp(microsecondsSinceEpoch: world.now), size: 0,
        eTag: ETag(rawValue: ""))
    }
    let known = try await base.head(key)
    guard mutation == .trustedState, let eTag = memory.eTags[key] else { return known }
    return ObjectMetadata(
      key: key, lastModified: known.lastModified, size: known.size, eTag: eTag)
  }

  // MARK: - Writing

  func put(_ key: String, bytes: [UInt8], condition: PutCondition) async throws -> ETag {
    if mutation == .noRecord, key.hasPrefix(Layout.refusedPrefix) { return ETag(rawValue: "") }
    var bytes = bytes
    if key == Layout.stateKey { bytes = try misstated(bytes) }
    if Layout.isCheckpoint(key) { bytes = try await miswritten(key, bytes) }
    switch mutation {
    case .unconditionalPut:
      return try await base.put(key, bytes: bytes, condition: .unconditional)
    case .damagedIsEmpty where world.truth.held[key]?.isDamaged == true:
      return try await base.put(key, bytes: bytes, condition: .unconditional)
    case .blindRetry where Layout.isCheckpoint(key):
      do {
        return try await base.put(key, bytes: bytes, condition: condition)
      } catch let error as ObjectStoreError where error.code == .preconditionFailed {
        guard let current = try await base.head(key).eTag else { throw error }
        return try await base.put(key, bytes: bytes, condition: .ifMatch(current))
      }
    case .stateBeforeData where Layout.isCheckpoint(key):
      return try await base.putAfterState(key, bytes: bytes, condition: condition)
    default: return try await base.put(key, bytes: bytes, condition: condition)
    }
  }

  func replace(_ key: String, version: ETag, with pieces: [ObjectPiece]) async throws -> ETag {
    switch mutation {
    case .unconditionalPut, .blindRetry, .hastyFooter, .stateBeforeData, .lastReadWins,
      .forgedAncestry:
      let old = memory.given[key]?.bytes ?? world.target.objects[key]?.bytes ?? []
      var bytes: [UInt8] = []
      for piece in pieces {
        switch piece {
        case .bytes(let new): bytes += new
        case .range(let range): bytes += old[range.clamped(to: 0..<old.count)]
        }
      }
      return try await put(key, bytes: bytes, condition: .ifMatch(version))
    default: return try await base.replace(key, version: version, with: pieces)
    }
  }

  func delete(_ key: String) async throws {
    try await base.delete(key)
  }

  /// A state that says too much.
  private func misstated(_ bytes: [UInt8]) throws -> [UInt8] {
    var state = try CheckpointState(decoding: bytes)
    switch mutation {
    case .hastyMark:
      let overlap = world.scenario.overlap * 1_000_000
      state.completeUntil = Timestamp(microsecondsSinceEpoch: base.run.start - overlap)
    case .eventTimeMark:
      let times = world.truth.held.values.flatMap(\.rows.values).compactMap { row -> Int64? in
        if case .number(let time) = row.cells[ModelRow.timestamp] { time } else { nil }
      }
      state.completeUntil = times.max().map { Timestamp(microsecondsSinceEpoch: $0) }
    case .markByNotification where base.run.order.notifications != nil:
      state.completeUntil = Timestamp(microsecondsSinceEpoch: base.run.start)
    default: return bytes
    }
    return try state.encoded()
  }

  /// A checkpoint that says too much, or what a run with aged rows meant.
  private func miswritten(_ key: String, _ bytes: [UInt8]) async throws -> [UInt8] {
    switch mutation {
    case .hastyFooter:
      let content = try await CheckpointContent.read(bytes)
      guard let mark = content.mark else { return bytes }
      // Equally long, so that the file stays whole.
      let old = Timestamp(microsecondsSinceEpoch: mark).description
      let new = Timestamp(microsecondsSinceEpoch: base.run.start / 1_000_000 * 1_000_000)
      return MutatedStore.replace(Array(old.utf8), Array(new.description.utf8), in: bytes)
    case .forgedAncestry:
      let content = try await CheckpointContent.read(bytes)
      let tags = (world.versions[key] ?? []).suffix(32).map(\.object.eTag)
      return try await CheckpointContent.foreign(
        content.rows, columns: ModelRow.columns,
        metadata: content.metadata.filter { $0.key != "event_checkpoint.ancestors" } + [
          KeyValue(
            key: "event_checkpoint.ancestors",
            value: "[" + tags.map { "\"\($0)\"" }.joined(separator: ",") + "]")
        ])
    case .lastReadWins:
      let content = try await CheckpointContent.read(bytes)
      let held = world.truth.held[key]?.rows ?? [:]
      let rows = content.rows.map { row in
        row.cells[ModelRow.sourceModified] == MutatedStore.ageless
          ? held[row.identity] ?? row : row
      }
      return try await CheckpointContent.foreign(
        rows, columns: ModelRow.columns, metadata: content.metadata)
    default: return bytes
    }
  }

  private static func replace(_ old: [UInt8], _ new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    guard old.count == new.count, bytes.count >= old.count else { return bytes }
    var bytes = bytes
    for start in 0...(bytes.count - old.count)
    where bytes[start] == old[0] && bytes[start..<start + old.count].elementsEqual(old) {
      bytes.replaceSubrange(start..<start + old.count, with: new)
    }
    return bytes
  }

  // MARK: - Rows without age

  private static let ageless = Cell.number(0)

  /// A checkpoint whose rows are older than any object.
  private func aged(_ key: String, _ range: Range<Int>?) async throws -> StoredObject {
    let stored = try await base.get(key)
    var whole = stored
    if let content = try? await CheckpointContent.read(stored.bytes) {
      whole = replacing(
        stored,
        try await CheckpointContent.foreign(
          content.rows.map { $0.modified(MutatedStore.ageless) }, columns: ModelRow.columns,
          metadata: content.metadata))
    }
    memory.given[key] = whole
    guard let range else { return whole }
    let wanted = range.clamped(to: 0..<whole.bytes.count)
    return StoredObject(
      key: key, lastModified: whole.metadata.lastModified, size: whole.bytes.count,
      eTag: whole.eTag, bytes: Array(whole.bytes[wanted]))
  }
}
