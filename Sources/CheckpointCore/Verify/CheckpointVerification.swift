import EventLogModel

/// Reads all objects and all checkpoints, and proves that the ones are in the others.
///
/// Every valid event must have a row, in the right checkpoint, with the content of its latest
/// version; there must be no other row, but for those whose object is gone; order, identity and
/// statistics must hold. It writes nothing.
public struct CheckpointVerification: Sendable {
  /// How far the verification is.
  public let progress: AsyncStream<RunProgress>
  private let source: any ObjectStore
  private let checkpoints: any ObjectStore
  private let configuration: RunConfiguration
  private let environment: RunEnvironment
  private let report: AsyncStream<RunProgress>.Continuation

  /// A verification that has not begun.
  ///
  /// - Parameters:
  ///   - source: Where the event objects lie.
  ///   - checkpoints: Where the checkpoints and the state lie.
  ///   - configuration: That of the runs.
  ///   - environment: Time, chance and waiting.
  public init(
    source: any ObjectStore, checkpoints: any ObjectStore, configuration: RunConfiguration,
    environment: RunEnvironment = .system
  ) {
    self.source = source
    self.checkpoints = checkpoints
    self.configuration = configuration
    self.environment = environment
    (progress, report) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
  }

  /// Verifies, once.
  ///
  /// - Throws: ``RunError`` when source or state cannot be read, and `CancellationError`.
  public func execute() async throws -> VerificationReport {
    defer {
      report.yield(.finished)
      report.finish()
    }
    let schema = try configuration.rowSchema()
    var outcome = VerificationReport()
    let state = try await state(&outcome)
    let plan = try await list(state, &outcome)
    let fetched = try await fetch(plan, schema, &outcome)
    // What no run has come to yet need not be there, but may.
    let isPending = plan.pending(state, fetched.versions)
    let done = fetched.origins.indices.filter { !isPending(fetched.origins[$0]) }
    outcome.pending = (0..<plan.count).count { isPending($0) }
    var groups = FileGroups(fetched.batch, configuration.keyTemplate)
    let known = state?.checkpoints ?? []
    _ = groups.select(configuration.onlyGroups, of: fetched.batch, known: known)
    let all = Dictionary(uniqueKeysWithValues: groups.files.map { ($0.key, $0.rows) })
    let keys = Set(all.keys)
      .union(known.filter { $0.holds(configuration.onlyGroups) }.map(\.key))
      .sorted(by: ObjectKey.precedes)
    let isDone = Set(done)
    for (index, key) in keys.enumerated() {
      report.yield(.verifying(done: index, total: keys.count))
      let rows = all[key] ?? []
      let verifier = FileVerifier(
        store: checkpoints, schema: schema, template: configuration.keyTemplate)
      let mustBe = try BatchMerge.merge(
        existing: EventBatch(schema: schema.rows), new: fetched.batch,
        rows: rows.filter(isDone.contains)
      ).batch
      let mayBe =
        isDone.count == fetched.origins.count
        ? mustBe
        : try BatchMerge.merge(
          existing: EventBatch(schema: schema.rows), new: fetched.batch, rows: rows
        ).batch
      try await verifier.verify(key, mustBe: mustBe, mayBe: mayBe, &outcome)
    }
    report.yield(.verifying(done: keys.count, total: keys.count))
    return outcome
  }

  private func state(_ outcome: inout VerificationReport) async throws -> CheckpointState? {
    let blank = configuration.blankState(source: source)
    let loaded = try await StateStore(checkpoints, configuration, environment)
      .load(about: blank)
    if let problem = loaded.problem {
      outcome.warnings.append(
        "The state cannot be used, so no object counts as pending. " + problem)
    }
    guard let state = loaded.state else { return nil }
    guard state.isAboutTheSame(as: blank) else {
      outcome.warnings.append(
        "The last run had another key template, event schema or treatment of unknown fields; the "
          + "checkpoints are compared with what this one would make.")
      return nil
    }
    return state
  }

  private func list(
    _ state: CheckpointState?, _ outcome: inout VerificationReport
  ) async throws -> VerificationPlan {
    var plan = VerificationPlan(since: state?.completeUntil)
    let request = ListRequest(
      prefix: configuration.sourcePrefix,
      eTags: state?.completeUntil.map { .modifiedSince($0) } ?? .none,
      looksLikeObject: RunConfiguration.isEventKey)
    do {
      try await source.list(request) { page in
        plan.add(page)
        report.yield(.listing(objects: plan.listed))
      }
    } catch let error as ObjectStoreError {
      throw RunError(.source, "The source could not be listed. \(error)", underlying: error)
    }
    outcome.listed = plan.listed
    outcome.archived = plan.archived
    return plan
  }

  private func fetch(
    _ plan: VerificationPlan, _ schema: RowSchema, _ outcome: inout VerificationReport
  ) async throws -> FetchResult {
    let fetch = Fetch(source, schema.rows, configuration, environment)
    let total = plan.count
    let fetched = try await fetch.run(plan.items, from: 0, Fetch.Bounds()) { [report] done in
      report.yield(.fetching(done: done, total: total))
    }
    outcome.events = fetched.origins.count
    outcome.excluded = fetched.excluded
    outcome.refused = fetched.refused.count
    outcome.unreadable = fetched.unreadable.count { !$0.isArchived }
    outcome.archived += fetched.unreadable.count { $0.isArchived }
    outcome.warnings += fetched.unreadable.prefix(VerificationReport.listedDifferences)
      .map { "An object could not be read: \($0.reason)" }
    return fetched
  }
}

/// The objects that a verification reads, and their versions.
private struct VerificationPlan {
  private(set) var items = Plan(Plan.Knowledge(readsEverything: true))
  /// The ETags of what may be newer than the last run.
  private var eTags: [String: ETag] = [:]
  private let since: Timestamp?
  private(set) var archived = 0

  init(since: Timestamp?) {
    self.since = since
  }

  var listed: Int { items.listed }
  var count: Int { items.count }

  mutating func add(_ page: ListingPage) {
    items.add(page)
    if let since {
      for object in page.objects where object.lastModified >= since {
        if let eTag = object.eTag { eTags[object.key] = eTag }
      }
    }
    archived = items.archived.count
  }

  /// Whether an item is one that no run has come to yet.
  ///
  /// - Parameter fetched: The versions that were read; they may have come after the listing.
  func pending(
    _ state: CheckpointState?, _ fetched: [FetchResult.Version]
  ) -> (Int) -> Bool {
    guard let state, let mark = state.completeUntil else { return { _ in false } }
    let toRetry = Set(state.toRetry.map(\.key))
    let read = Dictionary(fetched.map { ($0.item, $0) }) { $1 }
    return { [items, eTags] index in
      let item = items[index]
      if toRetry.contains(item.key) { return true }
      if let read = read[index] {
        return read.lastModified >= mark && !state.seen.contains(read.version)
      }
      guard item.lastModified >= mark else { return false }
      guard let eTag = eTags[item.key] else { return true }
      let version = ContentHash.version(
        key: item.key, eTag: eTag, lastModified: item.lastModified)
      return !state.seen.contains(version)
    }
  }
}
