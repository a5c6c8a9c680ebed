extension S3Client {
  /// Runs a call, and cancels it when its deadline passes.
  ///
  /// - Throws: What the call throws, or ``S3Error/Code/deadlineExceeded``.
  func withDeadline<Result: Sendable>(
    _ deadline: ContinuousClock.Instant?, of request: S3Request,
    _ call: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    guard let deadline else { return try await call() }
    let isChange = request.isChange
    return try await withDeadline(
      deadline, of: AnswerOrigin(request), mayHaveSucceeded: { isChange }, call)
  }

  /// Runs a call of several requests, and cancels it when its deadline passes.
  ///
  /// - Parameter mayHaveSucceeded: Whether what the call is for may have happened by now.
  /// - Throws: What the call throws, or ``S3Error/Code/deadlineExceeded``.
  func withDeadline<Result: Sendable>(
    _ deadline: ContinuousClock.Instant, of origin: AnswerOrigin, mayHaveSucceeded: () -> Bool,
    _ call: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    func exceeded(_ mayHaveSucceeded: Bool) -> S3Error {
      var error = S3Error(
        .deadlineExceeded, "The deadline of the call has passed.")
      origin.complete(&error)
      error.mayHaveSucceeded = mayHaveSucceeded
      return error
    }
    if deadline <= .now { throw exceeded(false) }
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await call() }
      group.addTask {
        try await Task.sleep(until: deadline, clock: .continuous)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else {
        throw exceeded(mayHaveSucceeded())
      }
      return result
    }
  }
}
