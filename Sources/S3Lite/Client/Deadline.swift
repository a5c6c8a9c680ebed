extension S3Client {
  /// Runs a call, and cancels it when its deadline passes.
  ///
  /// - Throws: What the call throws, or ``S3Error/Code/deadlineExceeded``.
  func withDeadline<Result: Sendable>(
    _ deadline: ContinuousClock.Instant?, of request: S3Request,
    _ call: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    guard let deadline else { return try await call() }
    func exceeded() -> S3Error {
      var error = S3Error(
        .deadlineExceeded, "The deadline of the call has passed.")
      AnswerOrigin(request).complete(&error)
      error.mayHaveSucceeded = request.isChange
      return error
    }
    if deadline <= .now { throw exceeded() }
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await call() }
      group.addTask {
        try await Task.sleep(until: deadline, clock: .continuous)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else { throw exceeded() }
      return result
    }
  }
}
