import LambdaHost
import S3TestServer
import Testing

@Suite("Deadlines")
struct DeadlineTests {
  @Test("Without time for any work the answer says so, and S3 is not asked")
  func noTime() async throws {
    try await FunctionFixture.run(["DEADLINE_MARGIN_SECONDS": "30"]) { fixture in
      let run = try await fixture.answer("{}", within: .seconds(20))
      #expect(run.status == 500)
      #expect(run.body["error"].string?.contains("DEADLINE_MARGIN_SECONDS") == true)
      let queue = try await fixture.answer(
        Sample.sqs([Sample.s3("logs/log-1.json"), Sample.testEvent]), within: .seconds(20))
      #expect(queue.failures == ["m0"])
      let error = await #expect(throws: InvocationFailure.self) {
        try await fixture.answer(Sample.s3("logs/log-1.json"), within: .seconds(20))
      }
      #expect(error?.code == .objectsUndone)
      #expect(fixture.server.requests.isEmpty)
    }
  }

  @Test("A run that runs out of time commits what it has, and says how much is left")
  func partial() async throws {
    try await FunctionFixture.run(["DEADLINE_MARGIN_SECONDS": "1"]) { fixture in
      for name in 1...3 { fixture.put(TestEvent(ptid: "p\(name)"), "log-\(name).json") }
      // One object hangs; the others are committed before the deadline.
      fixture.server.inject(
        Fault(.afterEffect, .silence), on: .getObject, key: "logs/log-2.json", occurrences: 1...1)
      let answer = try await fixture.answer("{}", within: .seconds(4))
      #expect(answer.status == 200)
      #expect(answer.body["complete"].boolean == false)
      #expect(answer.body["remaining"].integer == 1)
      #expect(fixture.metrics["Backlog"] == [1])
      #expect(try await fixture.rows() == ["p1", "p3"])
      let next = try await fixture.answer("{}", within: .seconds(60))
      #expect(next.body["complete"].boolean == true)
      #expect(try await fixture.rows() == ["p1", "p2", "p3"])
    }
  }

  @Test("What hangs where no budget reaches is given up before the deadline")
  func hanging() async throws {
    try await FunctionFixture.run(["DEADLINE_MARGIN_SECONDS": "1"]) { fixture in
      fixture.put(TestEvent(), "log-1.json")
      fixture.server.inject(
        Fault(.afterEffect, .silence), on: .listObjectsV2, occurrences: 1...10)
      let answer = try await fixture.answer("{}", within: .seconds(2))
      #expect(answer.status == 500)
      #expect(answer.body["error"].string?.contains("timeout") == true)
    }
  }

  @Test("A task that is cancelled gives its invocation up")
  func cancelled() async throws {
    try await FunctionFixture.run { fixture in
      fixture.server.inject(
        Fault(.afterEffect, .silence), on: .listObjectsV2, occurrences: 1...10)
      let work = Task { try await fixture.answer("{}", within: .seconds(60)) }
      while fixture.server.requests(.listObjectsV2).isEmpty {
        try await Task.sleep(for: .milliseconds(10))
      }
      work.cancel()
      let error = await #expect(throws: InvocationFailure.self) { try await work.value }
      #expect(error?.code == .cancelled)
    }
  }
}
