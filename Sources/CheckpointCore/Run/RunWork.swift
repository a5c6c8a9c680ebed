import EventLogModel

/// What one pass of a run knows and has done so far: values only, no calls of a store.
///
/// A pass is a listing and the rounds that read what it planned.
struct RunWork {
  let configuration: RunConfiguration
  let schema: RowSchema
  private var tally: RunTally
  /// The state of the last run; nil where there is none that is about the same.
  var previous: CheckpointState?
  /// The state as it was last read or written.
  var written: CheckpointState?
  /// What other runs have written to the state meanwhile.
  var foreign: CheckpointState?
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
  /// The versions of checkpoints that were there when the run began, where that matters.
  var found: [String: ETag] = [:]
  var knowledge = Plan.Knowledge()
  /// The record of refused objects, where it is gone over again.
  var recall: RefusedRecall?
  /// How many refused objects there are besides those that this run has refused.
  var refusedBefore = 0
  /// Until when everything is done if nothing is left undone.
  var mark = Timestamp.earliest
  /// What the current round has read.
  var round: FetchResult
  /// Items of the current round that are not done, and why.
  var roundUndone: [Int: String] = [:]
  /// Items of the current round whose checkpoint could not be written.
  private var roundFailed: Set<Int> = []
  /// Objects that are new and belong to checkpoints that were not asked for, or to none.
  private var leftOut = 0
  /// What is not done, of all rounds.
  private(set) var undone = UndoneList()
  /// The oldest object that could not be read, or that a checkpoint lacks because a round could not
  /// write it: footers have no list of retries.
  private var lackingFrom: Timestamp?
  /// The oldest object that was being read when time was up.
  private var interruptedFrom: Timestamp?
  private var interrupted = 0
  /// Items of those that are on the list of retries.
  private var interruptedRetries: [Int] = []
  /// The newest versions that are done, of all rounds.
  private var done: [Plan.Done] = []
  /// Checkpoints that are up to date.
  private var committed: [String: CheckpointState.Checkpoint] = [:]
  /// The versions that they came from.
  private(set) var ancestry: [String: [ETag]] = [:]
  /// Checkpoints that could not be brought up to date.
  private(set) var failed: Set<String> = []
  /// Whether objects were read that no run had done: even if they lie before the mark and changed no
  /// row, they must not be read by every run until something else is new.
  private var hasReadNews = false
  /// Objects that this run has refused, and that no run had refused before.
  private var newlyRefused = 0
  /// Objects that could not be read, and why, a few of each kind.
  private var unreadableReasons: [String] = []
  private var vanishedKeys: [String] = []

  init(_ configuration: RunConfiguration, _ schema: RowSchema, summary: RunSummary) {
    self.configuration = configuration
    self.schema = schema
    tally = RunTally(schema.rows, summary: summary)
    carriedOver = EventBatch(schema: schema.rows)
    round = FetchResult(schema: schema.rows)
    next = CheckpointState(
      source: "", keyTemplate: configuration.keyTemplate.text, schema: configuration.schema,
      unknownFields: configuration.unknownFields.rawValue)
  }

  var summary: RunSummary {
    get { tally.summary }
    _modify { yield &tally.summary }
  }

  mutating func warn(_ sentence: String) { tally.warn(sentence) }

  // MARK: - After reading

  /// Takes in what a round has read.
  ///
  /// - Throws: `EventBatchError` when the strings of a column exceed 4 GiB.
  mutating func take(_ result: FetchResult, _ plan: Plan) throws {
    round = result
    roundUndone = [:]
    tally.count(round)
    for item in round.vanished where vanishedKeys.count < RunTally.namedObjects {
      vanishedKeys.append(plan[item].key)
    }
    for unreadable in round.unreadable {
      roundUndone[unreadable.item] = unreadable.reason
      lackingFrom = earlier(lackingFrom, plan[unreadable.item].lastModified)
      if unreadableReasons.count < RunTally.namedObjects {
        unreadableReasons.append(unreadable.reason)
      }
    }
    interrupted += round.interrupted.count
    for item in round.interrupted {
      if plan.holdsMark(item) {
        interruptedFrom = earlier(interruptedFrom, plan[item].lastModified)
      } else if plan.isRetry(item) {
        interruptedRetries.append(item)
        lackingFrom = earlier(lackingFrom, plan[item].lastModified)
      }
    }
    newlyRefused += round.refused.count { !plan[$0.item].wasDone }
    if recall?.pending.isEmpty == false {
      let unread = Set(round.unreadable.map(\.item) + round.interrupted)
      for item in (result.next - itemCount(result))..<result.next where !unread.contains(item) {
        recall?.pending.remove(ContentHash.key(plan[item].key))
      }
    }
    // Rows that come from no object of this run have no item of the plan.
    try round.batch.append(contentsOf: carriedOver)
    round.origins += [Int](repeating: -1, count: carriedOver.count)
    carriedOver = EventBatch(schema: schema.rows)
  }

  /// Forgets what the only round has read, since nothing of it is committed.
  mutating func abandonRound() {
    // What was refused is not on record anew, so it stays there as it was.
    recall = nil
    round = FetchResult(schema: schema.rows)
    roundUndone = [:]
    interrupted = 0
    interruptedFrom = nil
    interruptedRetries = []
  }

  /// The items that a round went over.
  private func itemCount(_ result: FetchResult) -> Int {
    result.origins.count + result.excluded + result.refused.count + result.unreadable.count
      + result.interrupted.count + result.vanished.count
  }

  private func earlier(_ left: Timestamp?, _ right: Timestamp?) -> Timestamp? {
    guard let left, let right else { return left ?? right }
    return min(left, right)
  }

  /// Until when everything is done, but for what is on lists.
  private func currentMark(_ plan: Plan) -> Timestamp {
    let left = earlier(plan.oldest(from: round.next), interruptedFrom)
    return min(mark, left ?? mark)
  }

  /// Until when a checkpoint is complete once its new rows are merged: the footer has no list of
  /// retries, nor of what lies in an archive, so objects that could not be read hold it back.
  func footerMark(_ plan: Plan) -> CheckpointFile.Mark {
    let mark = currentMark(plan)
    var left = earlier(plan.oldest(from: round.next, hasRetries: false), lackingFrom)
    left = earlier(left, plan.archived.from)
    return CheckpointFile.Mark(completeUntil: min(mark, left ?? mark), basis: basis)
  }

  func trust(in key: String) -> Commit.Trust {
    // What earlier rounds have merged is in the version that they wrote, and in no other.
    if let own = committed[key] { return own.eTag.map { .only($0) } ?? .unknown }
    guard !knowledge.readsEverything, let previous,
      previous.checkpoints.contains(where: { $0.key == key }), let eTag = inspection.trusted[key]
    else { return .any }
    return .only(eTag)
  }

  // MARK: - After merging

  mutating func succeed(_ outcome: Commit.Outcome) {
    let key = outcome.checkpoint.key
    committed[key] = outcome.checkpoint
    ancestry[key] = outcome.ancestors
    tally.succeed(outcome)
  }

  mutating func fail(_ file: FileGroups.File, _ reason: String, _ plan: Plan) {
    failed.insert(file.key)
    for row in file.rows {
      let item = round.origins[row]
      guard item >= 0 else { continue }
      lackingFrom = earlier(lackingFrom, plan[item].lastModified)
      roundFailed.insert(item)
      // What an earlier run has done stays done: the state keeps vouching for the version of the
      // checkpoint that holds it, and another version is looked at by the next run.
      if !plan[item].wasDone { roundUndone[item] = reason }
    }
    let known =
      inspection.failed[file.key] == nil
      ? nil : previous?.checkpoints.first { $0.key == file.key }
    tally.fail(file, of: round.batch, reason, known: known?.groups ?? [])
  }

  /// Leaves out rows that belong to checkpoints that were not asked for.
  mutating func leaveOut(_ rows: [Int], _ plan: Plan) {
    guard configuration.onlyGroups != nil else { return }
    leftOut += rows.count { round.origins[$0] >= 0 && !plan.wasDone(round.origins[$0]) }
    leftOut += round.refused.count { !plan.wasDone($0.item) }
  }

  // MARK: - The next state

  /// Works out the state after the current round.
  mutating func settle(_ plan: Plan) {
    closeRound(plan)
    guard configuration.onlyGroups == nil else { return settlePart() }
    if plan.events == 0, var kept = previous {
      // An empty source is more likely one that is not mounted than one that is empty. The mark
      // stays, so that nothing is passed over when the objects are back.
      kept.checkpoints = entries()
      next = kept
      if let foreign { next.merge(foreign, ancestry: ancestry) }
      return
    }
    var left = undone
    // Retries that were not reached stay on the list.
    let unreached = (round.next..<max(round.next, plan.count)).lazy.filter(plan.isRetry)
    for item in interruptedRetries + Array(unreached) {
      left.add(.init(key: plan[item].key, lastModified: plan[item].lastModified, reason: nil))
    }
    next.settle(
      undone: left, previous: previous?.toRetry ?? [],
      mark: plan.events == 0 ? nil : currentMark(plan))
    next.seen = seen(plan)
    next.archived = plan.archived
    next.listed = plan.counts
    next.checkpoints = entries()
    next.refused =
      recall.map { $0.pending.count + summary.refused } ?? refusedBefore + newlyRefused
    if let foreign { next.merge(foreign, ancestry: ancestry) }
  }

  /// The state after a run that brought only some checkpoints up to date: no mark moves, and what is
  /// new is new for the next run as well.
  private mutating func settlePart() {
    var part = previous ?? next
    let known = Set(undone.entries.map(\.key))
    part.settle(
      undone: undone, previous: part.toRetry, mark: previous?.completeUntil)
    part.toRetry += (previous?.toRetry ?? []).filter { !known.contains($0.key) }
      .prefix(max(0, CheckpointState.maximumRetries - part.toRetry.count))
    part.toRetry.sort { ($0.lastModified, $0.key) < ($1.lastModified, $1.key) }
    // Of the others nothing is known, even if they were looked at: what was found is not put right.
    var entries = Dictionary(uniqueKeysWithValues: part.checkpoints.map { ($0.key, $0) })
    for (key, checkpoint) in committed where !failed.contains(key) { entries[key] = checkpoint }
    part.checkpoints = entries.values.sorted { ObjectKey.precedes($0.key, $1.key) }
    next = part
    if let foreign { next.merge(foreign, ancestry: ancestry) }
  }

  /// Moves what the round has done, and has not, to the lists of all rounds.
  private mutating func closeRound(_ plan: Plan) {
    for (item, reason) in roundUndone {
      undone.add(
        .init(key: plan[item].key, lastModified: plan[item].lastModified, reason: reason))
    }
    let mark = currentMark(plan)
    if round.versions.contains(where: { !plan.wasDone($0.item) }) { hasReadNews = true }
    // What has appeared is counted from now on, even if it changed no row.
    if !knowledge.grownMonths.isEmpty { hasReadNews = true }
    for version in round.versions
    where version.lastModified >= mark && roundUndone[version.item] == nil {
      // What was done is the version that was listed, and another one may have been read.
      if roundFailed.contains(version.item), !knowledge.seen.contains(version.version) { continue }
      done.append(Plan.Done(version: version.version, lastModified: version.lastModified))
    }
    if done.count > 2 * CheckpointState.maximumSeen { done = RunWork.newest(done) }
    roundUndone = [:]
    roundFailed = []
    round.versions = []
  }

  private static func newest(_ versions: [Plan.Done]) -> [Plan.Done] {
    guard versions.count > CheckpointState.maximumSeen else { return versions }
    return Array(
      versions.sorted { ($1.lastModified, $1.version) < ($0.lastModified, $0.version) }
        .prefix(CheckpointState.maximumSeen))
  }

  /// The versions done since the mark; the newest ones where there are too many, since the mark
  /// passes the others sooner.
  private func seen(_ plan: Plan) -> Set<UInt64> {
    guard let mark = next.completeUntil else { return [] }
    let versions = (plan.done + done).filter { $0.lastModified >= mark }
    return Set(RunWork.newest(versions).map(\.version))
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
    for (key, checkpoint) in committed {
      entries[key] = checkpoint
      // A later round failed: what the file holds is to be looked at.
      if failed.contains(key) {
        entries[key]?.eTag = nil
        entries[key]?.descendsFrom = nil
      }
    }
    return entries.values.sorted { ObjectKey.precedes($0.key, $1.key) }
  }

  /// Whether the state says something new. A mark alone that has moved on is not worth a write: it
  /// would make every run change something, and an older mark is never wrong.
  var isStateWorthWriting: Bool {
    if configuration.onlyGroups != nil { return next != written }
    guard let written, !isStateLost, !hasReadNews else { return true }
    guard let mark = next.completeUntil, let earlier = written.completeUntil, mark >= earlier
    else { return next != written }
    var same = written
    same.completeUntil = mark
    same.listed = next.listed
    return next != same
  }

  // MARK: - The end

  private static let wantOfTime =
    " objects were not read for want of time; the next run goes on from there."

  mutating func finishSummary(_ plan: Plan) {
    summary.checkpoints = next.checkpoints.count
    summary.soundCheckpoints = tally.sound(next.checkpoints)
    summary.rows = next.rows
    summary.isDryRun = configuration.isDryRun
    let unread = plan.count - round.next + interrupted + plan.leftOut
    summary.remaining = undone.count + unread + leftOut
    if configuration.isDryRun, tally.hasChanges { summary.remaining = plan.count + plan.leftOut }
    summary.archived += plan.archived.count
    summary.complete =
      summary.remaining == 0 && summary.archived == 0 && summary.failedGroups.isEmpty
      && summary.stateError == nil && !(configuration.isDryRun && tally.hasChanges)
    warnOfObjects(plan, unread: unread)
  }

  private mutating func warnOfObjects(_ plan: Plan, unread: Int) {
    if summary.vanished > 0 {
      warn(
        "\(summary.vanished) objects went away between listing and reading: "
          + RunTally.names(vanishedKeys, of: summary.vanished) + ".")
    }
    if !unreadableReasons.isEmpty {
      warn(
        "\(summary.unreadable + summary.archived - plan.archived.count) objects could not be read "
          + "and are tried again by the next run, such as: "
          + unreadableReasons.joined(separator: " "))
    }
    let lost = knowledge.toRetry.subtracting(plan.retried)
    if !lost.isEmpty {
      warn(
        "\(lost.count) objects that were to be tried again are gone: "
          + RunTally.names(lost.sorted(by: ObjectKey.precedes), of: lost.count) + ".")
    }
    if plan.archived.count > 0 {
      warn(
        "\(plan.archived.count) objects lie in an archive storage class and are not merged until "
          + "they are restored: " + RunTally.names(plan.archivedKeys, of: plan.archived.count) + "."
      )
    }
    summary.warnings.removeAll { $0.hasSuffix(RunWork.wantOfTime) }
    if leftOut > 0 {
      warn(
        "\(leftOut) new objects were left for a run without such a choice: they belong to other "
          + "checkpoints, or were refused.")
    }
    if unread > 0, !configuration.isDryRun {
      warn("\(unread)" + RunWork.wantOfTime)
    }
  }
}
