import CheckpointCore

/// How the time of an invocation is divided: work is to be committed a margin before the deadline,
/// and what still hangs at half the margin is given up, so that there is an answer in any case.
struct InvocationDeadline: Sendable {
  private let deadline: ContinuousClock.Instant?
  private let margin: Duration

  init(_ deadline: ContinuousClock.Instant?, margin: Duration) {
    self.deadline = deadline
    self.margin = margin
  }

  /// How long the work may take from now on; nil for as long as it needs.
  ///
  /// - Throws: ``OutOfTime`` where there is no time for any work.
  func budget() throws -> Duration? {
    guard let deadline else { return nil }
    let left = deadline - .now
    guard left > margin else { throw OutOfTime(left: left, margin: margin) }
    return left - margin
  }

  /// Does some work, and gives it up when time is running out.
  ///
  /// - Throws: ``OutOfTime`` then, what `work` throws otherwise.
  func limit<Outcome: Sendable>(
    _ work: @escaping @Sendable () async throws -> Outcome
  ) async throws -> Outcome {
    guard let deadline else { return try await work() }
    let end = deadline - margin / 2
    return try await withThrowingTaskGroup(of: Outcome?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        try await ContinuousClock().sleep(until: end)
        return nil
      }
      defer { group.cancelAll() }
      for try await outcome in group {
        guard let outcome else { break }
        return outcome
      }
      group.cancelAll()
      // What is cancelled may have come to its end all the same.
      do {
        for try await outcome in group {
          if let outcome { return outcome }
        }
      } catch {
        try Task.checkCancellation()
      }
      throw OutOfTime(left: deadline - .now, margin: margin)
    }
  }
}

/// There is no time for any work, or no more.
struct OutOfTime: Error, CustomStringConvertible {
  /// What a ``CheckpointCore/RunError`` calls it.
  static let code = RunError.Code.outOfTime

  let left: Duration
  let margin: Duration

  var description: String {
    let (seconds, _) = left.components
    return "\(max(0, seconds)) seconds are left until the function's timeout, and "
      + "DEADLINE_MARGIN_SECONDS keeps \(margin.components.seconds) of them free, so the work was "
      + "given up. Give the function a longer timeout."
  }
}
