import LambdaHost
import S3TestServer
import Testing

@Suite("What is refused before anything is done")
struct RefusalTests {
  @Test(
    "An event that is not understood is the status 400, without a request to S3",
    arguments: ["[]", "{", #"{"action":"fly"}"#, #"{"hello":"world"}"#, #"{"Records":[{}]}"#])
  func event(text: String) async throws {
    try await FunctionFixture.run { fixture in
      let answer = try await fixture.answer(text)
      #expect(answer.status == 400)
      #expect(answer.body["error"].string?.isEmpty == false)
      #expect(answer.body["code"].string == "event")
      #expect(fixture.server.requests.isEmpty)
    }
  }

  @Test("Wrong settings are the status 400 that names them all, without a request to S3")
  func settings() async throws {
    let variables = ["SOURCE_BUCKET": "", "COMPRESSION": "zip", "CHECKPOINT_KEY": "{x}.parquet"]
    try await FunctionFixture.run(variables) { fixture in
      for event in ["{}", Sample.schedule(), #"{"action":"verify"}"#] {
        let answer = try await fixture.answer(event)
        #expect(answer.status == 400)
        #expect(answer.body["code"].string == "configuration")
        #expect(
          answer.body["problems"].elements.map { $0["variable"].string }
            == ["SOURCE_BUCKET", "CHECKPOINT_KEY", "COMPRESSION"])
        for name in ["SOURCE_BUCKET", "CHECKPOINT_KEY", "COMPRESSION"] {
          #expect(answer.body["error"].string?.contains(name) == true)
        }
      }
      // The init log says it, too, a line for each.
      let lines = fixture.log.lines(
        "A setting is wrong: every invocation is answered with the status 400.")
      #expect(
        lines.map { $0.metadata["variable"] } == ["SOURCE_BUCKET", "CHECKPOINT_KEY", "COMPRESSION"])
      #expect(lines.allSatisfy { $0.level == "error" })
      #expect(fixture.server.requests.isEmpty)
    }
  }

  @Test("While settings are wrong no notification gets lost")
  func notifications() async throws {
    try await FunctionFixture.run(["CONCURRENCY": "none"]) { fixture in
      let queue = try await fixture.answer(Sample.sqs([Sample.s3("logs/log-1.json"), "poison"]))
      #expect(queue.failures == ["m0", "m1"])
      let error = await #expect(throws: InvocationFailure.self) {
        try await fixture.answer(Sample.s3("logs/log-1.json"))
      }
      #expect(error?.code == .configuration && error?.description.contains("CONCURRENCY") == true)
      #expect(fixture.server.requests.isEmpty)
    }
  }

  @Test("An event of a queue that cannot be answered for fails the invocation")
  func unanswerable() async throws {
    try await FunctionFixture.run { fixture in
      let error = await #expect(throws: InvocationFailure.self) {
        try await fixture.answer(#"{"Records":[{"eventSource":"aws:sqs","body":"{}"}]}"#)
      }
      #expect(error?.code == .event)
    }
  }
}
