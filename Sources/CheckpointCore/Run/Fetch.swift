import EventLogModel
import Synchronization

/// What became of the objects that were read in one round.
struct FetchResult {
  /// An object that holds no valid event, and its line for the record.
  struct Refused: Sendable {
    let item: Int
    let key: String
    let line: [UInt8]
  }

  /// An object that was there but could not be read.
  struct Unreadable: Sendable {
    let item: Int
    let reason: String
    /// Whether it lies in an archive, which the listing did not show.
    var isArchived = false
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
  /// Objects that were being read when time was up.
  var interrupted: [Int] = []
  /// Objects that have gone away.
  var vanished: [Int] = []
  /// Events that the schema leaves out.
  var excluded = 0
  /// The item that comes after those of the round.
  var next = 0

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
    interrupted += other.interrupted
    vanished += other.vanished
    excluded += other.excluded
  }
}

/// Reads and validates objects, several at a time.
struct Fetch {
  /// What one round may hold.
  struct Bounds {
    /// The most objects.
    var objects = Int.max
    /// About how many bytes of objects and of refusals; it is passed by what is being read when it
    /// is reached.
    var bytes = Int.max
    /// How long to read; nil for as long as it takes.
    var time: Duration?
  }

  let store: any ObjectStore
  let schema: EventSchema
  let unknownFields: EventDecoder.UnknownFieldPolicy
  let limits: EventDecoder.Limits
  let concurrency: Int
  let environment: RunEnvironment

  init(
    _ store: any ObjectStore, _ schema: EventSchema, _ configuration: RunConfiguration,
    _ environment: RunEnvironment
  ) {
    self.store = store
    self.schema = schema
    unknownFields = configuration.unknownFields
    limits = configuration.limits
    concurrency = configuration.concurrency
    self.environment = environment
  }

  /// How many objects are read between two reports of progress.
  private static let progressStep = 128

  /// Reads the objects from one on in their order, as far as several can be read at a time in an
  /// order, until a bound is reached.
  ///
  /// - Throws: `CancellationError`, or `EventBatchError` when the strings of a column exceed 4 GiB.
  ///   Errors of single objects are part of the result.
  func run(
    _ plan: Plan, from start: Int, _ bounds: Bounds, progress: @escaping @Sendable (Int) -> Void
  ) async throws -> FetchResult {
    let (end, isFar) = start.addingReportingOverflow(bounds.objects)
    let elapsed = environment.elapsed
    let timeUp = bounds.time.map { elapsed() + $0 }
    let cursor = Cursor(
      start, end: isFar ? plan.count : min(plan.count, end), bytes: bounds.bytes
    ) { timeUp.map { elapsed() >= $0 } ?? false }
    var all = FetchResult(schema: schema)
    try await withThrowingTaskGroup(of: FetchResult?.self) { group in
      let workers = max(1, min(concurrency, plan.count - start))
      for _ in 0..<workers {
        group.addTask { try await work(plan, cursor, progress) }
      }
      if let time = bounds.time {
        // Its end is the end of reading: what hangs then is given up, and left for the next run.
        group.addTask {
          try? await environment.sleep(max(.zero, time))
          return nil
        }
      }
      var working = workers
      for try await part in group {
        if let part {
          try all.add(part)
          working -= 1
          if working == 0 { group.cancelAll() }
        } else {
          group.cancelAll()
        }
      }
    }
    try Task.checkCancellation()
    all.next = cursor.dealt
    return all
  }

  private func work(
    _ plan: Plan, _ cursor: Cursor, _ progress: @Sendable (Int) -> Void
  ) async throws -> FetchResult {
    var result = FetchResult(schema: schema)
    var decoder = EventDecoder(schema: schema, unknownFields: unknownFields, limits: limits)
    while let item = cursor.next() {
      if item % Fetch.progressStep == 0 {
        progress(item)
        // A store that never waits would keep whoever shows the progress from its turn.
        await Task.yield()
      }
      do {
        cursor.hold(try await read(plan[item], item, &decoder, &result))
      } catch is CancellationError {
        result.interrupted.append(item)
      } catch let error as EventBatchError {
        throw error
      } catch {
        // A client may give its own name to having been cancelled.
        if Task.isCancelled {
          result.interrupted.append(item)
        } else {
          let isArchived = (error as? ObjectStoreError)?.code == .archived
          result.unreadable.append(
            .init(item: item, reason: "\(error)", isArchived: isArchived))
        }
      }
    }
    return result
  }

  /// Deals out items to the workers, until the round is full or its time is up.
  private final class Cursor: Sendable {
    private let position: Atomic<Int>
    private let held = Atomic<Int>(0)
    private let end: Int
    private let bytes: Int
    private let isTimeUp: @Sendable () -> Bool

    init(_ start: Int, end: Int, bytes: Int, isTimeUp: @escaping @Sendable () -> Bool) {
      position = Atomic(start)
      self.end = end
      self.bytes = bytes
      self.isTimeUp = isTimeUp
    }

    /// The next item; nil where the round is over.
    func next() -> Int? {
      guard held.load(ordering: .relaxed) < bytes, !Task.isCancelled, !isTimeUp() else {
        return nil
      }
      let item = position.wrappingAdd(1, ordering: .relaxed).oldValue
      return item < end ? item : nil
    }

    /// The item after those that were dealt out.
    var dealt: Int { min(end, position.load(ordering: .relaxed)) }

    func hold(_ count: Int) { held.wrappingAdd(count, ordering: .relaxed) }
  }

  /// Reads an object into the result.
  ///
  /// - Returns: How many bytes the round holds on account of it, about.
  private func read(
    _ object: Plan.Item, _ item: Int, _ decoder: inout EventDecoder, _ result: inout FetchResult
  ) async throws -> Int {
    let stored: StoredObject
    do {
      stored = try await store.get(object.key, limit: limits.maximumSize)
    } catch let error as ObjectStoreError where error.code == .notFound {
      result.vanished.append(item)
      return 0
    } catch let error as ObjectStoreError where error.code == .tooLarge {
      let fault = EventFault(
        field: "", code: .tooLarge,
        message: "is larger than the \(limits.maximumSize) bytes that are read")
      do {
        let metadata = try await store.head(object.key)
        guard metadata.size > limits.maximumSize else {
          // What was too large is gone, and what is there now has not been read.
          throw ObjectStoreError(
            .unavailable, key: object.key, "\"\(object.key)\" was changed while it was read.",
            underlying: error)
        }
        return try refuse(metadata, [fault], item, &result)
      } catch let error as ObjectStoreError where error.code == .notFound {
        result.vanished.append(item)
        return 0
      }
    }
    let metadata = stored.metadata
    switch try decoder.decode(
      stored.bytes, sourceModified: metadata.lastModified, into: &result.batch)
    {
    case .accepted: result.origins.append(item)
    case .excluded: result.excluded += 1
    case .refused(let faults):
      return try refuse(metadata, faults, item, &result) + stored.bytes.count
    }
    note(metadata, item, &result)
    return stored.bytes.count
  }

  private func refuse(
    _ metadata: ObjectMetadata, _ faults: [EventFault], _ item: Int, _ result: inout FetchResult
  ) throws -> Int {
    let line = try RefusedLine(
      key: metadata.key, eTag: metadata.eTag?.rawValue, lastModified: metadata.lastModified,
      faults: faults
    ).encoded()
    result.refused.append(.init(item: item, key: metadata.key, line: line))
    note(metadata, item, &result)
    return line.count
  }

  private func note(_ metadata: ObjectMetadata, _ item: Int, _ result: inout FetchResult) {
    guard let eTag = metadata.eTag else { return }
    result.versions.append(
      .init(
        item: item,
        version: ContentHash.version(
          key: metadata.key, eTag: eTag, lastModified: metadata.lastModified),
        lastModified: metadata.lastModified))
  }
}
