import CheckpointCore
import Configuration
import EventLogModel
import Logging
import ParquetKit
import S3Lite
import S3TestServer
import Testing

@testable import LambdaHost

/// A function under test, and S3 as it sees it.
struct FunctionFixture: Sendable {
  let server: S3TestServer
  let function: CheckpointFunction
  let client: S3Client
  let log: LogRecorder
  let metrics: MetricsRecorder

  /// Runs `body` with a function on an empty bucket `bucket`.
  ///
  /// - Parameters:
  ///   - variables: The environment, besides the source.
  ///   - configuration: The server's.
  ///   - pause: How a run waits: for a pause between tries, and for the end of its time to read.
  static func run(
    _ variables: [String: String] = [:],
    configuration: S3Service.Configuration = S3Service.Configuration(),
    pause: (@Sendable (S3TestServer, Duration) async throws -> Void)? = nil,
    _ body: (FunctionFixture) async throws -> Void
  ) async throws {
    try await S3TestServer.run(configuration) { server in
      server.createBucket("bucket")
      let account = Account.standard
      var s3 = S3Configuration(
        region: server.service.configuration.region,
        endpoint: S3EndpointSettings(url: server.endpoint))
      s3.retry.maxAttempts = 2
      let client = S3Client(
        configuration: s3,
        credentials: StaticCredentialProvider(
          AWSCredentials(
            accessKeyID: account.accessKeyID, secretAccessKey: account.secretAccessKey)))
      let all = ["SOURCE_BUCKET": "bucket", "SOURCE_PREFIX": "logs/"].merging(variables) { $1 }
      let log = LogRecorder()
      let metrics = MetricsRecorder()
      var environment = RunEnvironment.system
      if let pause { environment.sleep = { try await pause(server, $0) } }
      let reader = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: all))
      let function = CheckpointFunction(
        FunctionConfiguration.read(reader, schema: .visitEvent), schema: .visitEvent,
        client: client, logger: log.logger, metrics: metrics, environment: environment)
      do {
        try await body(
          FunctionFixture(
            server: server, function: function, client: client, log: log, metrics: metrics))
        try await client.shutdown()
      } catch {
        try? await client.shutdown()
        throw error
      }
    }
  }

  /// Puts an event under `logs/`.
  func put(_ event: TestEvent, _ name: String) {
    server.put(ObjectKey("logs/\(name)"), in: "bucket", event.bytes)
  }

  /// What an event is answered.
  func answer(
    _ event: String, within time: Duration? = nil
  ) async throws -> Answer {
    Answer(
      bytes: try await function.handle(
        Array(event.utf8),
        InvocationContext(
          requestID: "r", deadline: time.map { ContinuousClock.now + $0 })))
  }

  /// Pairs of participant and packet, as they stand in a checkpoint, in order.
  func rows(_ key: String = "checkpoints/events.parquet") async throws -> [String] {
    guard let object = server.object(ObjectKey(key), in: "bucket") else { return [] }
    let file = try await ParquetFile.open(BytesSource(object.body))
    let formatter = RowFormatter(file.schema.columns)
    var rows: [String] = []
    for group in file.metadata.rowGroups.indices {
      let columns = try await file.readRowGroup(group)
      for row in 0..<file.metadata.rowGroups[group].rowCount {
        var line: [UInt8] = []
        formatter.appendJSON(row: row, of: columns, to: &line)
        let values = try JSON(line)
        rows.append(
          (values["ptid"].string ?? "?") + (values["packet"].string.map { "/" + $0 } ?? ""))
      }
    }
    return rows
  }

  /// What `verify` says of everything there is.
  func isProven() async throws -> Bool {
    let answer = try await answer(#"{"action":"verify"}"#)
    if answer.body["proven"].boolean != true { Issue.record("\(answer.text)") }
    return answer.body["proven"].boolean == true && answer.body["pending"].integer == 0
  }
}

/// An answer of the function.
struct Answer: Sendable {
  let json: JSON
  let text: String

  init(bytes: [UInt8]) {
    text = String(decoding: bytes, as: UTF8.self)
    json = (try? JSON(bytes)) ?? JSON(nil)
  }

  var status: Int? { json["statusCode"].integer }
  var body: JSON { json["body"] }

  /// The ids of the messages that the queue must keep; nil where the answer is not about messages.
  var failures: [String]? {
    guard json.names == ["batchItemFailures"] else { return nil }
    return json["batchItemFailures"].elements.map { $0["itemIdentifier"].string ?? "?" }
  }
}
