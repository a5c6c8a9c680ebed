import LambdaHost
import LambdaObservability
import LambdaRuntime
import LambdaRuntimeServer
import Logging
import S3TestServer
import ServiceLifecycle
import Synchronization
import Testing

@Suite("The function in the loop")
struct HandlerTests {
  /// Runs the loop with a function beside `body`.
  private func run(
    _ fixture: FunctionFixture, flush: @escaping @Sendable () -> Void = {},
    _ body: @escaping @Sendable (LambdaRuntimeServer) async throws -> Void
  ) async throws {
    try await LambdaRuntimeServer.run { server in
      let runtime = LambdaRuntime(
        environment: try LambdaRuntimeEnvironment(["AWS_LAMBDA_RUNTIME_API": server.address]),
        handler: CheckpointHandler(fixture.function, flush: flush), logger: LogRecorder().logger)
      let group = ServiceGroup(services: [runtime], logger: LogRecorder().logger)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        tasks.addTask {
          do {
            try await body(server)
            await group.triggerGracefulShutdown()
          } catch {
            await group.triggerGracefulShutdown()
            throw error
          }
        }
        try await tasks.waitForAll()
      }
    }
  }

  @Test("Answers and failures reach whoever has invoked the function")
  func answers() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-1.json")
      try await run(fixture) { server in
        let answer = await server.invoke(InvocationRequest(Array("{}".utf8), requestID: "1"))
        guard case .response(let bytes) = answer else {
          Issue.record("\(answer)")
          return
        }
        #expect(Answer(bytes: bytes).status == 200)
        fixture.server.put("checkpoints/events.parquet", in: "bucket", [1])
        fixture.put(TestEvent(ptid: "b"), "log-2.json")
        let failure = await server.invoke(
          InvocationRequest(Array(Sample.s3("logs/log-2.json").utf8), requestID: "2"))
        guard case .functionError(let report) = failure else {
          Issue.record("\(failure)")
          return
        }
        #expect(report.type == "Function.ObjectsUndone")
        #expect(String(decoding: report.body, as: UTF8.self).contains("logs/log-2.json"))
      }
    }
  }

  @Test("The deadline that the Runtime API tells is kept")
  func deadline() async throws {
    try await FunctionFixture.run(["DEADLINE_MARGIN_SECONDS": "60"]) { fixture in
      try await run(fixture) { server in
        let late = await server.invoke(
          InvocationRequest(Array("{}".utf8), requestID: "1", timeout: .seconds(50)))
        guard case .response(let bytes) = late else {
          Issue.record("\(late)")
          return
        }
        #expect(Answer(bytes: bytes).status == 500)
        #expect(fixture.server.requests.isEmpty)
        let early = await server.invoke(
          InvocationRequest(Array("{}".utf8), requestID: "2", timeout: .seconds(300)))
        guard case .response(let bytes) = early else {
          Issue.record("\(early)")
          return
        }
        #expect(Answer(bytes: bytes).status == 200)
      }
    }
  }

  @Test("Metrics are flushed once for each invocation, and before it is answered")
  func flushing() async throws {
    try await FunctionFixture.run { fixture in
      let flushed = Mutex<[LambdaInvocation?]>([])
      let note: @Sendable () -> Void = {
        let current = LambdaInvocation.current
        flushed.withLock { $0.append(current) }
      }
      try await run(fixture, flush: note) { server in
        for (id, event) in [("1", "{}"), ("2", "["), ("3", "{}")] {
          _ = await server.invoke(InvocationRequest(Array(event.utf8), requestID: id))
          #expect(flushed.withLock { $0.last??.requestID } == id)
        }
      }
      let all = flushed.withLock { $0 }
      #expect(all.map { $0?.requestID } == ["1", "2", "3"])
      #expect(all.map { $0?.isColdStart } == [true, false, false])
    }
  }
}
