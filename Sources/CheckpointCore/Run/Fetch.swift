import EventLogModel
import Synchronization

/// What became of the objects that were read.
struct FetchResult {
  /// An object that holds no valid event.
  struct Refused: Sendable {
    let item: Int
    let key: String
    let eTag: ETag?
    let lastModified: Timestamp
    let faults: [EventFault]
  }

  /// An object that was there but could not be read.
  struct Unreadable: Sendable {
    let item: Int
    let reason: String
  }

  /// A version that was read, whatever it held.
  struct Version: Sendable {
    let item: Int
    let version: UInt64
    let lastModified: Timestamp
  }

  /// The events.
  var batch: EventBatch
  /// For each row the object that it came from, as an index into the plan's items.
  var origins: [Int] = []
  /// The versions that were read: merged, left out or refused.
  var versions: [Version] = []
  /// The objects that were refused.
  var refused: [Refused] = []
  /// The objects that could not be read.
  var unreadable: [Unreadable] = []
  /// The keys of objects that have gone away.
  var vanished: [String] = []
  /// Events that the schema leaves out.
  var excluded = 0

  init(schema: EventSchema) {
    batch = EventBatch(schema: schema)
  }

  mutating func add(_ other: FetchResult) throws {
    if batch.count == 0 {
      batch = other.batch
    } else {
      try batch.append(contentsOf: other.batch)
    }
    origins += other.origins
    versions += other.versions
    refused += other.refused
    unreadable += other.unreadable
    vanished += other.vanished
    excluded += other.excluded
  }
}

/// Reads and validates objects, several at a time.
struct Fetch {
  let store: any ObjectStore
  let schema: EventSchema
  let unknownFields: EventDecoder.UnknownFieldPolicy
  let limits: EventDecoder.Limits
  let concurrency: Int

  /// How many objects are read between two reports of progress.
  private static let progressStep = 128

  /// Reads the objects in their order, as far as several can be read at a time in an order.
  ///
  /// - Throws: `CancellationError`, or `EventBatchError` when the strings of a column exceed 4 GiB.
  ///   Errors of single objects are part of the result.
  func run(
    _ items: [Plan.Item], progress: @escaping @Sendable (Int) -> Void
  ) async throws -> FetchResult {
    let cursor = Cursor()
    return try await withThrowingTaskGroup(of: FetchResult.self) { group in
      let workers = max(1, min(concurrency, items.count))
      for _ in 0..<workers {
        group.addTask {
          var result = FetchResult(schema: schema)
          var decoder = EventDecoder(
            schema: schema, unknownFields: unknownFields, limits: limits)
          while true {
            let item = cursor.next()
            guard item < items.count else { return result }
            try Task.checkCancellation()
            if item % Fetch.progressStep == 0 {
              progress(item)
              // A store that never waits would keep whoever shows the progress from its turn.
              await Task.yield()
            }
            try await read(items[item].object, item, &decoder, &result)
          }
        }
      }
      var all = FetchResult(schema: schema)
      for try await part in group { try all.add(part) }
      return all
    }
  }

  /// Deals out indices to the workers.
  private final class Cursor: Sendable {
    private let position = Atomic<Int>(0)

    func next() -> Int { position.wrappingAdd(1, ordering: .relaxed).oldValue }
  }

  private func read(
    _ object: ObjectMetadata, _ item: Int, _ decoder: inout EventDecoder,
    _ result: inout FetchResult
  ) async throws {
    let stored: StoredObject
    do {
      stored = try await store.get(object.key, limit: limits.maximumSize)
    } catch let error as ObjectStoreError where error.code == .notFound {
      result.vanished.append(object.key)
      return
    } catch let error as ObjectStoreError where error.code == .tooLarge {
      let fault = EventFault(
        field: "", code: .tooLarge,
        message: "is larger than the \(limits.maximumSize) bytes that are read")
      result.refused.append(
        .init(
          item: item, key: object.key, eTag: object.eTag, lastModified: object.lastModified,
          faults: [fault]))
      if let eTag = object.eTag {
        result.versions.append(version(object.key, eTag, object.lastModified, item))
      }
      return
    } catch let error as CancellationError {
      throw error
    } catch {
      result.unreadable.append(.init(item: item, reason: "\(error)"))
      return
    }
    let lastModified = stored.metadata.lastModified
    let outcome = try decoder.decode(
      stored.bytes, sourceModified: lastModified, into: &result.batch)
    result.versions.append(version(object.key, stored.eTag, lastModified, item))
    switch outcome {
    case .accepted: result.origins.append(item)
    case .excluded: result.excluded += 1
    case .refused(let faults):
      result.refused.append(
        .init(
          item: item, key: object.key, eTag: stored.eTag, lastModified: lastModified,
          faults: faults))
    }
  }

  private func version(
    _ key: String, _ eTag: ETag, _ lastModified: Timestamp, _ item: Int
  ) -> FetchResult.Version {
    FetchResult.Version(
      item: item,
      version: ContentHash.version(key: key, eTag: eTag, lastModified: lastModified),
      lastModified: lastModified)
  }
}
