import LambdaRuntimeServer

/// One invocation of a function on this computer, under a Runtime API server of its own.
struct LocalInvocation {
  /// How the invocation ended.
  enum Ending: Sendable {
    case outcome(InvocationOutcome)
    /// The function has ended before it answered.
    case functionEnded(reason: String)
  }

  let request: InvocationRequest

  /// Invokes a function.
  ///
  /// - Parameter function: Runs the function's loop against the address of a Runtime API, until it is
  ///   cancelled or cannot go on.
  func ending(
    of function: @escaping @Sendable (_ address: String) async throws -> Void
  ) async throws -> Ending {
    try await LambdaRuntimeServer.run { server in
      await withTaskGroup(of: Ending.self) { group in
        group.addTask {
          do {
            try await function(server.address)
            return .functionEnded(reason: "it ended by itself")
          } catch {
            return .functionEnded(reason: "\(error)")
          }
        }
        group.addTask { .outcome(await server.invoke(request)) }
        let first = await group.next()
        // A function that reports why it cannot begin ends right after it.
        let failure = server.initFailure
        group.cancelAll()
        if let failure { return .outcome(.initError(failure)) }
        return first ?? .functionEnded(reason: "it was not started")
      }
    }
  }
}
