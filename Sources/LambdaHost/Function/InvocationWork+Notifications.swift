import CheckpointCore

// Notifications: a run over everything finds what they name, too.

extension InvocationWork {
  /// Answers notifications that nobody keeps.
  func answer(
    _ notifications: [ObjectNotification], _ faults: [String]
  ) async throws(InvocationFailure) -> RunAnswer {
    try await answer(.run(.init()))
  }

  /// Answers messages of a queue.
  func answer(_ messages: [QueueMessage]) async throws(InvocationFailure) -> QueueAnswer {
    let answer = try await answer(.run(.init()))
    return QueueAnswer(failed: answer.statusCode == 200 ? [] : messages.map(\.id))
  }
}
