import LambdaRuntime
import LambdaRuntimeServer
import Testing

@Suite("A malformed invocation")
struct MalformedInvocationTests {
  @Test(
    "is answered with an error where its id is known",
    arguments: [
      (RuntimeAPIFault.missingHeader("Lambda-Runtime-Deadline-Ms"), "no header"),
      (.header("Lambda-Runtime-Deadline-Ms", "soon"), "soon"),
      (.header("Lambda-Runtime-Deadline-Ms", ""), "milliseconds"),
      (.header("Lambda-Runtime-Deadline-Ms", "-1"), "-1"),
      (.header("Lambda-Runtime-Deadline-Ms", "+1"), "+1"),
      (.header("Lambda-Runtime-Deadline-Ms", "1e3"), "1e3"),
      (.header("Lambda-Runtime-Deadline-Ms", "9223372036854775808"), "9223372036854775808"),
      (.header("Lambda-Runtime-Deadline-Ms", "\u{0663}"), "milliseconds"),
      (.truncatedBody, "before the event was whole"),
    ])
  func answered(fault: RuntimeAPIFault, hint: String) async throws {
    let outcomes = try await TestFunction().run(faults: [(fault, .next, 1)]) { server in
      [await server.invoke("first", id: "1"), await server.invoke("second", id: "2")]
    }
    let error = try ErrorDocument(outcomes[0])
    #expect(error.errorType == "Runtime.MalformedInvocation")
    #expect(error.errorMessage.contains(hint))
    #expect(outcomes[1] == .response(Array("second".utf8)))
  }

  @Test(
    "without an id that can be answered is logged, and the loop goes on",
    arguments: [
      RuntimeAPIFault.missingHeader("Lambda-Runtime-Aws-Request-Id"),
      .header("Lambda-Runtime-Aws-Request-Id", ""),
      .header("Lambda-Runtime-Aws-Request-Id", ".."),
      .header("Lambda-Runtime-Aws-Request-Id", "../../init/error?"),
      .header("Lambda-Runtime-Aws-Request-Id", "a b"),
      .header("Lambda-Runtime-Aws-Request-Id", "\u{e9}"),
      .header("Lambda-Runtime-Aws-Request-Id", String(repeating: "a", count: 129)),
    ])
  func logged(fault: RuntimeAPIFault) async throws {
    var function = TestFunction()
    function.configuration.attempts = 30
    let log = function.log
    let outcome = try await function.run(faults: [(fault, .next, 1)]) { server in
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { _ = await server.invoke("lost", id: "2") }
        try await log.wait(for: "Lambda-Runtime-Aws-Request-Id")
        tasks.cancelAll()
      }
      return await server.invoke("after", id: "3")
    }
    #expect(outcome == .response(Array("after".utf8)))
    #expect(!log.texts.contains { $0.contains("\r") || $0.contains("\n") })
  }

  @Test("whose event is longer than allowed is answered with an error")
  func longEvent() async throws {
    var function = TestFunction()
    function.configuration.eventLimit = 1_000
    let outcomes = try await function.run { server in
      [
        await server.invoke(String(repeating: "x", count: 1_001), id: "1"),
        await server.invoke(String(repeating: "x", count: 1_000), id: "2"),
      ]
    }
    let error = try ErrorDocument(outcomes[0])
    #expect(error.errorType == "Runtime.MalformedInvocation")
    #expect(error.errorMessage.contains("1000 bytes"))
    #expect(outcomes[1] == .response([UInt8](repeating: UInt8(ascii: "x"), count: 1_000)))
  }
}
