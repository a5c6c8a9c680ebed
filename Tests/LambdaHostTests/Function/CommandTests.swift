import LambdaHost
import S3TestServer
import Testing

@Suite("Schedules and commands")
struct CommandTests {
  @Test("A schedule makes checkpoints of what is new, and answers as the command does")
  func schedule() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-1.json")
      fixture.put(TestEvent(ptid: "b", datatype: "apoe"), "log-2.json")
      fixture.put(TestEvent(project: "sandbox-x", ptid: "c"), "log-3.json")
      fixture.server.put("logs/log-bad.json", in: "bucket", Array("{}".utf8))
      fixture.server.put("logs/notes.txt", in: "bucket", [1])
      let answer = try await fixture.answer(Sample.schedule())
      #expect(answer.status == 200)
      for (name, count) in [
        ("listed", 5), ("ignored", 1), ("fetched", 4), ("total_events", 3), ("filtered_events", 1),
        ("refused", 1), ("groups_processed", 2), ("groups_failed", 0), ("remaining", 0),
        ("rows", 2),
      ] {
        #expect(answer.body[name].integer == count, "\(name)")
      }
      #expect(answer.body["complete"].boolean == true)
      let groups = answer.body["successful_groups"].elements
      #expect(groups.map { $0["study"].string } == ["adrc", "adrc"])
      #expect(groups.map { $0["datatype"].string } == ["apoe", "form"])
      #expect(groups.allSatisfy { $0["checkpoint_key"].string == "checkpoints/events.parquet" })
      #expect(try await fixture.rows() == ["a", "b"])
      let again = try await fixture.answer("{}")
      #expect(again.status == 200 && again.body["fetched"].integer == 0)
      #expect(try await fixture.isProven())
    }
  }

  @Test("What a run did is logged and measured")
  func observed() async throws {
    try await FunctionFixture.run { fixture in
      for name in 1...3 { fixture.put(TestEvent(ptid: "a\(name)"), "log-\(name).json") }
      fixture.put(TestEvent(project: "sandbox-x"), "log-4.json")
      fixture.server.put("logs/log-bad.json", in: "bucket", Array("{}".utf8))
      _ = try await fixture.answer("{}")
      let saved = fixture.log.lines("Checkpoint saved")
      #expect(saved.map { $0.metadata["checkpoint_key"] } == ["checkpoints/events.parquet"])
      #expect(saved.first?.metadata["events"] == "3")
      let done = fixture.log.lines("Run done")
      #expect(done.count == 1 && done.first?.level == "info")
      #expect(done.first?.metadata["fetched"] == "5")
      #expect(fixture.log.lines("Objects refused").count == 1)
      let size = (1...3).reduce(0) { $0 + TestEvent(ptid: "a\($1)").bytes.count }
      let metrics = fixture.metrics
      for (name, value) in [
        ("ObjectsListed", 5), ("ObjectsFetched", 5), ("EventsFiltered", 1), ("EventsRefused", 1),
        ("CheckpointsSaved", 1), ("CheckpointSaveFailures", 0), ("Backlog", 0), ("ColdStart", 1),
        ("EventsProcessedByStudyDatatype[Study=adrc,Datatype=form]", 3),
        ("BytesFetched", size + TestEvent(project: "sandbox-x").bytes.count + 2),
      ] {
        #expect(metrics[name] == [Double(value)], "\(name)")
      }
      #expect(metrics["ExecutionTime"].count == 1)
      _ = try await fixture.answer("{}")
      #expect(metrics["ColdStart"] == [1], "only once")
      #expect(metrics["ObjectsFetched"] == [5, 0])
    }
  }

  @Test("A damaged checkpoint fails alone, and is told in answer, log and metrics")
  func damaged() async throws {
    try await FunctionFixture.run(["CHECKPOINT_KEY": "c/{datatype}.parquet"]) { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-1.json")
      fixture.put(TestEvent(ptid: "b", datatype: "apoe"), "log-2.json")
      fixture.server.put("c/form.parquet", in: "bucket", Array("not Parquet".utf8))
      let answer = try await fixture.answer("{}")
      #expect(answer.status == 207)
      let failed = answer.body["failed_groups"].elements
      #expect(failed.map { $0["checkpoint_key"].string } == ["c/form.parquet"])
      #expect(try await fixture.rows("c/apoe.parquet") == ["b"])
      let metrics = fixture.metrics
      #expect(metrics["CheckpointSaveFailures[Study=adrc,Datatype=form]"] == [1])
      let lines = fixture.log.lines("Checkpoint not saved")
      #expect(lines.map { $0.metadata["checkpoint_key"] } == ["c/form.parquet"])
      #expect(lines.first?.level == "error")
      #expect(fixture.log.lines("Run done").first?.level == "error")
      // Only an explicit rebuild replaces it.
      let rebuilt = try await fixture.answer(#"{"action":"rebuild"}"#)
      #expect(rebuilt.status == 200)
      #expect(try await fixture.rows("c/form.parquet") == ["a"])
    }
  }

  @Test("A source that is not there is the status 500, with a sentence")
  func unavailable() async throws {
    try await FunctionFixture.run(["SOURCE_BUCKET": "elsewhere"]) { fixture in
      let answer = try await fixture.answer("{}")
      #expect(answer.status == 500)
      #expect(answer.body["error"].string?.contains("elsewhere") == true)
      #expect(answer.body["code"].string != nil)
      #expect(fixture.log.lines("Nothing could be done.").count == 1)
    }
  }

  @Test("A dry run writes nothing")
  func dryRun() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(), "log-1.json")
      let answer = try await fixture.answer(#"{"dryRun":true}"#)
      #expect(answer.status == 200 && answer.body["dry_run"].boolean == true)
      #expect(answer.body["successful_groups"].elements.map { $0["events"].integer } == [1])
      #expect(fixture.server.requests(.putObject).isEmpty)
      #expect(fixture.log.lines("Checkpoint saved").isEmpty)
      #expect(fixture.metrics["CheckpointsSaved"] == [])
    }
  }

  @Test("Refused objects are looked at again when it is asked for")
  func retryRefused() async throws {
    try await FunctionFixture.run { fixture in
      var event = String(decoding: TestEvent().bytes, as: UTF8.self)
      event.removeLast()
      fixture.server.put(
        "logs/log-1.json", in: "bucket", Array((event + #","extra":1}"#).utf8))
      _ = try await fixture.answer("{}")
      fixture.server.forgetRequests()
      _ = try await fixture.answer("{}")
      #expect(fixture.server.requests(.getObject, "logs/log-1.json").isEmpty)
      let answer = try await fixture.answer(#"{"action":"retry-refused"}"#)
      #expect(answer.status == 200 && answer.body["refused"].integer == 1)
      #expect(fixture.server.requests(.getObject, "logs/log-1.json").count == 1)
    }
  }

  @Test("A verification finds what is missing, and says so by its status")
  func verify() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-1.json")
      _ = try await fixture.answer("{}")
      #expect(try await fixture.isProven())
      fixture.server.change { $0.buckets["bucket"]?.remove("checkpoints/events.parquet") }
      let answer = try await fixture.answer(#"{"action":"verify"}"#)
      #expect(answer.status == 207 && answer.body["proven"].boolean == false)
    }
  }

  @Test("A compaction answers with what it did, or that there is nothing yet")
  func compact() async throws {
    try await FunctionFixture.run { fixture in
      let nothing = try await fixture.answer(#"{"action":"compact"}"#)
      #expect(nothing.status == 500 && nothing.body["error"].string?.contains("state") == true)
      fixture.put(TestEvent(), "log-1.json")
      _ = try await fixture.answer("{}")
      let answer = try await fixture.answer(#"{"action":"compact","dryRun":true}"#)
      #expect(answer.status == 200)
      #expect(
        answer.body["checkpoints"].elements.map { $0["checkpoint_key"].string }
          == ["checkpoints/events.parquet"])
    }
  }
}
