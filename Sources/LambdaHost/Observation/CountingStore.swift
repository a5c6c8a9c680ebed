import CheckpointCore
import EventLogModel
import Synchronization

/// A store that counts the bytes that are read from it.
struct CountingStore: ObjectStore {
  private final class Count: Sendable {
    let bytes = Atomic(0)
  }

  private let base: any ObjectStore
  private let count = Count()

  init(_ base: any ObjectStore) {
    self.base = base
  }

  /// How many bytes were read.
  var bytesRead: Int { count.bytes.load(ordering: .relaxed) }

  var identity: String { base.identity }

  func list(_ request: ListRequest, _ onPage: (ListingPage) async throws -> Void) async throws {
    try await base.list(request, onPage)
  }

  func get(
    _ key: String, range: Range<Int>?, ifMatch match: ETag?, limit: Int
  ) async throws -> StoredObject {
    counted(try await base.get(key, range: range, ifMatch: match, limit: limit))
  }

  func get(_ key: String, last number: Int) async throws -> StoredObject {
    counted(try await base.get(key, last: number))
  }

  func head(_ key: String) async throws -> ObjectMetadata {
    try await base.head(key)
  }

  func put(_ key: String, bytes: [UInt8], condition: PutCondition) async throws -> ETag {
    try await base.put(key, bytes: bytes, condition: condition)
  }

  func replace(
    _ key: String, version: ETag, with pieces: [ObjectPiece]
  ) async throws -> ETag {
    try await base.replace(key, version: version, with: pieces)
  }

  func delete(_ key: String) async throws {
    try await base.delete(key)
  }

  private func counted(_ object: StoredObject) -> StoredObject {
    count.bytes.wrappingAdd(object.bytes.count, ordering: .relaxed)
    return object
  }
}
