import LambdaHost
import S3TestServer
import Testing

@Suite("Notifications")
struct NotificationTests {
  @Test("Messages of a queue have their objects merged, and nothing is listed")
  func queue() async throws {
    try await FunctionFixture.run { fixture in
      for name in ["1", "2", "3"] {
        fixture.put(TestEvent(ptid: "p\(name)"), "log-\(name).json")
      }
      let answer = try await fixture.answer(
        Sample.sqs([
          Sample.s3("logs/log-1.json"), Sample.snsEnvelope(Sample.s3("logs/log-2.json")),
          Sample.eventBridge("logs/log-3.json"),
        ]))
      #expect(answer.failures == [])
      #expect(fixture.server.requests(.listObjectsV2).isEmpty)
      #expect(try await fixture.rows() == ["p1", "p2", "p3"])
    }
  }

  @Test("The scheduled run knows what came through the queue, and finds nothing left to do")
  func safetyNet() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-1.json")
      _ = try await fixture.answer("{}")
      for number in 2...20 {
        fixture.put(TestEvent(ptid: "p\(number)"), "log-\(number).json")
        let answer = try await fixture.answer(Sample.sqs([Sample.s3("logs/log-\(number).json")]))
        #expect(answer.failures == [])
      }
      let before = fixture.server.object("checkpoints/events.parquet", in: "bucket")?.eTag
      fixture.server.forgetRequests()
      let run = try await fixture.answer(Sample.schedule())
      #expect(run.body["fetched"].integer == 0 && run.body["remaining"].integer == 0)
      #expect(run.body["complete"].boolean == true)
      #expect(run.body["warnings"].elements.map(\.string) == [])
      #expect(fixture.server.requests(.putObject).isEmpty)
      let after = fixture.server.object("checkpoints/events.parquet", in: "bucket")?.eTag
      #expect(before == after && before != nil)
      #expect(try await fixture.isProven())
    }
  }

  @Test("Exactly the messages with an object that is left undone stay in the queue")
  func partialFailure() async throws {
    try await FunctionFixture.run { fixture in
      for name in 1...4 { fixture.put(TestEvent(ptid: "p\(name)"), "log-\(name).json") }
      fixture.server.put("logs/log-bad.json", in: "bucket", Array("{}".utf8))
      fixture.server.inject(
        .error(403, "AccessDenied"), on: .getObject, key: "logs/log-2.json",
        occurrences: 1...1000)
      let answer = try await fixture.answer(
        Sample.sqs([
          Sample.s3("logs/log-1.json"),
          Sample.s3([Sample.s3Record("logs/log-3.json"), Sample.s3Record("logs/log-2.json")]),
          "poison", Sample.s3("logs/log-4.json"), Sample.s3("logs/log-bad.json"),
          Sample.s3("logs/log-2.json"), Sample.s3("logs/log-gone.json"),
        ]))
      #expect(answer.failures == ["m1", "m2", "m5"])
      #expect(try await fixture.rows() == ["p1", "p3", "p4"])
      let poison = fixture.log.lines("A notification is not understood")
      #expect(poison.map { $0.metadata["message_id"] } == ["m2"])
    }
  }

  @Test("Messages whose checkpoint is damaged stay in the queue, the others do not")
  func damagedCheckpoint() async throws {
    try await FunctionFixture.run(["CHECKPOINT_KEY": "c/{datatype}.parquet"]) { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-1.json")
      fixture.put(TestEvent(ptid: "b", datatype: "apoe"), "log-2.json")
      fixture.server.put("c/form.parquet", in: "bucket", Array("not Parquet".utf8))
      let answer = try await fixture.answer(
        Sample.sqs([Sample.s3("logs/log-1.json"), Sample.s3("logs/log-2.json")]))
      #expect(answer.failures == ["m0"])
      #expect(try await fixture.rows("c/apoe.parquet") == ["b"])
      #expect(fixture.metrics["CheckpointSaveFailures[Study=adrc,Datatype=form]"] == [1])
      #expect(
        fixture.server.object("c/form.parquet", in: "bucket")?.body == Array("not Parquet".utf8))
    }
  }

  @Test("What asks for nothing is taken from the queue, without a request to S3")
  func nothingToDo() async throws {
    try await FunctionFixture.run { fixture in
      let answer = try await fixture.answer(
        Sample.sqs([
          Sample.testEvent, Sample.s3("logs/log-1.json", name: "ObjectRemoved:Delete"),
          Sample.eventBridge("logs/log-1.json", type: "Object Deleted"),
          Sample.s3("logs/log-1.json", name: "LifecycleExpiration:Delete"),
          Sample.s3("logs/notes.txt"), Sample.s3("other/log-1.json"),
          Sample.s3("logs/log-1.json", bucket: "elsewhere"), Sample.s3("logs/catalog-1.json"),
          Sample.s3("logs/log-1.json", name: "ObjectTagging:Put"), Sample.s3([]),
        ]))
      #expect(answer.failures == [])
      for event in [
        Sample.testEvent, Sample.s3("logs/log-1.json", name: "ObjectRemoved:Delete"),
        Sample.s3("other/log-1.json"),
      ] {
        let direct = try await fixture.answer(event)
        #expect(direct.status == 200 && direct.body["fetched"].integer == 0)
      }
      #expect(fixture.server.requests.isEmpty)
    }
  }

  @Test("The row of an object that was removed stays")
  func removed() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-1.json")
      _ = try await fixture.answer(Sample.sqs([Sample.s3("logs/log-1.json")]))
      fixture.server.change { $0.buckets["bucket"]?.remove("logs/log-1.json") }
      let answer = try await fixture.answer(
        Sample.sqs([
          Sample.s3("logs/log-1.json", name: "ObjectRemoved:Delete"), Sample.s3("logs/log-1.json"),
        ]))
      #expect(answer.failures == [])
      #expect(try await fixture.rows() == ["a"])
    }
  }

  @Test(
    "Keys in notifications lead to the objects they mean",
    arguments: [
      ("a b", "a+b"), ("a+b", "a%2Bb"), ("100%", "100%25"), ("é", "%C3%A9"), ("a&b=c", "a%26b%3Dc"),
    ])
  func keys(folder: String, encoded: String) async throws {
    try await FunctionFixture.run { fixture in
      fixture.server.put(
        ObjectKey("logs/\(folder)/log-1.json"), in: "bucket", TestEvent(ptid: "a").bytes)
      fixture.server.put(
        ObjectKey("logs/\(folder)/log-2.json"), in: "bucket", TestEvent(ptid: "b").bytes)
      let answer = try await fixture.answer(
        Sample.sqs([
          Sample.s3("logs/\(encoded)/log-1.json"), Sample.eventBridge("logs/\(folder)/log-2.json"),
        ]))
      #expect(answer.failures == [])
      #expect(try await fixture.rows() == ["a", "b"])
    }
  }

  @Test("A prefix without a slash at its end is taken literally")
  func literalPrefix() async throws {
    try await FunctionFixture.run(["SOURCE_PREFIX": "logs/log-sub"]) { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-submit-1.json")
      fixture.put(TestEvent(ptid: "b"), "log-pass-1.json")
      let answer = try await fixture.answer(
        Sample.sqs([Sample.s3("logs/log-submit-1.json"), Sample.s3("logs/log-pass-1.json")]))
      #expect(answer.failures == [])
      #expect(try await fixture.rows() == ["a"])
      let run = try await fixture.answer("{}")
      #expect(run.body["listed"].integer == 1 && run.status == 200)
      #expect(try await fixture.rows() == ["a"])
    }
  }

  @Test("A notification without a queue fails the invocation while an object is undone")
  func direct() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-1.json")
      fixture.put(TestEvent(ptid: "b"), "log-2.json")
      fixture.server.inject(
        .error(403, "AccessDenied"), on: .getObject, key: "logs/log-2.json",
        occurrences: 1...1000)
      let event = Sample.s3([
        Sample.s3Record("logs/log-1.json"), Sample.s3Record("logs/log-2.json"),
      ])
      let error = await #expect(throws: InvocationFailure.self) {
        try await fixture.answer(event)
      }
      #expect(error?.code == .objectsUndone)
      #expect(error?.description.contains("logs/log-2.json") == true)
      let before = try await fixture.rows()
      #expect(before == ["a"])
      // Lambda delivers it again.
      fixture.server.change { $0.rules = [] }
      let answer = try await fixture.answer(event)
      #expect(answer.status == 200)
      let after = try await fixture.rows()
      #expect(after == ["a", "b"])
      let isProven = try await fixture.isProven()
      #expect(isProven)
    }
  }

  @Test("A notification without a queue answers with what was done")
  func directAnswer() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-1.json")
      for event in [
        Sample.s3("logs/log-1.json"), Sample.eventBridge("logs/log-1.json"),
        Sample.sns(Sample.s3("logs/log-1.json")),
      ] {
        let answer = try await fixture.answer(event)
        #expect(answer.status == 200 && answer.body["fetched"].integer == 1)
      }
      #expect(try await fixture.rows() == ["a"])
      #expect(fixture.server.requests(.listObjectsV2).isEmpty)
    }
  }

  @Test("Many invocations at once on one checkpoint lose nothing")
  func sideBySide() async throws {
    try await FunctionFixture.run { fixture in
      // Before the first run there is no state that could know of anything.
      fixture.put(TestEvent(ptid: "first"), "log-first.json")
      _ = try await fixture.answer("{}")
      let invocations = 12
      let each = 5
      for invocation in 0..<invocations {
        for number in 0..<each {
          fixture.put(
            TestEvent(ptid: "i\(invocation)n\(number)"), "log-\(invocation)-\(number).json")
        }
      }
      var failures = try await withThrowingTaskGroup(of: [String].self) { group in
        for invocation in 0..<invocations {
          group.addTask {
            let bodies = (0..<each).map { Sample.s3("logs/log-\(invocation)-\($0).json") }
            let records = zip(0..., bodies).map {
              Sample.sqsRecord($1, id: "\(invocation)-\($0)")
            }
            let answer = try await fixture.answer(
              #"{"Records":["# + records.joined(separator: ",") + "]}", within: .seconds(120))
            return answer.failures ?? ["no answer"]
          }
        }
        var all: [String] = []
        for try await part in group { all += part }
        return all
      }
      failures.sort()
      #expect(failures == [])
      let expected = (0..<invocations).flatMap { invocation in
        (0..<each).map { "i\(invocation)n\($0)" }
      }
      #expect(try await fixture.rows() == (expected + ["first"]).sorted())
      fixture.server.forgetRequests()
      let run = try await fixture.answer("{}")
      #expect(
        run.body["fetched"].integer == 0 && run.body["complete"].boolean == true, "\(run.text)")
      #expect(try await fixture.isProven())
    }
  }

  @Test("A message that is delivered twice, and one that comes late, change nothing")
  func again() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(ptid: "a", packet: "I"), "log-1.json")
      let message = Sample.sqs([Sample.s3("logs/log-1.json"), Sample.s3("logs/log-1.json")])
      _ = try await fixture.answer(message)
      let first = fixture.server.object("checkpoints/events.parquet", in: "bucket")?.eTag
      #expect(try await fixture.answer(message).failures == [])
      #expect(fixture.server.object("checkpoints/events.parquet", in: "bucket")?.eTag == first)
      #expect(try await fixture.rows() == ["a/I"])
    }
  }
}
