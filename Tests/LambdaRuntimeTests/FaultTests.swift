import LambdaRuntime
import LambdaRuntimeServer
import Testing

@Suite("Faults of the Runtime API")
struct FaultTests {
  @Test(
    "An invocation that does not come is asked for again",
    arguments: [
      RuntimeAPIFault.reset, .close, .garbage, .status(403, body: #"{"errorType":"Forbidden"}"#),
      .status(404), .status(429), .status(302),
    ])
  func nextAgain(fault: RuntimeAPIFault) async throws {
    let function = TestFunction()
    let outcome = try await function.run(faults: [(fault, .next, 3)]) { server in
      await server.invoke("x")
    }
    #expect(outcome == .response(Array("x".utf8)))
    #expect(function.log.texts.count(where: { $0.contains("asked again") }) == 3)
  }

  @Test(
    "No invocation after several attempts ends the loop",
    arguments: [RuntimeAPIFault.reset, .close, .garbage, .status(403), .status(400)])
  func nextEnds(fault: RuntimeAPIFault) async throws {
    let function = TestFunction()
    let (error, calls) = try await LambdaRuntimeServer.run { server in
      server.inject(fault, on: .next, times: 1_000)
      let runtime = try function.runtime(server)
      let error = await #expect(throws: LambdaRuntimeError.self) { try await runtime.run() }
      return (error, server.calls)
    }
    #expect(error?.code == .noInvocation)
    #expect(error?.message.contains("5 attempts") == true)
    #expect(calls.count == 5)
  }

  @Test("A Runtime API that does not listen ends the loop")
  func nobodyListens() async throws {
    let function = TestFunction()
    let server = try await LambdaRuntimeServer.start()
    let runtime = try function.runtime(server)
    try await server.stop()
    let error = await #expect(throws: LambdaRuntimeError.self) { try await runtime.run() }
    #expect(error?.code == .noInvocation)
  }

  @Test(
    "A container error ends the loop", arguments: RuntimeAPICall.Kind.allCases, [500, 503])
  func containerError(kind: RuntimeAPICall.Kind, status: Int) async throws {
    guard kind != .initError else { return }
    struct Thrown: Error {}
    let function = TestFunction { event, _ in
      if kind == .error { throw Thrown() }
      return event
    }
    let error = try await function.failure { server in
      server.inject(.status(status, body: "Container error"), on: kind)
      _ = await server.invoke("x")
      if kind == .next { _ = await server.invoke("y") }
    }
    let runtimeError = try #require(error as? LambdaRuntimeError)
    #expect(runtimeError.code == .containerError)
    #expect(runtimeError.message.contains("\(status)"))
  }

  @Test(
    "A refused answer is logged, and the loop goes on",
    arguments: [RuntimeAPICall.Kind.response, .error], [302, 400, 403, 404, 413, 429])
  func refusedAnswer(kind: RuntimeAPICall.Kind, status: Int) async throws {
    struct Thrown: Error {}
    let function = TestFunction { event, _ in
      if kind == .error, event == [1] { throw Thrown() }
      return event
    }
    let outcome = try await function.run { server in
      server.inject(.statusAfterEffect(status), on: kind)
      _ = await server.invoke(InvocationRequest([1], requestID: "first"))
      return await server.invoke(InvocationRequest([2], requestID: "second"))
    }
    #expect(outcome == .response([2]))
    #expect(function.log.errors.contains { $0.contains("status \(status)") })
  }

  @Test("A response that is too long for Lambda becomes an error")
  func tooLarge() async throws {
    var function = TestFunction()
    function.serverConfiguration.responseLimit = 10
    let outcomes = try await function.run { server in
      // Where Lambda has told the caller itself, and where it has not.
      var outcomes = [await server.invoke("12345678901"), await server.invoke("1234567890")]
      server.inject(.status(413), on: .response)
      outcomes.append(await server.invoke("123"))
      outcomes.append(await server.invoke("1234"))
      return outcomes
    }
    guard case .functionError(let first) = outcomes[0] else {
      Issue.record("\(outcomes[0])")
      return
    }
    #expect(first.type == "Function.ResponseSizeTooLarge")
    #expect(outcomes[1] == .response(Array("1234567890".utf8)))
    #expect(try ErrorDocument(outcomes[2]).errorType == "Function.ResponseSizeTooLarge")
    #expect(outcomes[3] == .response(Array("1234".utf8)))
  }

  @Test(
    "An answer is sent again where the connection fails, and counts once",
    arguments: [RuntimeAPIFault.reset, .close, .garbage, .resetAfterEffect])
  func answeredAgain(fault: RuntimeAPIFault) async throws {
    let function = TestFunction()
    let (outcomes, calls) = try await function.run { server in
      server.inject(fault, on: .response)
      let outcomes = [
        await server.invoke("first", id: "1"), await server.invoke("second", id: "2"),
      ]
      return (outcomes, server.calls)
    }
    #expect(outcomes == [.response(Array("first".utf8)), .response(Array("second".utf8))])
    #expect(calls.count(where: { $0.path.hasSuffix("/1/response") }) == 2)
  }

  @Test("A connection that is closed between two invocations is made anew")
  func closedBetween() async throws {
    let (outcomes, connections) = try await TestFunction().run { server in
      server.inject(.closeAfterAnswer, on: .response, times: 2)
      var outcomes: [InvocationOutcome] = []
      for text in ["a", "b", "c"] { outcomes.append(await server.invoke(text)) }
      return (outcomes, server.connections)
    }
    #expect(outcomes == ["a", "b", "c"].map { .response(Array($0.utf8)) })
    #expect(connections == 3)
  }

  @Test("A slow answer is waited for")
  func slow() async throws {
    let outcome = try await TestFunction().run { server in
      server.inject(.delay(.milliseconds(30)), on: .response)
      server.inject(.delay(.milliseconds(30)), on: .next)
      return await server.invoke("x")
    }
    #expect(outcome == .response(Array("x".utf8)))
  }
}
