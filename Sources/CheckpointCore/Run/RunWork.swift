import EventLogModel

/// What a run knows and has done so far: values only, no calls of a store.
struct RunWork {
  let configuration: RunConfiguration
  var summary = RunSummary()
  /// The state of the last run; nil where there is none that is about the same.
  var previous: CheckpointState?
  /// The version of the state's object.
  var stateETag: ETag?
  /// Whether something lies under the state's key that is no state.
  var isStateLost = false
  /// The state that this run will leave.
  var next: CheckpointState
  /// Stands for source, template, schema and policy in the footers.
  var basis = ""
  /// Whether checkpoints go over to another key template.
  var isMigrating = false
  /// The rows of checkpoints under an earlier template.
  var carriedOver: EventBatch
  var inspection = Inspection()
  var knowledge = Plan.Knowledge()
  /// Until when everything is done if nothing is left undone.
  var mark = Timestamp.earliest
  var fetched: FetchResult
  /// Items of the plan that are not done, and why.
  var undone: [Int: String] = [:]
  /// Checkpoints that are up to date.
  private var committed: [String: CheckpointState.Checkpoint] = [:]
  /// Checkpoints that could not be brought up to date.
  private var failed: Set<String> = []
  /// Whether a dry run would have changed rows.
  private var wouldChange = false

  /// As many objects are named in a warning; the others are counted.
  private static let namedObjects = 5

  init(_ configuration: RunConfiguration) {
    self.configuration = configuration
    carriedOver = EventBatch(schema: configuration.schema)
    fetched = FetchResult(schema: configuration.schema)
    next = CheckpointState(
      source: "", keyTemplate: configuration.keyTemplate.text, schema: configuration.schema,
      unknownFields: configuration.unknownFields.rawValue)
  }

  mutating func warn(_ sentence: String) {
    summary.warnings.append(sentence)
  }

  // MARK: - After reading

  /// - Throws: `EventBatchError` when the strings of a column exceed 4 GiB.
  mutating func summarizeFetch(_ plan: Plan) throws {
    let accepted = fetched.origins.count
    summary.totalEvents = accepted + fetched.excluded
    summary.filteredEvents = fetched.excluded
    summary.refused = fetched.refused.count
    summary.unreadable = fetched.unreadable.count
    summary.vanished = fetched.vanished.count
    summary.fetched = accepted + fetched.excluded + fetched.refused.count
    if !fetched.vanished.isEmpty {
      warn(
        "\(fetched.vanished.count) objects went away between listing and reading: "
          + RunWork.names(fetched.vanished.sorted(by: ObjectKey.precedes)) + ".")
    }
    for unreadable in fetched.unreadable { undone[unreadable.item] = unreadable.reason }
    if !fetched.unreadable.isEmpty {
      let reasons = fetched.unreadable.sorted { $0.item < $1.item }
        .prefix(RunWork.namedObjects).map(\.reason)
      warn(
        "\(fetched.unreadable.count) objects could not be read and are tried again by the next "
          + "run, such as: " + reasons.joined(separator: " "))
    }
    // Rows that come from no object of this run have no item of the plan.
    try fetched.batch.append(contentsOf: carriedOver)
    fetched.origins += [Int](repeating: -1, count: carriedOver.count)
    carriedOver = EventBatch(schema: configuration.schema)
  }

  private static func names(_ keys: [String]) -> String {
    let named = keys.prefix(namedObjects).map { "\"\($0)\"" }.joined(separator: ", ")
    return keys.count > namedObjects ? named + " and \(keys.count - namedObjects) more" : named
  }

  /// Until when a checkpoint is complete once its new rows are merged: the footer has no list of
  /// retries, so objects that could not be read hold it back.
  func footerMark(_ plan: Plan) -> Timestamp? {
    fetched.unreadable.reduce(mark) { min($0, plan.items[$1.item].object.lastModified) }
  }

  func trust(in key: String) -> Commit.Trust {
    guard !knowledge.readsEverything, let previous,
      previous.checkpoints.contains(where: { $0.key == key }), let eTag = inspection.trusted[key]
    else { return .any }
    return .only(eTag)
  }

  // MARK: - After merging

  private var groupNames: [String] {
    configuration.schema.group.map { configuration.schema.fields[$0].name }
  }

  mutating func succeed(_ outcome: Commit.Outcome) {
    committed[outcome.checkpoint.key] = outcome.checkpoint
    for warning in outcome.warnings { warn(warning) }
    for group in outcome.groups where group.offered > 0 {
      if group.added + group.replaced > 0 { wouldChange = true }
      summary.successfulGroups.append(
        RunSummary.Group(
          names: groupNames, values: group.values, events: group.added + group.replaced,
          rows: group.rows, checkpointKey: outcome.checkpoint.key))
    }
  }

  mutating func fail(_ file: FileGroups.File, _ reason: String, _ plan: Plan) {
    failed.insert(file.key)
    var groups: Set<[String]> = []
    let columns = configuration.schema.group.map { fetched.batch.columns[$0] }
    for row in file.rows {
      groups.insert(columns.map { $0.string(at: row) ?? "" })
      let item = fetched.origins[row]
      // What an earlier run has done stays done: the state keeps vouching for the version of the
      // checkpoint that holds it, and another version is looked at by the next run.
      if item >= 0, !plan.items[item].wasDone { undone[item] = reason }
    }
    if inspection.failed[file.key] != nil {
      let known = previous?.checkpoints.first { $0.key == file.key }
      for group in known?.groups ?? [] { groups.insert(group.values) }
    }
    let ordered = groups.sorted { $0.lexicographicallyPrecedes($1) }
    for values in ordered.isEmpty ? [[]] : ordered {
      summary.failedGroups.append(
        RunSummary.FailedGroup(
          names: groupNames, values: values, error: reason, checkpointKey: file.key))
    }
  }

  // MARK: - The next state

  /// Works out the state that this run leaves.
  mutating func settle(_ plan: Plan) {
    if plan.events == 0, var kept = previous {
      // An empty source is more likely one that is not mounted than one that is empty. The mark
      // stays, so that nothing is passed over when the objects are back.
      kept.checkpoints = entries()
      next = kept
      return
    }
    var left: [CheckpointState.Undone] = []
    for (item, reason) in undone {
      let object = plan.items[item].object
      left.append(.init(key: object.key, lastModified: object.lastModified, reason: reason))
    }
    next.settle(
      undone: left, previous: previous?.toRetry ?? [], mark: plan.events == 0 ? nil : mark)
    let lost = knowledge.toRetry.subtracting(plan.retried)
    if !lost.isEmpty {
      warn(
        "\(lost.count) objects that were to be tried again are gone: "
          + RunWork.names(lost.sorted(by: ObjectKey.precedes)) + ".")
    }
    next.seen = seen(plan)
    next.checkpoints = entries()
    let newlyRefused = fetched.refused.count { !plan.items[$0.item].wasDone }
    next.refused =
      knowledge.readsEverything
      ? fetched.refused.count : (previous?.refused ?? 0) + newlyRefused
  }

  /// The versions done since the mark; the newest ones where there are too many, since the mark
  /// passes the others sooner.
  private func seen(_ plan: Plan) -> Set<UInt64> {
    guard let mark = next.completeUntil else { return [] }
    var versions = plan.done.filter { $0.lastModified >= mark }
    for version in fetched.versions
    where version.lastModified >= mark && undone[version.item] == nil {
      versions.append(Plan.Done(version: version.version, lastModified: version.lastModified))
    }
    if versions.count > CheckpointState.maximumSeen {
      versions.sort { ($1.lastModified, $1.version) < ($0.lastModified, $0.version) }
      versions.removeSubrange(CheckpointState.maximumSeen...)
    }
    return Set(versions.map(\.version))
  }

  /// The checkpoints as they are now. Of one that failed the last good version stays on record, so
  /// that the next run notices whatever is put in its place.
  private func entries() -> [CheckpointState.Checkpoint] {
    var entries: [String: CheckpointState.Checkpoint] = [:]
    for checkpoint in previous?.checkpoints ?? [] {
      entries[checkpoint.key] = inspection.observed[checkpoint.key] ?? checkpoint
      if failed.contains(checkpoint.key) {
        entries[checkpoint.key] = checkpoint
      } else if inspection.gone.contains(checkpoint.key) {
        entries[checkpoint.key] = nil
      }
    }
    for (key, checkpoint) in committed { entries[key] = checkpoint }
    return entries.values.sorted { ObjectKey.precedes($0.key, $1.key) }
  }

  mutating func finishSummary(_ plan: Plan) {
    summary.checkpoints = next.checkpoints.count
    summary.rows = next.rows
    summary.isDryRun = configuration.isDryRun
    if configuration.isDryRun {
      summary.remaining = undone.count + (wouldChange ? plan.items.count - undone.count : 0)
      summary.complete = !wouldChange && undone.isEmpty && summary.failedGroups.isEmpty
    } else {
      summary.remaining = undone.count
      summary.complete = undone.isEmpty && summary.failedGroups.isEmpty
    }
  }

  /// Whether the state says something new. A mark alone that has moved on is not worth a write: it
  /// would make every run change something, and an older mark is never wrong. But where objects were
  /// read that the old mark does not call done, it would have them read again by every run.
  func isStateWorthWriting(_ plan: Plan) -> Bool {
    guard let previous, !isStateLost else { return true }
    if fetched.versions.contains(where: { !plan.items[$0.item].wasDone }) {
      return next != previous
    }
    guard let mark = next.completeUntil, let earlier = previous.completeUntil, mark >= earlier
    else { return next != previous }
    var same = previous
    same.completeUntil = mark
    return next != same
  }
}
