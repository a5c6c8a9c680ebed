import EventLogModel

// What a run does before it reads any object: state, checkpoints, listing.

extension CheckpointRun {
  var stateStore: StateStore {
    StateStore(checkpoints, configuration, environment)
  }

  var refusedLog: RefusedLog {
    RefusedLog(checkpoints, configuration, environment)
  }

  func prepare(_ work: inout RunWork, isFirst: Bool) async throws {
    let blank = configuration.blankState(source: source)
    work.next = blank
    work.basis = blank.basis
    let loaded = try await stateStore.load(about: blank)
    work.stateETag = loaded.eTag
    work.isStateLost = loaded.problem != nil
    if let problem = loaded.problem {
      work.warn(
        "The state \"\(configuration.stateKey)\" cannot be used, so all objects are read again. "
          + problem)
    }
    if let state = loaded.state {
      if state.isAboutTheSame(as: blank) {
        work.previous = state
        work.written = state
      } else {
        try await changeOver(from: state, to: blank, &work)
      }
    }
    try await inspect(&work, isFirst: isFirst)
    if isFirst, configuration.onlyGroups == nil,
      configuration.retriesRefused || work.knowledge.readsEverything
    {
      try await recallRefused(&work)
    }
    work.knowledge.refused = work.recall?.pending ?? []
  }

  /// Everything is read again, since what the state says is about something else. The rows of
  /// checkpoints under an earlier template go along, as their objects may be gone.
  private func changeOver(
    from state: CheckpointState, to blank: CheckpointState, _ work: inout RunWork
  ) async throws {
    var changes: [String] = []
    if state.keyTemplate != blank.keyTemplate {
      changes.append("the key template was \"\(state.keyTemplate)\"")
    }
    if state.schema != blank.schema { changes.append("the event schema was another one") }
    if state.unknownFields != blank.unknownFields {
      changes.append("unknown fields were treated by \"\(state.unknownFields)\"")
    }
    work.warn(
      "All objects are read again, because in the last run \(changes.joined(separator: " and ")).")
    guard state.keyTemplate != blank.keyTemplate else { return }
    guard configuration.onlyGroups == nil else {
      throw RunError(
        .migration,
        "Checkpoints go over to another key template with all their groups, not with some. Run once "
          + "without naming groups.")
    }
    work.isMigrating = true
    var kept: [String] = []
    for checkpoint in state.checkpoints {
      do {
        let source = try await ObjectByteSource(
          checkpoints, checkpoint.key, tail: CheckpointFile.tailSize)
        let file = try await CheckpointFile(source, schema: work.schema.file)
        let rows = try work.schema.rows(
          of: try await file.read(), completeUntil: file.mark?.completeUntil)
        try work.carriedOver.append(contentsOf: rows)
        kept.append(checkpoint.key)
      } catch let error as ObjectStoreError where error.code == .notFound {
        work.warn("The checkpoint \"\(checkpoint.key)\" is gone; its rows come from the sources.")
      } catch let error as CancellationError {
        throw error
      } catch {
        throw RunError(
          .migration,
          "The rows of \"\(checkpoint.key)\" could not be carried over to the new key template. "
            + "\(error) Restore the file, or remove it to do without.", underlying: error)
      }
    }
    if !kept.isEmpty {
      work.warn(
        "\(kept.count) checkpoints under the earlier key template, such as \"\(kept[0])\", stay "
          + "where they are and are no longer kept current; their rows are carried over.")
    }
  }

  private func inspect(_ work: inout RunWork, isFirst: Bool) async throws {
    if (configuration.rebuilds && isFirst) || work.previous == nil {
      work.knowledge.readsEverything = true
      if configuration.onlySources {
        for checkpoint in work.previous?.checkpoints ?? [] {
          // Where it cannot be told, more rows stay.
          work.found[checkpoint.key] = try? await checkpoints.head(checkpoint.key).eTag
        }
      }
    } else if let previous = work.previous {
      work.inspection = try await Inspection.run(
        previous.checkpoints, in: checkpoints, schema: work.schema, basis: work.basis,
        concurrency: configuration.concurrency,
        readConcurrency: configuration.commitConcurrency)
      work.knowledge.readsEverything = work.inspection.readsEverything
      work.knowledge.readsFrom = work.inspection.readsFrom
      for warning in work.inspection.warnings { work.warn(warning) }
    }
    if let previous = work.previous {
      work.knowledge.completeUntil = previous.completeUntil
      work.knowledge.seen = previous.seen
      work.knowledge.toRetry = Set(previous.toRetry.map(\.key))
      work.knowledge.archived = previous.archived
      work.refusedBefore = previous.refused
    }
  }

  /// Finds out which objects are on record as refused.
  private func recallRefused(_ work: inout RunWork) async throws {
    do {
      work.recall = try await refusedLog.recall()
    } catch let error as ObjectStoreError {
      throw RunError(
        .state, "The record of refused objects could not be read, so nothing was done. \(error)",
        underlying: error)
    }
  }

  // MARK: - Listing

  func list(_ work: inout RunWork, _ clock: RunClock) async throws -> Plan {
    if !work.knowledge.readsEverything, configuration.onlyGroups == nil {
      work.knowledge.listed = work.previous?.listed
    }
    var plan = try await listOnce(&work, clock)
    let grown = plan.grownMonths
    if !grown.isEmpty {
      let months = grown.sorted().prefix(RunTally.namedObjects).map(ListedCounts.text)
      work.warn(
        "Objects have appeared that were modified earlier than the overlap allows for, in "
          + months.joined(separator: ", ") + (grown.count > months.count ? " and more" : "")
          + "; all objects of these months are read again. If they are replicas, choose an overlap "
          + "that is longer than replication takes.")
      work.knowledge.grownMonths = grown
      work.knowledge.listed = nil
      plan = try await listOnce(&work, clock)
    }
    plan.finish()
    work.recall?.pending.formIntersection(plan.refused)
    work.summary.listed = plan.listed
    work.summary.ignored = plan.ignored
    for entry in plan.skipped { work.warn("\"\(entry.key)\" was passed over. \(entry.reason)") }
    if plan.skippedCount > plan.skipped.count {
      work.warn("\(plan.skippedCount - plan.skipped.count) more such entries were passed over.")
    }
    return plan
  }

  private func listOnce(_ work: inout RunWork, _ clock: RunClock) async throws -> Plan {
    let demand: ListRequest.ETagDemand =
      work.knowledge.completeUntil.map { .modifiedSince($0) } ?? .none
    let request = ListRequest(
      prefix: configuration.sourcePrefix, eTags: demand,
      looksLikeObject: RunConfiguration.isEventKey)
    // A rebuild replaces each file by one write, so it is planned whole.
    let bound = configuration.rebuilds ? Int.max : configuration.plannedObjects
    var plan: Plan?
    var isWhole = false
    var knowledge = work.knowledge
    var clockWarning: String?
    do {
      try await source.list(request) { page in
        if plan == nil {
          if let mark = knowledge.completeUntil, mark > page.serverTime {
            // The clock stood wrong when the mark was made, or stands wrong now. What was uploaded
            // before the mark in the meantime would be passed over.
            clockWarning =
              "The last run was complete until \(mark), but the source's clock shows "
              + "\(page.serverTime); all objects are read again."
            knowledge.completeUntil = nil
            knowledge.seen = []
            knowledge.readsEverything = true
            knowledge.listed = nil
          }
          knowledge.countsUntil = page.serverTime.before(by: configuration.overlapMicroseconds)
          plan = Plan(knowledge, bound: bound)
        }
        plan?.add(page)
        isWhole = page.isLast
        report.yield(.listing(objects: plan?.listed ?? 0))
        guard isWhole || !clock.isReadingOver else {
          throw RunError(
            .outOfTime,
            "The time of the run was over after \(plan?.listed ?? 0) objects were listed, so "
              + "nothing was done. Give it more time.")
        }
      }
    } catch let error as ObjectStoreError {
      throw RunError(
        .source, "The source could not be listed, so nothing was done. \(error)",
        underlying: error)
    }
    guard let plan, isWhole, let serverTime = plan.serverTime else {
      throw RunError(.source, "The listing of the source ended early, so nothing was done.")
    }
    work.knowledge = knowledge
    if let clockWarning { work.warn(clockWarning) }
    work.mark = serverTime.before(by: configuration.overlapMicroseconds)
    if !work.knowledge.readsEverything, let earlier = work.knowledge.completeUntil {
      // What the last run said still holds, even if the overlap is a longer one now.
      work.mark = max(work.mark, earlier)
    }
    return plan
  }
}

extension Timestamp {
  /// An instant so many microseconds earlier.
  func before(by microseconds: Int64) -> Timestamp {
    Timestamp(microsecondsSinceEpoch: microsecondsSinceEpoch - microseconds)
  }
}

extension RunConfiguration {
  /// A state that says that nothing is done, about what this run is about.
  func blankState(source: any ObjectStore) -> CheckpointState {
    CheckpointState(
      source: source.identity + sourcePrefix, keyTemplate: keyTemplate.text, schema: schema,
      unknownFields: unknownFields.rawValue)
  }
}

extension CheckpointState {
  /// What stands for source, key template, schema and policy in the footers of the checkpoints.
  var basis: String {
    let text = [source, keyTemplate, schema, unknownFields].joined(separator: "\0")
    return ContentHash.eTag(of: Array(text.utf8)).rawValue
  }
}
