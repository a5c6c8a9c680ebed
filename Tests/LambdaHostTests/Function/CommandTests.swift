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
      #expect(done.first?.metadata["function_request_id"] == "r")
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

  @Test("Of many refused objects a few are logged, with what is wrong with them")
  func refusals() async throws {
    try await FunctionFixture.run { fixture in
      for number in 1...30 {
        fixture.server.put(
          ObjectKey("logs/log-\(number).json"), in: "bucket",
          Array(#"{"action":"fly","n":\#(number)}"#.utf8))
      }
      let answer = try await fixture.answer("{}")
      #expect(answer.body["refused"].integer == 30)
      #expect(fixture.log.lines("Objects refused").map { $0.metadata["refused"] } == ["30"])
      let lines = fixture.log.lines("Object refused")
      #expect(lines.count == 10)
      for line in lines {
        #expect(line.metadata["key"]?.hasPrefix("log-") == true)
        #expect(line.metadata["faults"]?.contains("action") == true, "\(line)")
      }
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

  @Test("A run of a prefix merges what lies under it, and the next run the rest")
  func prefix() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(ptid: "a"), "x/log-1.json")
      fixture.put(TestEvent(ptid: "b"), "y/log-2.json")
      let answer = try await fixture.answer(#"{"prefix":"logs/x/"}"#)
      #expect(answer.status == 200 && answer.body["fetched"].integer == 1)
      #expect(try await fixture.rows() == ["a"])
      _ = try await fixture.answer("{}")
      #expect(try await fixture.rows() == ["a", "b"])
      fixture.server.forgetRequests()
      for event in [
        #"{"prefix":"other/"}"#, #"{"prefix":"log"}"#, #"{"action":"rebuild","prefix":"logs/x/"}"#,
        #"{"action":"retry-refused","prefix":"logs/x/"}"#,
      ] {
        #expect(try await fixture.answer(event).status == 400)
      }
      #expect(fixture.server.requests.isEmpty)
    }
  }

  @Test("A run of some groups writes their checkpoints alone, and the next run the others")
  func groups() async throws {
    try await FunctionFixture.run(["CHECKPOINT_KEY": "c/{datatype}.parquet"]) { fixture in
      fixture.put(TestEvent(ptid: "a"), "log-1.json")
      fixture.put(TestEvent(ptid: "b", datatype: "apoe"), "log-2.json")
      let answer = try await fixture.answer(
        #"{"action":"run","groups":[{"study":"adrc","datatype":"apoe"}]}"#)
      #expect(answer.status == 200)
      #expect(try await fixture.rows("c/apoe.parquet") == ["b"])
      #expect(fixture.server.object("c/form.parquet", in: "bucket") == nil)
      _ = try await fixture.answer("{}")
      #expect(try await fixture.rows("c/form.parquet") == ["a"])
      #expect(try await fixture.isProven())
    }
  }

  @Test("A backfill in steps comes to what one run does")
  func backfill() async throws {
    try await FunctionFixture.run { fixture in
      for number in 1...10 { fixture.put(TestEvent(ptid: "p\(number)"), "log-\(number).json") }
      let plan = try await fixture.answer(
        #"{"action":"backfill-plan","backfill":"b","batchSize":3}"#)
      #expect(plan.status == 200 && plan.body["batches"].integer == 4)
      let manifest = try #require(
        fixture.server.object(
          ObjectKey(plan.body["manifest"].string ?? ""), in: plan.body["bucket"].string ?? ""))
      for item in try JSON(manifest.body).elements {
        let event = [
          "action": item["action"].string, "backfill": item["backfill"].string,
          "batch": item["batch"].string,
        ].map { "\(Sample.quoted($0)):\(Sample.quoted($1 ?? ""))" }.joined(separator: ",")
        #expect(try await fixture.answer("{\(event)}").status == 200)
      }
      let merge = try await fixture.answer(#"{"action":"backfill-merge","backfill":"b"}"#)
      #expect(merge.status == 200 && merge.body["complete"].boolean == true)
      #expect(try await fixture.rows() == (1...10).map { "p\($0)" }.sorted())
      let run = try await fixture.answer("{}")
      #expect(run.body["fetched"].integer == 0 && run.body["complete"].boolean == true)
    }
  }

  @Test("The answer of a merge has room in Step Functions, however many files there are")
  func boundedMerge() async throws {
    try await FunctionFixture.run(["CHECKPOINT_KEY": "c/{study}.parquet"]) { fixture in
      for number in 1...130 {
        fixture.put(TestEvent(study: "s\(number)"), "log-\(number).json")
      }
      let plan = try await fixture.answer(#"{"action":"backfill-plan","backfill":"b"}"#)
      let manifest = try #require(
        fixture.server.object(
          ObjectKey(plan.body["manifest"].string ?? ""), in: plan.body["bucket"].string ?? ""))
      let batch = try #require(try JSON(manifest.body).elements.first?["batch"].string)
      _ = try await fixture.answer(
        #"{"action":"backfill-batch","backfill":"b","batch":"\#(batch)"}"#)
      let merge = try await fixture.answer(#"{"action":"backfill-merge","backfill":"b"}"#)
      #expect(merge.body["complete"].boolean == true)
      #expect(merge.body["groups_processed"].integer == 130)
      #expect(merge.body["successful_groups"].elements.count == 100)
      #expect(fixture.log.lines("Checkpoint saved").count == 130)
    }
  }

  @Test(
    "A run that can do nothing, and one whose state cannot be written, are failures to an alarm")
  func failuresAreMeasured() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(), "log-1.json")
      fixture.server.inject(
        Fault(.beforeEffect, .failure(S3Failure(403, "AccessDenied", "Access Denied"))),
        key: "checkpoints/_state.json",
        occurrences: 1...100)
      let answer = try await fixture.answer("{}")
      #expect(answer.status == 500)
      #expect(fixture.metrics["CheckpointSaveFailures"] == [1])
      // Such a run is none that a schedule needs.
      #expect(fixture.metrics["Backlog"].isEmpty)
    }
  }

  @Test("A dry run says nothing of the backlog: it keeps nothing up to date")
  func dryRunMetrics() async throws {
    try await FunctionFixture.run { fixture in
      fixture.put(TestEvent(), "log-1.json")
      _ = try await fixture.answer(#"{"action":"run","dryRun":true}"#)
      #expect(fixture.metrics["Backlog"].isEmpty)
      _ = try await fixture.answer("{}")
      #expect(fixture.metrics["Backlog"] == [0])
    }
  }

  @Test("What the steps of a backfill do is measured once")
  func backfillMetrics() async throws {
    try await FunctionFixture.run { fixture in
      for number in 1...4 { fixture.put(TestEvent(ptid: "p\(number)"), "log-\(number).json") }
      fixture.put(TestEvent(project: "sandbox-x"), "log-5.json")
      fixture.server.put("logs/log-bad.json", in: "bucket", Array("{}".utf8))
      let plan = try await fixture.answer(#"{"action":"backfill-plan","backfill":"b"}"#)
      let manifest = try #require(
        fixture.server.object(
          ObjectKey(plan.body["manifest"].string ?? ""), in: plan.body["bucket"].string ?? ""))
      let batch = try #require(try JSON(manifest.body).elements.first?["batch"].string)
      for _ in 1...2 {
        _ = try await fixture.answer(
          #"{"action":"backfill-batch","backfill":"b","batch":"\#(batch)"}"#)
      }
      let merge = try await fixture.answer(#"{"action":"backfill-merge","backfill":"b"}"#)
      #expect(merge.body["fetched"].integer == 6)
      for (name, value) in [
        ("ObjectsFetched", 6), ("EventsFiltered", 1), ("EventsRefused", 1),
        ("CheckpointsSaved", 1), ("EventsProcessedByStudyDatatype[Study=adrc,Datatype=form]", 4),
      ] {
        #expect(fixture.metrics[name].reduce(0, +) == Double(value), "\(name)")
      }
      #expect(fixture.log.lines("Backfill batch done").count == 1)
      #expect(fixture.log.lines("Backfill merge done").first?.metadata["fetched"] == "6")
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
