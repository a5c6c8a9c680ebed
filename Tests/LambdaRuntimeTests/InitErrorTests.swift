import LambdaRuntime
import LambdaRuntimeServer
import Testing

@Suite("An error of initialisation")
struct InitErrorTests {
  struct NotReady: LambdaReportableError {
    let lambdaErrorType = "Runtime.ConfigInvalid"
    let lambdaErrorMessage = "BUCKET is missing."
  }

  @Test("is what invocations are answered with, before and after")
  func reported() async throws {
    let outcomes = try await LambdaRuntimeServer.run { server in
      try await withThrowingTaskGroup(of: InvocationOutcome.self) { tasks in
        tasks.addTask { await server.invoke("before") }
        let environment = try LambdaRuntimeEnvironment(["AWS_LAMBDA_RUNTIME_API": server.address])
        let isTaken = await LambdaRuntime.reportInitError(
          NotReady(), to: environment, logger: LogRecord().logger)
        #expect(isTaken)
        var outcomes = [await server.invoke("after", id: "b")]
        for try await outcome in tasks { outcomes.append(outcome) }
        return outcomes
      }
    }
    #expect(outcomes.count == 2)
    for outcome in outcomes {
      guard case .initError(let failure) = outcome else {
        Issue.record("\(outcome)")
        continue
      }
      #expect(failure.type == "Runtime.ConfigInvalid")
      #expect(failure.contentType == "application/vnd.aws.lambda.error+json")
      #expect(try ErrorDocument(failure.body).errorMessage == "BUCKET is missing.")
    }
  }

  @Test(
    "that Lambda does not take is logged",
    arguments: [RuntimeAPIFault.status(403), .status(500), .reset, .garbage])
  func refused(fault: RuntimeAPIFault) async throws {
    let log = LogRecord()
    let isTaken = try await LambdaRuntimeServer.run { server in
      server.inject(fault, on: .initError)
      return await LambdaRuntime.reportInitError(
        NotReady(), to: try LambdaRuntimeEnvironment(["AWS_LAMBDA_RUNTIME_API": server.address]),
        logger: log.logger)
    }
    #expect(!isTaken)
    #expect(log.errors.count == 1)
  }
}
