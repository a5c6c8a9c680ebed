import LambdaRuntime
import LambdaRuntimeServer
import NIOHTTP1
import TestSupport
import Testing

@Suite("The loop")
struct LoopTests {
  @Test(
    "hands events to the handler and answers to Lambda as they are",
    arguments: [0, 1, 70_000, LambdaRuntime.payloadLimit])
  func passesBytes(count: Int) async throws {
    var generator = SplitMix64(seed: UInt64(count))
    let event = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let outcome = try await TestFunction { event, _ in event.map { ~$0 } }.run { server in
      await server.invoke(InvocationRequest(event, requestID: "a"))
    }
    #expect(outcome == .response(event.map { ~$0 }))
  }

  @Test("gives the handler all that the headers say")
  func context() async throws {
    let now: Int64 = 1_700_000_000_000
    var function = TestFunction { _, context in
      Array(
        [
          context.requestID, context.invokedFunctionARN, String(context.deadlineMilliseconds),
          context.traceID ?? "-", context.clientContext ?? "-", context.cognitoIdentity ?? "-",
          "\(context.timeRemaining(at: now))",
        ].joined(separator: "|").utf8)
    }
    function.serverConfiguration.now = { now }
    let outcomes = try await function.run { server in
      let full = InvocationRequest(
        [], requestID: "id-1", timeout: .seconds(30), functionARN: "arn:aws:lambda:x:1:function:f",
        traceID: "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        clientContext: #"{"client":{}}"#, cognitoIdentity: #"{"cognitoIdentityId":"é"}"#)
      let bare = InvocationRequest([], requestID: "id-2", timeout: .seconds(30))
      return [await server.invoke(full), await server.invoke(bare)]
    }
    let texts = outcomes.map { outcome in
      if case .response(let bytes) = outcome { String(decoding: bytes, as: UTF8.self) } else { "" }
    }
    #expect(
      texts[0] == "id-1|arn:aws:lambda:x:1:function:f|1700000030000|"
        + "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1|"
        + #"{"client":{}}|{"cognitoIdentityId":"é"}|30.0 seconds"#)
    #expect(texts[1].hasSuffix("|1700000030000|-|-|-|30.0 seconds"))
  }

  @Test("keeps one connection for all calls, and asks again at once")
  func oneConnection() async throws {
    let (connections, calls) = try await TestFunction().run { server in
      for index in 0..<40 {
        let outcome = await server.invoke("\(index)", id: "id-\(index)")
        #expect(outcome == .response(Array("\(index)".utf8)))
      }
      return (server.connections, server.calls)
    }
    #expect(connections == 1)
    let paths = calls.prefix(80).map { "\($0.method) \($0.path)" }
    let expected = (0..<40).flatMap { index in
      [
        "GET /2018-06-01/runtime/invocation/next",
        "POST /2018-06-01/runtime/invocation/id-\(index)/response",
      ]
    }
    #expect(paths == expected)
    #expect(calls.allSatisfy { $0.headers.first(name: "user-agent")?.isEmpty == false })
  }

  @Test("answers with an error whose handler throws, and goes on")
  func handlerError() async throws {
    struct OutOfLuck: Error, CustomStringConvertible {
      let description = "No \"luck\"\ntoday: \u{1} \u{1F340}"
    }
    struct Reported: LambdaReportableError {
      let lambdaErrorType = "Function.Reported"
      let lambdaErrorMessage = "as it says"
    }
    let function = TestFunction { event, _ in
      switch String(decoding: event, as: UTF8.self) {
      case "luck": throw OutOfLuck()
      case "reported": throw Reported()
      default: return event
      }
    }
    let (outcomes, calls) = try await function.run { server in
      var outcomes: [InvocationOutcome] = []
      for text in ["luck", "reported", "fine"] { outcomes.append(await server.invoke(text)) }
      return (outcomes, server.calls)
    }
    let first = try ErrorDocument(outcomes[0])
    #expect(first.errorType == "OutOfLuck")
    #expect(first.errorMessage == OutOfLuck().description)
    #expect(first.stackTrace.isEmpty)
    let second = try ErrorDocument(outcomes[1])
    #expect(second.errorType == "Function.Reported")
    #expect(second.errorMessage == "as it says")
    #expect(outcomes[2] == .response(Array("fine".utf8)))
    let headers = calls.filter { $0.path.hasSuffix("/error") }.map(\.headers)
    #expect(
      headers.map { $0.first(name: "lambda-runtime-function-error-type") }
        == ["OutOfLuck", "Function.Reported"])
    #expect(
      headers.allSatisfy {
        $0.first(name: "content-type") == "application/vnd.aws.lambda.error+json"
      })
  }

  @Test("answers with an error where a response is too long")
  func longResponse() async throws {
    var function = TestFunction { event, _ in
      [UInt8](repeating: 0x20, count: Int(String(decoding: event, as: UTF8.self)) ?? 0)
    }
    function.configuration.responseLimit = 1_000
    let outcomes = try await function.run { server in
      [await server.invoke("1000"), await server.invoke("1001"), await server.invoke("2")]
    }
    #expect(outcomes[0] == .response([UInt8](repeating: 0x20, count: 1_000)))
    let error = try ErrorDocument(outcomes[1])
    #expect(error.errorType == "Function.ResponseSizeTooLarge")
    #expect(error.errorMessage.contains("1001") && error.errorMessage.contains("1000"))
    #expect(outcomes[2] == .response([0x20, 0x20]))
  }

  @Test("answers late where the invocation is over, is refused, and goes on")
  func late() async throws {
    let (started, finish) = (Gate(), Gate())
    let function = TestFunction { event, _ in
      if event == Array("slow".utf8) {
        started.open()
        await finish.wait()
      }
      return event
    }
    let outcomes = try await function.run { server in
      var outcomes = await withTaskGroup(of: InvocationOutcome.self) { tasks in
        tasks.addTask { await server.invoke("slow", id: "slow") }
        await started.wait()
        tasks.cancelAll()
        return await tasks.reduce(into: []) { $0.append($1) }
      }
      finish.open()
      outcomes.append(await server.invoke("next", id: "next"))
      return outcomes
    }
    #expect(outcomes == [.abandoned, .response(Array("next".utf8))])
    #expect(function.log.errors.contains { $0.contains("InvalidRequestID") })
  }

  @Test("An invocation that no runtime takes times out")
  func timeout() async throws {
    let outcome = try await LambdaRuntimeServer.run { server in
      await server.invoke(InvocationRequest([], requestID: "a", timeout: .milliseconds(5)))
    }
    #expect(outcome == .timedOut)
  }
}
