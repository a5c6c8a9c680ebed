import EventLogModel
import LambdaHost
import TestSupport
import Testing

/// What an event is recognised as.
func event(_ text: String) throws -> FunctionEvent {
  try FunctionEvent(parsing: Array(text.utf8), schema: .visitEvent)
}

@Suite("Events by their shape")
struct FunctionEventTests {
  @Test(
    "A schedule and an event without content ask for a run",
    arguments: [
      "", " \n", "{}", "null", " { } ", Sample.schedule(), Sample.schedule(source: "aws.scheduler"),
      #"{"action":"run"}"#,
    ])
  func run(text: String) throws {
    #expect(try event(text) == .command(.run(.init())))
  }

  static let wrappings: [@Sendable (String) -> String] = [
    { $0 }, { Sample.snsEnvelope($0) }, { Sample.snsEnvelope(Sample.snsEnvelope($0)) },
  ]

  @Test("A notification of S3 in a message of SQS is found in all its wrappings")
  func queue() throws {
    for wrap in FunctionEventTests.wrappings {
      let text = Sample.sqs([
        wrap(Sample.s3("logs/log-1.json")), wrap(Sample.eventBridge("logs/log 2.json")),
      ])
      #expect(
        try event(text)
          == .queue([
            QueueMessage(
              id: "m0",
              notifications: [.init(.written, bucket: "bucket", key: "logs/log-1.json")]),
            QueueMessage(
              id: "m1",
              notifications: [.init(.written, bucket: "bucket", key: "logs/log 2.json")]),
          ]))
    }
  }

  @Test("A notification that comes by itself, by EventBridge or by SNS says the same")
  func direct() throws {
    let expected = FunctionEvent.notifications(
      [.init(.written, bucket: "bucket", key: "a/log-1.json")], faults: [])
    #expect(try event(Sample.s3("a/log-1.json")) == expected)
    #expect(try event(Sample.eventBridge("a/log-1.json")) == expected)
    #expect(try event(Sample.sns(Sample.s3("a/log-1.json"))) == expected)
    #expect(try event(Sample.sns(Sample.eventBridge("a/log-1.json"))) == expected)
  }

  @Test(
    "Keys are decoded where S3 encodes them, and only there",
    arguments: [
      ("a+b", "a b"), ("a%2Bb", "a+b"), ("a%20b", "a b"), ("%C3%A9", "é"), ("100%25", "100%"),
      ("a%2Fb", "a/b"), ("e%CC%81", "e\u{301}"), ("%F0%9F%8E%89", "🎉"), ("%41", "A"),
      ("a=b", "a=b"),
    ])
  func keys(encoded: String, key: String) throws {
    guard case .notifications(let direct, _) = try event(Sample.s3(encoded)),
      case .notifications(let bridged, _) = try event(Sample.eventBridge(encoded))
    else {
      Issue.record("not recognised")
      return
    }
    #expect(direct.map { Array($0.key.utf8) } == [Array(key.utf8)])
    #expect(bridged.map(\.key) == [encoded])
  }

  @Test(
    "What happened to an object follows from the event's name",
    arguments: [
      ("ObjectCreated:Put", ObjectNotification.Change.written), ("ObjectCreated:Post", .written),
      ("ObjectCreated:Copy", .written), ("ObjectCreated:CompleteMultipartUpload", .written),
      ("s3:ObjectCreated:Put", .written), ("ObjectRestore:Completed", .written),
      ("ObjectRemoved:Delete", .removed), ("ObjectRemoved:DeleteMarkerCreated", .removed),
      ("LifecycleExpiration:Delete", .removed),
      ("LifecycleExpiration:DeleteMarkerCreated", .removed), ("ObjectRestore:Post", .other),
      ("ObjectRestore:Delete", .other), ("ObjectTagging:Put", .other), ("ObjectAcl:Put", .other),
      ("LifecycleTransition", .other), ("IntelligentTiering", .other),
      ("Replication:OperationFailedReplication", .other), ("ReducedRedundancyLostObject", .other),
      ("SomethingNew", .other),
    ])
  func changes(name: String, change: ObjectNotification.Change) throws {
    #expect(
      try event(Sample.s3("k", name: name))
        == .notifications([.init(change, bucket: "bucket", key: "k")], faults: []))
  }

  @Test(
    "EventBridge's types say it, too",
    arguments: [
      ("Object Created", ObjectNotification.Change.written), ("Object Deleted", .removed),
      ("Object Restore Completed", .written), ("Object Restore Initiated", .other),
      ("Object Restore Expired", .other), ("Object Storage Class Changed", .other),
      ("Object Access Tier Changed", .other), ("Object ACL Updated", .other),
      ("Object Tags Added", .other), ("Object Tags Deleted", .other),
    ])
  func types(type: String, change: ObjectNotification.Change) throws {
    #expect(
      try event(Sample.eventBridge("k", type: type))
        == .notifications([.init(change, bucket: "bucket", key: "k")], faults: []))
  }

  @Test("The test event of S3 is understood, and says nothing")
  func testEvent() throws {
    #expect(try event(Sample.testEvent) == .notifications([], faults: []))
    #expect(try event(Sample.sqs([Sample.testEvent])) == .queue([QueueMessage(id: "m0")]))
    #expect(
      try event(Sample.sqs([Sample.snsEnvelope(Sample.testEvent)]))
        == .queue([QueueMessage(id: "m0")]))
  }

  @Test("A message holds as many records as there are")
  func severalRecords() throws {
    let text = Sample.sqs([
      Sample.s3([
        Sample.s3Record("a"), Sample.s3Record("b", name: "ObjectRemoved:Delete"),
        Sample.s3Record("c", source: "minio:s3"),
      ])
    ])
    guard case .queue(let messages) = try event(text) else {
      Issue.record("not recognised")
      return
    }
    #expect(messages.map(\.id) == ["m0"])
    #expect(messages[0].notifications.map(\.key) == ["a", "b", "c"])
    #expect(messages[0].notifications.map(\.change) == [.written, .removed, .written])
    #expect(messages[0].faults.isEmpty)
  }

  @Test(
    "A message that is not understood says why, and the others are none the worse",
    arguments: [
      ("", "not JSON"), ("no json", "not JSON"), ("{", "not JSON"), ("[]", "an array"),
      ("42", "a number"), (#"{"a":1}"#, #"the member "a""#), (#"{"Records":[{}]}"#, "Records[0]"),
      (Sample.s3([#"{"eventSource":"aws:s3"}"#]), "eventName"),
      (Sample.s3("a%2"), "not encoded"), (Sample.s3("%FF"), "not encoded"), (Sample.s3(""), "key"),
      (#"{"Records":[{"eventSource":"aws:dynamodb"}]}"#, "no record of S3"),
      (#"{"detail-type":"Object Created","source":"aws.s3","detail":{}}"#, "detail.bucket.name"),
      (
        #"{"detail-type":"Object Created","source":"aws.s3","detail":{"bucket":{"name":"b"}}}"#,
        "detail.object.key"
      ),
      (#"{"Type":"SubscriptionConfirmation","Message":"x"}"#, "neither"),
      (#"{"a":1,"a":2}"#, "twice"),
    ])
  func poison(body: String, says: String) throws {
    guard case .queue(let messages) = try event(Sample.sqs([body, Sample.s3("good")])) else {
      Issue.record("not recognised")
      return
    }
    #expect(messages.map(\.id) == ["m0", "m1"])
    #expect(messages[0].notifications.isEmpty)
    #expect(messages[0].faults.count == 1 && messages[0].faults[0].contains(says), "\(messages[0])")
    #expect(messages[1].notifications.map(\.key) == ["good"] && messages[1].faults.isEmpty)
  }

  @Test("Of a message with a record that is not understood, the others are")
  func partlyPoisoned() throws {
    let text = Sample.sqs([Sample.s3([Sample.s3Record("a"), "{}", Sample.s3Record("b")])])
    guard case .queue(let messages) = try event(text) else {
      Issue.record("not recognised")
      return
    }
    #expect(messages[0].notifications.map(\.key) == ["a", "b"])
    #expect(messages[0].faults.count == 1 && messages[0].faults[0].contains("Records[1]"))
  }

  @Test("A message without an id cannot be answered for, so its event must be kept")
  func withoutID() {
    for text in [
      #"{"Records":[{"eventSource":"aws:sqs","body":"{}"}]}"#,
      #"{"Records":[{"eventSource":"aws:sqs","messageId":"","body":"{}"}]}"#,
      #"{"Records":["# + Sample.sqsRecord("{}", id: "m") + "," + Sample.s3Record("k") + "]}",
    ] {
      let error = #expect(throws: FunctionEventError.self) { try event(text) }
      #expect(error?.mustBeKept == true)
    }
  }

  @Test(
    "Anything else is refused with what was understood of it",
    arguments: [
      ("[1]", "an array"), ("\"run\"", "a string"), ("true", "a boolean"), ("{", "not JSON"),
      (#"{"a":1}"#, #"an object with the member "a""#), (#"{"action":"fly"}"#, "\"fly\""),
      (#"{"action":1}"#, "\"action\" is a number"), (#"{"action":null}"#, "\"action\" is null"),
      (#"{"detail-type":"EC2 Instance Launch","source":"aws.autoscaling"}"#, "aws.autoscaling"),
      (#"{"Records":[{"eventSource":"aws:kinesis"}]}"#, "no record of S3"),
      (#"{"action":"run","dry_run":true}"#, "dry_run"),
      (#"{"action":"run","dryRun":"yes"}"#, "true or false"),
      (#"{"action":"run","onlySources":true}"#, "onlySources"),
      (#"{"action":"verify","groups":["adrc/form"]}"#, "groups"),
      (#"{"action":"run","groups":[]}"#, "not be empty"),
      (#"{"action":"run","groups":["adrc"]}"#, "study/datatype"),
      (#"{"action":"run","groups":[{"study":"adrc"}]}"#, "study/datatype"),
      (#"{"action":"run","groups":["adrc/forms"]}"#, "no datatype \"forms\""),
      (#"{"action":"backfill-plan"}"#, "\"backfill\""),
      (#"{"action":"backfill-plan","backfill":"../x"}"#, "letters"),
      (#"{"action":"backfill-plan","backfill":"x","batchSize":0}"#, "whole number"),
      (#"{"action":"backfill-plan","backfill":"x","batchSize":1.5}"#, "whole number"),
      (#"{"action":"backfill-batch","backfill":"x"}"#, "\"batch\""),
      (String(repeating: "[", count: 100_000), "nested"),
      ("\u{FEFF}{}", "JSON"), ("{} x", "goes on"),
    ])
  func refused(text: String, says: String) {
    let error = #expect(throws: FunctionEventError.self) { try event(text) }
    #expect(error?.description.contains(says) == true, "\(error.debugDescription)")
    #expect(error?.mustBeKept == false)
  }

  @Test("Commands have members")
  func commands() throws {
    var run = FunctionCommand.Run()
    run.prefix = "logs/2024/"
    run.groups = [["adrc", "form"], ["other", "apoe"]]
    run.isDryRun = true
    #expect(
      try event(
        #"{"action":"run","prefix":"logs/2024/","dryRun":true,"#
          + #""groups":["adrc/form",{"datatype":"apoe","study":"other"}]}"#) == .command(.run(run)))
    // Without an action, as schedules of the Python function may have it.
    #expect(
      try event(#"{"prefix":"logs/2024/","groups":["adrc/form","other/apoe"],"dryRun":true}"#)
        == .command(.run(run)))
    var rebuild = FunctionCommand.Run()
    rebuild.rebuilds = true
    #expect(try event(#"{"action":"rebuild","prefix":null}"#) == .command(.run(rebuild)))
    rebuild.onlySources = true
    #expect(try event(#"{"action":"rebuild","onlySources":true}"#) == .command(.run(rebuild)))
    var retry = FunctionCommand.Run()
    retry.retriesRefused = true
    #expect(try event(#"{"action":"retry-refused"}"#) == .command(.run(retry)))
    #expect(try event(#"{"action":"verify"}"#) == .command(.verify(groups: nil)))
    #expect(
      try event(#"{"action":"verify","groups":["adrc/form"],"dryRun":true}"#)
        == .command(.verify(groups: [["adrc", "form"]])))
    #expect(
      try event(#"{"action":"compact","dryRun":true}"#)
        == .command(.compact(groups: nil, isDryRun: true)))
    #expect(
      try event(#"{"action":"compact","groups":[{"study":"dvcid","datatype":"apoe"}]}"#)
        == .command(.compact(groups: [["dvcid", "apoe"]], isDryRun: false)))
    #expect(throws: FunctionEventError.self) {
      try event(#"{"action":"retry-refused","groups":["adrc/form"]}"#)
    }
    #expect(
      try event(#"{"action":"backfill-plan","backfill":"b-1"}"#)
        == .command(.backfillPlan(id: "b-1", batchSize: 5000)))
    #expect(
      try event(#"{"action":"backfill-batch","backfill":"b","batch":"c/_backfill/b/batch-1.json"}"#)
        == .command(.backfillBatch(id: "b", batch: "c/_backfill/b/batch-1.json")))
    #expect(
      try event(#"{"action":"backfill-merge","backfill":"b"}"#) == .command(.backfillMerge(id: "b"))
    )
  }

  @Test("Damaged events are refused or understood, but never a trap", arguments: 0..<40)
  func damaged(seed: Int) {
    var random = TestSupport.SplitMix64(seed: UInt64(seed))
    let samples = [
      Sample.sqs([Sample.s3("a"), Sample.snsEnvelope(Sample.eventBridge("b"))]), Sample.s3("a+b"),
      Sample.sns(Sample.s3("c")), Sample.schedule(), Sample.eventBridge("d"),
      #"{"action":"run","prefix":"x","groups":["adrc/form"],"dryRun":false}"#,
    ]
    for _ in 0..<50 {
      var bytes = Array(random.pick(samples).utf8)
      for _ in 0...random.below(3) {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + random.below(200)))
        }
        if bytes.isEmpty { bytes = [0x7B] }
      }
      _ = try? FunctionEvent(parsing: bytes, schema: .visitEvent)
    }
  }
}
