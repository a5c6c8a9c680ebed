import CheckpointCore
import Logging

// Commands: what a schedule, a person or a state machine asks for.

extension InvocationWork {
  /// Answers a command.
  func answer(_ command: FunctionCommand) async throws(InvocationFailure) -> RunAnswer {
    do {
      switch command {
      case .run(let run): return try await answer(run)
      case .verify: return try await verify()
      case .compact(let isDryRun): return try await compact(isDryRun: isDryRun)
      case .backfillPlan(let id, let size): return try await plan(id, batchSize: size)
      case .backfillBatch(let id, let batch): return try await work(id, batch: batch)
      case .backfillMerge(let id): return try await merge(id)
      }
    } catch {
      return try answer(failure: error)
    }
  }

  private func answer(_ command: FunctionCommand.Run) async throws -> RunAnswer {
    var run = configuration.runConfiguration(budget: try deadline.budget())
    run.isDryRun = command.isDryRun
    run.rebuilds = command.rebuilds
    run.onlySources = command.onlySources
    run.retriesRefused = command.retriesRefused
    run.onlyGroups = command.groups
    if let prefix = command.prefix, prefix != configuration.sourcePrefix {
      let selection = try narrowed(to: prefix, command)
      return RunAnswer(shown(try await select(selection, run, "Run of a prefix").summary))
    }
    return RunAnswer(shown(try await execute(run)))
  }

  /// The objects under a part of the source.
  private func narrowed(
    to prefix: String, _ command: FunctionCommand.Run
  ) throws(FunctionEventError) -> SelectionRun.Selection {
    guard prefix.utf8.starts(with: configuration.sourcePrefix.utf8) else {
      throw FunctionEventError(
        "The prefix \"\(prefix.prefix(200))\" does not lie within SOURCE_PREFIX, which is "
          + "\"\(configuration.sourcePrefix)\".")
    }
    guard !command.rebuilds, !command.retriesRefused else {
      throw FunctionEventError(
        "Only the action run can be about a prefix: the others are about all objects.")
    }
    let directory = configuration.sourceDirectory.utf8.count
    return .prefix(String(Substring(prefix.utf8.dropFirst(directory))))
  }

  /// Does a run over the whole source.
  private func execute(_ run: RunConfiguration) async throws -> RunSummary {
    try await observe(
      "Run",
      { [environment] source, checkpoints in
        let run = CheckpointRun(
          source: source, checkpoints: checkpoints, configuration: run, environment: environment)
        return (run.progress, { try await run.execute() })
      }, summary: { shown($0) })
  }

  /// A summary with the keys of checkpoints as they are in the bucket.
  func shown(_ summary: RunSummary) -> RunSummary {
    var summary = summary
    summary.prefixKeys(with: configuration.checkpointDirectory)
    return summary
  }

  private func verify() async throws -> RunAnswer {
    let run = configuration.runConfiguration(budget: try deadline.budget())
    var report = try await observe(
      "Verification",
      { [environment] source, checkpoints in
        let verification = CheckpointVerification(
          source: source, checkpoints: checkpoints, configuration: run, environment: environment)
        return (verification.progress, { try await verification.execute() })
      }, summary: { _ in nil })
    let directory = configuration.checkpointDirectory
    for index in report.checkpoints.indices {
      report.checkpoints[index].key = directory + report.checkpoints[index].key
    }
    for index in report.differences.indices {
      let key = report.differences[index].checkpointKey
      report.differences[index].checkpointKey = directory + key
    }
    logger.log(
      level: report.isProven ? .info : .error, "Verification done",
      metadata: [
        "proven": .stringConvertible(report.isProven), "events": .stringConvertible(report.events),
        "rows": .stringConvertible(report.rows),
        "differences": .stringConvertible(report.differenceCount),
        "unreadable": .stringConvertible(report.unreadable),
      ])
    return RunAnswer(statusCode: report.isProven ? 200 : 207, body: report.json)
  }

  private func compact(isDryRun: Bool) async throws -> RunAnswer {
    var run = configuration.runConfiguration(budget: try deadline.budget())
    run.isDryRun = isDryRun
    let chosen = run
    var report = try await observe(
      "Compaction",
      { [environment] _, checkpoints in
        let compaction = CheckpointCompaction(
          checkpoints: checkpoints, configuration: chosen, environment: environment)
        return (nil, { try await compaction.execute() })
      }, summary: { _ in nil })
    for index in report.files.indices {
      report.files[index].key = configuration.checkpointDirectory + report.files[index].key
    }
    let failures = report.files.filter { $0.error != nil }
    for file in failures {
      logger.error(
        "Checkpoint not compacted",
        metadata: ["checkpoint_key": .string(file.key), "error": .string(file.error ?? "")])
    }
    logger.info(
      "Compaction done",
      metadata: [
        "checkpoints": .stringConvertible(report.files.count),
        "changed": .stringConvertible(report.files.count { $0.isChanged }),
        "failed": .stringConvertible(failures.count),
      ])
    let status =
      switch report.exitStatus {
      case 0: 200
      case 3: 500
      default: 207
      }
    return RunAnswer(statusCode: status, body: report.json)
  }
}
