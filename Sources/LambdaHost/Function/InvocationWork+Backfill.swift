import CheckpointCore
import Logging

// The steps of a backfill, as a state machine invokes them.

extension InvocationWork {
  /// Lays out batches of objects; the answer says where the manifest of the workers' events is.
  func plan(_ id: String, batchSize: Int) async throws -> RunAnswer {
    let plan = try await backfill("Backfill plan", id) { backfill in
      try await backfill.plan(batchSize: batchSize)
    } summary: { _ in
      nil
    }
    logger.info(
      "Backfill plan done",
      metadata: [
        "backfill": .string(id), "batches": .stringConvertible(plan.batches.count),
        "objects": .stringConvertible(plan.objects), "archived": .stringConvertible(plan.archived),
      ])
    return RunAnswer(
      statusCode: 200,
      body: .object([
        ("backfill", .string(id)), ("bucket", .string(configuration.checkpointBucket)),
        ("manifest", .string(configuration.checkpointDirectory + plan.manifest)),
        ("batches", .integer(plan.batches.count)), ("objects", .integer(plan.objects)),
        ("archived", .integer(plan.archived)),
      ]))
  }

  /// Reads the objects of a batch.
  func work(_ id: String, batch: String) async throws -> RunAnswer {
    let outcome = try await backfill("Backfill batch", id) { backfill in
      try await backfill.work(batch: batch)
    } summary: {
      $0.wasDone ? nil : $0.summary
    }
    if outcome.wasDone {
      logger.info(
        "Backfill batch was done before",
        metadata: ["backfill": .string(id), "batch": .string(batch)])
    }
    return answer(
      outcome.summary,
      [
        ("backfill", .string(id)), ("batch", .string(batch)),
        ("partial", .string(configuration.checkpointDirectory + outcome.partial)),
        ("done_before", .boolean(outcome.wasDone)),
      ])
  }

  /// Folds partial checkpoints into the checkpoints, as many as there is time for.
  ///
  /// `remaining` counts those that are left, so that a state machine knows whether to invoke it again.
  func merge(_ id: String) async throws -> RunAnswer {
    let outcome = try await backfill("Backfill merge", id, scope: .partials) { backfill in
      try await backfill.merge()
    } summary: {
      shown($0.summary)
    }
    var summary = shown(outcome.summary)
    summary.remaining = outcome.partialsLeft
    var answer = answer(
      summary,
      [
        ("backfill", .string(id)), ("finished", .boolean(outcome.isFinished)),
        ("batches_missing", .integer(outcome.batchesMissing)),
      ])
    // Merging again would fail again: somebody has to look at the checkpoint.
    if !summary.failedGroups.isEmpty { answer.statusCode = 500 }
    answer.body = InvocationWork.bounded(answer.body)
    return answer
  }

  /// An answer as Step Functions can take it, which takes 256 KiB: of long lists the first entries. How
  /// many there are is said beside them, and the log has them all.
  private static func bounded(_ body: JSONValue) -> JSONValue {
    guard case .object(let members) = body else { return body }
    return .object(
      members.map { name, value in
        guard case .array(let entries) = value else { return (name, value) }
        return (name, .array(Array(entries.prefix(100))))
      })
  }

  private func answer(_ summary: RunSummary, _ more: [(String, JSONValue)]) -> RunAnswer {
    var answer = RunAnswer(summary)
    if case .object(let members) = answer.body { answer.body = .object(more + members) }
    return answer
  }

  private func backfill<Outcome: Sendable>(
    _ name: String, _ id: String, scope: RunScope = .objects,
    _ step: @escaping @Sendable (Backfill) async throws -> Outcome,
    summary: (Outcome) -> RunSummary?
  ) async throws -> Outcome {
    let run = configuration.runConfiguration(budget: try deadline.budget())
    return try await observe(
      name, scope: scope,
      { [environment] source, checkpoints in
        let backfill = try Backfill(
          source: source, checkpoints: checkpoints, configuration: run, id: id,
          environment: environment)
        return (nil, { try await step(backfill) })
      }, summary: summary)
  }
}
