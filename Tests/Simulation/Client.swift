import CheckpointCore
import EventLogModel
import TestSupport

/// What one run of the simulation has, besides the buckets: its chance, its faults, its end.
final class RunContext: @unchecked Sendable {
  struct Listed {
    let key: String
    let eTag: String
    let lastModified: Int64
    let isArchived: Bool
  }

  let number: Int
  let start: Int64
  /// What it was asked for.
  let order: Order
  let layout: Layout
  var random: Chance
  /// The request at which its process ends, counted from 1.
  let crash: Int?
  let crashesBeforeEffect: Bool
  private(set) var requests = 0
  /// How much of what it asked for was made to fail.
  var injected = 0
  /// Whether its process has ended: nothing that it does has an effect any more.
  var isDead = false
  var isCancelled = false
  /// Writes that wait for that of the state, where that is the mistake that is built in.
  var deferred: [() throws -> Void] = []
  /// The objects of the source as it was told of them.
  var listed: [Listed] = []

  /// What a run is asked for.
  struct Order {
    var isRebuild = false
    var onlySources = false
    var retriesRefused = false
    /// Compacts the checkpoints instead.
    var compacts = false
    /// Microseconds.
    var budget: Int64?
    /// Merges these objects alone.
    var notifications: [Notification]?
    /// Brings only the checkpoints of these groups up to date.
    var onlyGroups: Set<[String]>?
  }

  /// The news that an object was written.
  struct Notification {
    let key: String
    let eTag: String
    let lastModified: Int64
    /// How often it was handed out.
    var receives = 0
  }

  /// The keys of notifications that it did not make good, as it says itself.
  var undone: Set<String> = []

  init(number: Int, start: Int64, order: Order, layout: Layout, crash: Int?, random: Chance) {
    self.number = number
    self.start = start
    self.order = order
    self.layout = layout
    self.random = random
    self.crash = crash
    crashesBeforeEffect = self.random.one(in: 2)
  }

  /// The objects that it was told of, that are there still, and that it could read.
  func sound(_ source: Bucket) -> Set<String> {
    Set(
      listed.filter { listed in
        guard let object = source.objects[listed.key] else { return false }
        return object.eTag == listed.eTag && object.lastModified == listed.lastModified
          && !listed.isArchived && !object.wasArchived
      }.map(\.key))
  }

  func countRequest() -> Bool {
    requests += 1
    return requests == crash
  }
}

/// A run's connection to a bucket: takes time, fails, and ends with the run's process.
struct Client: ObjectStore {
  let world: World
  let bucket: Bucket
  let run: RunContext

  var identity: String { bucket.identity }

  private func note(_ what: String, _ detail: @autoclosure () -> String = "") {
    world.trace.note(world.now, run.number, what, detail())
  }

  private func die(_ what: String) -> any Error {
    run.isDead = true
    note("crash", what)
    return CancellationError()
  }

  private func latency() async throws {
    await world.scheduler.wait(Int64(run.random.below(Int(world.scenario.latency))))
    if run.isDead || Task.isCancelled { throw CancellationError() }
  }

  private func fails(_ fault: Fault) -> Bool {
    guard world.has(fault), run.random.one(in: world.scenario.errorRate) else { return false }
    run.injected += 1
    return true
  }

  /// Does a request: it travels, has its effect at once, and its answer travels back.
  private func perform<Answer>(
    _ what: String, _ key: String, isWrite: Bool = false, _ effect: @escaping () throws -> Answer
  ) async throws -> Answer {
    if run.isDead { throw CancellationError() }
    let name = "\(what) \(key)"
    let crashes = run.countRequest()
    if fails(.hang) {
      note("\(name): hangs")
      await world.scheduler.wait(Int64(run.random.below(7_200_000_000)))
    }
    try await latency()
    if crashes, run.crashesBeforeEffect { throw die("before \(name)") }
    if fails(.errorBeforeEffect) {
      note("\(name): error before effect")
      throw ObjectStoreError(.unavailable, key: key, "\(name) failed.")
    }
    if isWrite, fails(.lateWrite) {
      note("\(name): delayed")
      world.later(Int64(run.random.below(3_600_000_000))) {
        do {
          _ = try effect()
        } catch {
          note("\(name): delayed, without effect", "\(error)")
        }
      }
      try await latency()
      throw ObjectStoreError(.unavailable, key: key, "\(name) was not answered in time.")
    }
    let answer: Answer
    do {
      answer = try effect()
    } catch {
      note("\(name): refused", "\(error)")
      throw error
    }
    if crashes { throw die("after \(name)") }
    try await latency()
    if fails(.errorAfterEffect) {
      note("\(name): answer lost")
      throw ObjectStoreError(.unavailable, key: key, "The answer to \(name) was lost.")
    }
    return answer
  }

  // MARK: - Reading

  func list(_ request: ListRequest, _ onPage: (ListingPage) async throws -> Void) async throws {
    var last: String?
    while true {
      let page = try await perform("list", request.prefix) { [last] in
        let (keys, isLast) = bucket.page(
          prefix: request.prefix, after: last, size: world.scenario.pageSize)
        let objects = keys.compactMap { key in
          bucket.objects[key].map { metadata(key, $0) }
        }
        // The Date header has whole seconds, and is of another clock than LastModified.
        let skew = Int64(run.random.below(5) - 2) * 1_000_000
        return ListingPage(
          objects: objects,
          serverTime: Timestamp(microsecondsSinceEpoch: second(world.now) + skew), isLast: isLast)
      }
      note("list \(page.objects.count) after \(last ?? "the beginning")")
      last = page.objects.last?.key ?? last
      for object in page.objects {
        run.listed.append(
          .init(
            key: object.key, eTag: object.eTag?.rawValue ?? "",
            lastModified: object.lastModified.microsecondsSinceEpoch,
            isArchived: object.isArchived))
      }
      try await onPage(page)
      if page.isLast { return }
    }
  }

  private func second(_ time: Int64) -> Int64 { time / 1_000_000 * 1_000_000 }

  private func metadata(_ key: String, _ object: Bucket.Object) -> ObjectMetadata {
    ObjectMetadata(
      key: key, lastModified: Timestamp(microsecondsSinceEpoch: object.lastModified),
      size: object.bytes.count, eTag: ETag(rawValue: object.eTag),
      storageClass: object.storageClass, isRestored: object.isRestored)
  }

  private func find(_ key: String) throws -> Bucket.Object {
    guard let object = bucket.objects[key] else {
      throw ObjectStoreError(.notFound, key: key, "There is no object \"\(key)\".")
    }
    return object
  }

  func get(
    _ key: String, range: Range<Int>?, ifMatch match: ETag?, limit: Int
  ) async throws -> StoredObject {
    if bucket === world.source { world.reads += 1 }
    let stored = try await perform("get", key) {
      let object = try find(key)
      if let match, match.rawValue != object.eTag {
        throw ObjectStoreError(.preconditionFailed, key: key, "\"\(key)\" is another version.")
      }
      if object.isArchived {
        throw ObjectStoreError(.archived, key: key, "\"\(key)\" lies in an archive.")
      }
      if object.unreadableUntil > world.now {
        run.injected += 1
        throw ObjectStoreError(.accessDenied, key: key, "\"\(key)\" may not be read.")
      }
      let all = 0..<object.bytes.count
      let wanted = range?.clamped(to: all) ?? all
      guard wanted.count <= limit else {
        throw ObjectStoreError(.tooLarge, key: key, "\"\(key)\" is too large.")
      }
      return StoredObject(
        key: key, lastModified: Timestamp(microsecondsSinceEpoch: object.lastModified),
        size: object.bytes.count, eTag: ETag(rawValue: object.eTag),
        storageClass: object.storageClass, bytes: Array(object.bytes[wanted]))
    }
    note("get \(key) \(stored.eTag)", "\(stored.bytes.count) bytes")
    return stored
  }

  func get(_ key: String, last count: Int) async throws -> StoredObject {
    let stored = try await perform("get", key) {
      let object = try find(key)
      return StoredObject(
        key: key, lastModified: Timestamp(microsecondsSinceEpoch: object.lastModified),
        size: object.bytes.count, eTag: ETag(rawValue: object.eTag),
        bytes: Array(object.bytes.suffix(count)))
    }
    note("get \(key) \(stored.eTag)", "the last \(stored.bytes.count) bytes")
    return stored
  }

  func head(_ key: String) async throws -> ObjectMetadata {
    let known = try await perform("head", key) { metadata(key, try find(key)) }
    note("head \(key) \(known.eTag?.rawValue ?? "")")
    return known
  }

  // MARK: - Writing

  func put(_ key: String, bytes: [UInt8], condition: PutCondition) async throws -> ETag {
    guard bucket === world.target else {
      world.check("Run \(run.number) writes to the source: \(key)")
      throw CancellationError()
    }
    let form = await WrittenForm(key, bytes)
    bucket.writing[key, default: 0] += 1
    defer { bucket.writing[key, default: 0] -= 1 }
    let eTag = try await perform("put", key, isWrite: true) {
      try take(key, bytes, form, condition)
    }
    let deferred = run.deferred
    if key == Layout.stateKey { run.deferred = [] } else { return eTag }
    for write in deferred { try write() }
    return eTag
  }

  /// As S3's client does it: small objects are put together here and written at once, large ones are
  /// made of parts, and only their completion has an effect.
  func replace(_ key: String, version: ETag, with pieces: [ObjectPiece]) async throws -> ETag {
    let isMultipart = run.random.one(in: 2)
    if isMultipart { try await perform("create upload of", key) {} }
    var bytes: [UInt8] = []
    for piece in pieces {
      switch piece {
      case .bytes(let new):
        if isMultipart { try await perform("upload part of", key) {} }
        bytes += new
      case .range(let range):
        bytes += try await perform(isMultipart ? "copy part of" : "get part of", key) {
          guard let object = bucket.objects[key], object.eTag == version.rawValue else {
            throw ObjectStoreError(.preconditionFailed, key: key, "\"\(key)\" is another version.")
          }
          guard range.upperBound <= object.bytes.count else {
            throw ObjectStoreError(.unavailable, key: key, "\"\(key)\" has no such range.")
          }
          return Array(object.bytes[range])
        }
      }
    }
    note("replace \(key)", "with \(pieces.map(\.count)) bytes\(isMultipart ? " in parts" : "")")
    return try await put(key, bytes: bytes, condition: .ifMatch(version))
  }

  /// Says that a checkpoint is written, and writes it only once the state is.
  func putAfterState(
    _ key: String, bytes: [UInt8], condition: PutCondition
  ) async throws -> ETag {
    let form = await WrittenForm(key, bytes)
    return try await perform("put", key, isWrite: true) {
      note("put \(key): kept for later")
      run.deferred.append { _ = try take(key, bytes, form, condition) }
      return ETag(rawValue: bucket.nextTag(bytes))
    }
  }

  /// The effect of a write.
  private func take(
    _ key: String, _ bytes: [UInt8], _ form: WrittenForm, _ condition: PutCondition
  ) throws -> ETag {
    let current = bucket.objects[key]?.eTag
    let holds =
      switch condition {
      case .unconditional: true
      case .ifAbsent: current == nil
      case .ifMatch(let eTag): current == eTag.rawValue
      }
    guard holds else {
      throw ObjectStoreError(.preconditionFailed, key: key, "\"\(key)\" is another version.")
    }
    if bucket.writing[key, default: 0] > 1, world.has(.conflict), run.random.one(in: 2) {
      throw ObjectStoreError(
        .preconditionFailed, key: key, "A conflicting write of \"\(key)\" is under way (409).")
    }
    if condition == .unconditional, world.mutation == nil {
      world.check("Run \(run.number) writes \(key) without a condition.")
    }
    if case .checkpoint(let content) = form {
      let previous = world.truth.held[key]
      if previous?.isDamaged == true, !run.order.isRebuild {
        world.check("Run \(run.number) replaces \(key), which is damaged, without being asked.")
      }
      world.check(
        world.truth.problem(
          in: content, of: key, layout(of: key, content), source: world.source,
          listed: run.order.onlySources ? run.sound(world.source) : nil))
    }
    // Pages that are taken over undecoded stay as damaged as somebody has made them.
    let wasDamaged = world.truth.held[key]?.isDamaged ?? false
    let object = bucket.write(key, bytes, at: world.now)
    world.remember(key, object, form)
    note("put \(key) \(object.eTag)", "\(bytes.count) bytes \(condition)\n\(form)")
    if case .unreadable = form, wasDamaged { return ETag(rawValue: object.eTag) }
    world.check(form.problem(key, world))
    return ETag(rawValue: object.eTag)
  }

  /// The layout that a checkpoint belongs to: the run's own, or, as a compaction takes the files that
  /// the state names, the one that its first row tells.
  private func layout(of key: String, _ content: CheckpointContent) -> Layout {
    guard run.order.compacts, let row = content.rows.first else { return run.layout }
    return Layout.allCases.first { $0.key(of: row) == key } ?? run.layout
  }

  func delete(_ key: String) async throws {
    try await perform("delete", key, isWrite: true) {
      guard key.hasPrefix(Layout.refusedPrefix) || key.hasPrefix(Layout.backfillPrefix) else {
        world.check("Run \(run.number) deletes \(key).")
        return
      }
      bucket.remove(key)
      world.truth.recorded[key] = nil
      note("delete \(key)")
    }
  }
}
