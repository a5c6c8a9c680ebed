import LambdaRuntime
import LambdaRuntimeServer
import ServiceLifecycle
import Testing

@Suite("Shutting down")
struct ShutdownTests {
  @Test("ends the wait for an invocation at once")
  func waiting() async throws {
    let function = TestFunction()
    try await LambdaRuntimeServer.run { server in
      let group = ServiceGroup(services: [try function.runtime(server)], logger: LogRecord().logger)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        while !server.isPolled { try await Task.sleep(for: .milliseconds(1)) }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
      }
    }
    #expect(function.log.errors.isEmpty)
  }

  @Test("lets a handler finish, answers for it, and asks for nothing more")
  func inFlight() async throws {
    let started = Gate()
    let function = TestFunction { event, _ in
      started.open()
      // The group tells its services some time after it was asked to.
      while !Task.isShuttingDownGracefully { try await Task.sleep(for: .milliseconds(1)) }
      return event
    }
    let (outcome, calls) = try await LambdaRuntimeServer.run { server in
      let group = ServiceGroup(services: [try function.runtime(server)], logger: LogRecord().logger)
      return try await withThrowingTaskGroup(of: InvocationOutcome?.self) { tasks in
        tasks.addTask {
          try await group.run()
          return nil
        }
        tasks.addTask { await server.invoke("x") }
        await started.wait()
        await group.triggerGracefulShutdown()
        var outcome: InvocationOutcome?
        for try await value in tasks { outcome = value ?? outcome }
        return (outcome, server.calls)
      }
    }
    #expect(outcome == .response(Array("x".utf8)))
    #expect(calls.count(where: { $0.method == "GET" }) == 1)
  }

  @Test("by cancellation ends the loop with CancellationError")
  func cancelled() async throws {
    let function = TestFunction()
    try await LambdaRuntimeServer.run { server in
      let runtime = try function.runtime(server)
      await withTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          await #expect(throws: CancellationError.self) { try await runtime.run() }
        }
        while !server.isPolled { await Task.yield() }
        tasks.cancelAll()
      }
    }
  }
}
