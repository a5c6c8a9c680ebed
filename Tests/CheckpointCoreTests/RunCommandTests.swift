import Foundation
import TestSupport
import Testing

/// The command as people run it: the built binary, with real directories.
@Suite("The command run")
struct RunCommandTests {
  /// The binary lies beside the tests' own.
  private static var binary: URL {
    var directory = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while directory.path.count > 1 {
      let candidate = directory.appendingPathComponent("event-checkpoint")
      if FileManager.default.isExecutableFile(atPath: candidate.path),
        !candidate.hasDirectoryPath
      {
        var isDirectory: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory)
        if !isDirectory.boolValue { return candidate }
      }
      directory = directory.deletingLastPathComponent()
    }
    return URL(fileURLWithPath: "event-checkpoint")
  }

  private func run(
    _ arguments: [String], in directory: TemporaryDirectory
  ) async throws -> Program.Outcome {
    try await Program(RunCommandTests.binary, ["run"] + arguments).run(in: directory.path)
  }

  private func events() throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    try directory.write("in/log-a.json", TestEvent.of("a").json)
    try directory.write("in/log-b.json", TestEvent.of("b", study: "dvcid").json)
    try directory.write("in/log-bad.json", "{")
    try directory.write("in/readme.txt", "x")
    return directory
  }

  @Test("A run answers with its table, then that nothing is new")
  func text() async throws {
    let directory = try events()
    let arguments = ["--source", "in", "--checkpoint", "out/{study}/events.parquet"]
    let first = try await run(arguments, in: directory)
    #expect(first.status == 0)
    #expect(first.text.contains("out/dvcid/events.parquet"))
    #expect(first.text.contains("2 new events merged"))
    #expect(first.errors.isEmpty)
    let before = try directory.contents()
    let second = try await run(arguments, in: directory)
    #expect(second.text == "Nothing is new: 2 events in 2 checkpoints are up to date.\n")
    #expect(try directory.contents() == before)
  }

  @Test("With --json there is one JSON object of the documented form")
  func json() async throws {
    let directory = try events()
    let url = "file://" + directory.path
    let answer = try await run(
      ["--source", url + "/in", "--checkpoint", url + "/in/out/all.parquet", "--json"],
      in: directory)
    #expect(answer.status == 0)
    #expect(answer.json?["statusCode"] as? Int == 200)
    #expect(answer.body["listed"] as? Int == 4)
    #expect(answer.body["ignored"] as? Int == 1)
    #expect(answer.body["refused"] as? Int == 1)
    #expect(answer.body["groups_processed"] as? Int == 2)
    #expect(answer.body["complete"] as? Bool == true)
    let groups = try #require(answer.body["successful_groups"] as? [[String: Any]])
    #expect(groups.map { $0["study"] as? String } == ["adrc", "dvcid"])
    #expect(groups.map { $0["rows"] as? Int } == [1, 1])
    #expect(
      groups[0]["checkpoint_key"] as? String == directory.path + "/in/out/all.parquet")
  }

  @Test("The exit status says how it went")
  func statuses() async throws {
    let directory = try events()
    let template = "out/{study}/events.parquet"
    let strict = try await run(
      ["--source", "in", "--checkpoint", template, "--strict"], in: directory)
    #expect(strict.status == 2)
    try directory.write("out/adrc/events.parquet", "damaged")
    let some = try await run(["--source", "in", "--checkpoint", template, "--json"], in: directory)
    #expect(some.status == 2)
    #expect(some.json?["statusCode"] as? Int == 207)
    #expect(some.body["groups_failed"] as? Int == 1)
    try directory.write("out/dvcid/events.parquet", "damaged")
    let all = try await run(["--source", "in", "--checkpoint", template, "--json"], in: directory)
    #expect(all.status == 3)
    let rebuilt = try await run(
      ["--source", "in", "--checkpoint", template, "--rebuild"], in: directory)
    #expect(rebuilt.status == 0)
    let missing = try await run(
      ["--source", "none", "--checkpoint", "new/x.parquet", "--json"], in: directory)
    #expect(missing.status == 3)
    #expect(missing.body["error"] != nil)
    #expect(missing.errors.contains("could not be"))
  }

  @Test("A dry run writes nothing")
  func dryRun() async throws {
    let directory = try events()
    let before = try directory.contents()
    let answer = try await run(
      ["--source", "in", "--checkpoint", "out/{year}.parquet", "--dry-run"], in: directory)
    #expect(answer.status == 0)
    #expect(answer.text.contains("would be merged"))
    #expect(try directory.contents() == before)
  }

  @Test(
    "Wrong usage has the status 64 and a sentence",
    arguments: [
      (["--checkpoint", "x.parquet"], "source"),
      (["--source", "in", "--checkpoint", "{site}.parquet"], "{study}, {datatype}, {year}"),
      (["--source", "in", "--checkpoint", "{study.parquet"], "brace"),
      (["--source", "in", "--checkpoint", "out/"], "names no file"),
      (["--source", "gs://bucket/x", "--checkpoint", "x.parquet"], "not supported"),
      (["--source", "file://host/x", "--checkpoint", "x.parquet"], "host"),
      (["--source", "in", "--checkpoint", "x.parquet", "--concurrency", "0"], "concurrency"),
      (["--source", "in", "--checkpoint", "x.parquet", "--compression", "lz4"], "lz4"),
      (["--source", "in", "--checkpoint", "x.parquet", "--budget-seconds", "0"], "budget"),
      (["--source", "in", "--checkpoint", "x.parquet", "--only-sources"], "--rebuild"),
    ])
  func usage(arguments: [String], word: String) async throws {
    let directory = try events()
    let answer = try await run(arguments, in: directory)
    #expect(answer.status == 64)
    #expect(answer.errors.contains(word))
  }
}

extension Program.Outcome {
  fileprivate var json: [String: Any]? {
    try? JSONSerialization.jsonObject(with: Data(output)) as? [String: Any]
  }

  fileprivate var body: [String: Any] { json?["body"] as? [String: Any] ?? [:] }
}
