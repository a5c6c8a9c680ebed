import CheckpointCore
import Logging

// Notifications: only the objects that they name are looked at, and nothing is listed.

extension InvocationWork {
  /// Answers notifications that nobody keeps.
  ///
  /// - Throws: ``InvocationFailure`` where objects are left undone, so that they are delivered again.
  func answer(
    _ notifications: [ObjectNotification], _ faults: [String]
  ) async throws(InvocationFailure) -> RunAnswer {
    let selected = NotifiedObjects(notifications, configuration)
    log(faults.map { (nil, $0) })
    log(selected)
    let outcome: (summary: RunSummary, undone: [String: String])
    do {
      outcome = try await run(selected)
    } catch let error as ConfigurationError {
      _ = try answer(failure: error)
      throw InvocationFailure(.configuration, error.description)
    } catch {
      _ = try answer(failure: error)
      throw InvocationFailure(.objectsUndone, "Nothing could be done. \(error)")
    }
    if let first = outcome.undone.min(by: { $0.key < $1.key }) {
      throw InvocationFailure(
        .objectsUndone,
        "\(outcome.undone.count) of \(selected.keys.count) objects are not merged, among them "
          + "\"\(configuration.sourceDirectory)\(first.key)\": \(first.value)")
    }
    var summary = outcome.summary
    summary.warnings += faults.prefix(NotifiedObjects.listed).map { "Not understood: \($0)" }
    return RunAnswer(summary)
  }

  /// Answers messages of a queue with the ids of those that it must keep: exactly those that were
  /// not understood, and those that name an object which is left undone.
  func answer(_ messages: [QueueMessage]) async throws(InvocationFailure) -> QueueAnswer {
    let selected = messages.map { NotifiedObjects($0.notifications, configuration) }
    let all = NotifiedObjects(merging: selected)
    log(messages.flatMap { message in message.faults.map { (message.id, $0) } })
    log(all)
    let undone: (String) -> Bool
    do {
      let outcome = try await run(all)
      undone = { outcome.undone[$0] != nil }
    } catch {
      _ = try answer(failure: error)
      undone = { _ in true }
    }
    let failed = zip(messages, selected).filter { message, objects in
      !message.faults.isEmpty || objects.keys.contains(where: undone)
    }.map(\.0.id)
    if !failed.isEmpty {
      logger.warning(
        "Messages are left to the queue",
        metadata: [
          "failed": .stringConvertible(failed.count),
          "messages": .stringConvertible(messages.count),
          "message_ids": .array(failed.prefix(NotifiedObjects.listed).map { .string($0) }),
        ])
    }
    return QueueAnswer(failed: failed)
  }

  /// Reads and merges the objects; without any, nothing is asked of S3.
  ///
  /// - Returns: What was done, and the objects that are left undone, each with the reason.
  private func run(
    _ objects: NotifiedObjects
  ) async throws -> (summary: RunSummary, undone: [String: String]) {
    var summary = RunSummary()
    var undone: [String: String] = [:]
    if objects.keys.isEmpty {
      logger.info("Notification names no object to read")
    } else {
      let run = configuration.runConfiguration(budget: try deadline.budget())
      let outcome = try await select(.keys(objects.keys), run, "Notification")
      (summary, undone) = (shown(outcome.summary), outcome.undone)
    }
    summary.listed += objects.withoutWork
    summary.ignored += objects.withoutWork
    return (summary, undone)
  }

  /// Does a run over some objects only.
  func select(
    _ selection: SelectionRun.Selection, _ run: RunConfiguration, _ name: String
  ) async throws -> SelectionRun.Outcome {
    try await observe(
      name, scope: .objects,
      { [environment] source, checkpoints in
        let run = SelectionRun(
          source: source, checkpoints: checkpoints, configuration: run, selection: selection,
          environment: environment)
        return (run.progress, { try await run.execute() })
      }, summary: { shown($0.summary) })
  }

  private func log(_ objects: NotifiedObjects) {
    guard objects.withoutWork > 0 else { return }
    logger.debug(
      "Notifications that ask for nothing",
      metadata: [
        "foreign": .stringConvertible(objects.foreign),
        "removed": .stringConvertible(objects.removed), "other": .stringConvertible(objects.other),
        "such_as": .array(objects.examples.map { .string($0) }),
      ])
  }

  /// Logs what was not understood: the first faults one by one, then how many more there are.
  private func log(_ faults: [(message: String?, fault: String)]) {
    for (message, fault) in faults.prefix(NotifiedObjects.listed) {
      var metadata: Logger.Metadata = ["error": .string(fault)]
      if let message { metadata["message_id"] = .string(message) }
      logger.error("A notification is not understood", metadata: metadata)
    }
    if faults.count > NotifiedObjects.listed {
      logger.error(
        "More notifications are not understood",
        metadata: ["count": .stringConvertible(faults.count - NotifiedObjects.listed)])
    }
  }
}
