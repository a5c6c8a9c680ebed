import CheckpointCore
import Configuration
import EventLogModel
import LambdaHost
import Logging
import ParquetKit
import Testing

/// The settings of an environment.
func settings(_ variables: [String: String]) throws -> FunctionConfiguration {
  try FunctionConfiguration(
    ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables)))
}

@Suite("Settings")
struct FunctionConfigurationTests {
  @Test("The source is all that must be said")
  func defaults() throws {
    let configuration = try settings(["SOURCE_BUCKET": "visits"])
    #expect(configuration.sourceBucket == "visits" && configuration.sourcePrefix == "")
    #expect(configuration.checkpointBucket == "visits")
    #expect(configuration.checkpointKey == "checkpoints/events.parquet")
    #expect(configuration.checkpointDirectory == "checkpoints/")
    #expect(configuration.keyTemplate.text == "events.parquet")
    #expect(configuration.logLevel == .info && configuration.environment == nil)
    #expect(configuration.compression == .zstd && configuration.overlap == .seconds(900))
    #expect(configuration.concurrency == 256 && configuration.unknownFields == .refuse)
    #expect(configuration.deadlineMargin == .seconds(10))
    #expect(configuration.metricsNamespace == "EventLogCheckpoint")
  }

  @Test("Every setting can be said")
  func all() throws {
    let configuration = try settings([
      "SOURCE_BUCKET": "visits", "SOURCE_PREFIX": "logs/v2/", "CHECKPOINT_BUCKET": "tables",
      "CHECKPOINT_KEY": "c/study={study}/{datatype}/{year}.parquet", "LOG_LEVEL": "warn",
      "ENVIRONMENT": "prod", "COMPRESSION": "SNAPPY", "OVERLAP_MINUTES": "0", "CONCURRENCY": "1",
      "UNKNOWN_FIELDS": "ignore", "DEADLINE_MARGIN_SECONDS": "25",
      "POWERTOOLS_SERVICE_NAME": "visit log", "POWERTOOLS_METRICS_NAMESPACE": "Visits/Log",
    ])
    #expect(configuration.sourcePrefix == "logs/v2/" && configuration.checkpointBucket == "tables")
    #expect(configuration.checkpointDirectory == "c/")
    #expect(configuration.keyTemplate.text == "study={study}/{datatype}/{year}.parquet")
    #expect(configuration.logLevel == .warning && configuration.environment == "prod")
    #expect(configuration.compression == .snappy && configuration.overlap == .zero)
    #expect(configuration.concurrency == 1 && configuration.unknownFields == .ignore)
    #expect(configuration.deadlineMargin == .seconds(25))
    #expect(configuration.serviceName == "visit log")
    #expect(configuration.metricsNamespace == "Visits/Log")
  }

  @Test("The Python function's names are understood, and both at once where they agree")
  func aliases() throws {
    let python = try settings([
      "BUCKET": "visits", "PREFIX": "logs/", "CHECKPOINT_KEY_TEMPLATE": "c/{study}.parquet",
      "POWERTOOLS_LOG_LEVEL": "DEBUG",
    ])
    #expect(python.sourceBucket == "visits" && python.sourcePrefix == "logs/")
    #expect(python.checkpointKey == "c/{study}.parquet" && python.logLevel == .debug)
    let both = try settings(["BUCKET": "visits", "SOURCE_BUCKET": "visits"])
    #expect(both.sourceBucket == "visits")
    let empty = try settings(["BUCKET": "visits", "SOURCE_BUCKET": "", "LOG_LEVEL": ""])
    #expect(empty.sourceBucket == "visits" && empty.logLevel == .info)
  }

  @Test(
    "A wrong value is named, with what is wrong and what is right",
    arguments: [
      ("SOURCE_BUCKET", "s3://visits/logs", "slash"), ("SOURCE_BUCKET", "vi sits", "letters"),
      ("SOURCE_BUCKET", "arn:aws:s3:us-east-1:1:accesspoint/x", "alias"),
      ("SOURCE_BUCKET", "visits--use1-az4--x-s3", "directory bucket"),
      ("SOURCE_PREFIX", "/logs/", "beginning"), ("SOURCE_PREFIX", "s3://visits/logs/", "no URL"),
      ("CHECKPOINT_BUCKET", "a/b", "slash"), ("CHECKPOINT_KEY", "c/{center}.parquet", "{center}"),
      ("CHECKPOINT_KEY", "c/{study.parquet", "brace"), ("CHECKPOINT_KEY", "c/", "c/"),
      ("CHECKPOINT_KEY", "/c/x.parquet", "/"), ("CHECKPOINT_KEY", "c/../x.parquet", ".."),
      ("CHECKPOINT_KEY", "c/_x.parquet", "_"), ("LOG_LEVEL", "LOUD", "DEBUG"),
      ("ENVIRONMENT", "a\u{1}b", "visible"), ("COMPRESSION", "lz4", "zstd, snappy, gzip or none"),
      ("OVERLAP_MINUTES", "-1", "from 0"), ("OVERLAP_MINUTES", "1.5", "whole number"),
      ("OVERLAP_MINUTES", "99999999999999999999", "whole number"), ("CONCURRENCY", "0", "from 1"),
      ("CONCURRENCY", "many", "from 1 to 900"), ("UNKNOWN_FIELDS", "keep", "refuse or ignore"),
      ("DEADLINE_MARGIN_SECONDS", "601", "to 600"),
      ("POWERTOOLS_SERVICE_NAME", "a\nb", "visible"),
      ("POWERTOOLS_METRICS_NAMESPACE", "AWS/Lambda", "AWS/"),
      ("POWERTOOLS_METRICS_NAMESPACE", "é", "CloudWatch"),
    ])
  func wrong(variable: String, value: String, says: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try settings(["SOURCE_BUCKET": "visits"].merging([variable: value]) { $1 })
    }
    let problems = try #require(error).problems
    #expect(problems.map(\.variable) == [variable])
    #expect(problems[0].message.contains(variable), "\(problems[0].message)")
    #expect(problems[0].message.contains(says), "\(problems[0].message)")
  }

  @Test("The name that was used is the one that is told")
  func namesAlias() throws {
    let error = #expect(throws: ConfigurationError.self) { try settings(["BUCKET": "a b"]) }
    #expect(error?.problems.map(\.variable) == ["SOURCE_BUCKET"])
    #expect(error?.description.hasPrefix("BUCKET is") == true)
  }

  @Test("Two names of one setting that disagree are an error that names both")
  func disagreement() throws {
    for (first, second, a, b) in [
      ("SOURCE_BUCKET", "BUCKET", "one", "two"), ("SOURCE_PREFIX", "PREFIX", "a/", "b/"),
      ("CHECKPOINT_KEY", "CHECKPOINT_KEY_TEMPLATE", "a.parquet", "b.parquet"),
      ("LOG_LEVEL", "POWERTOOLS_LOG_LEVEL", "INFO", "DEBUG"),
    ] {
      let error = #expect(throws: ConfigurationError.self) {
        try settings(["SOURCE_BUCKET": "visits"].merging([first: a, second: b]) { $1 })
      }
      let problems = try #require(error).problems
      #expect(problems.count == 1)
      for part in [first, second, a, b] { #expect(problems[0].message.contains(part)) }
    }
  }

  @Test("Everything that is wrong is told at once")
  func everything() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try settings([
        "CHECKPOINT_KEY": "{x}", "COMPRESSION": "zip", "CONCURRENCY": "x", "LOG_LEVEL": "x",
      ])
    }
    #expect(
      error?.problems.map(\.variable) == [
        "SOURCE_BUCKET", "CHECKPOINT_KEY", "LOG_LEVEL", "COMPRESSION", "CONCURRENCY",
      ])
  }

  @Test("Other sources of settings may know numbers")
  func typed() throws {
    let reader = ConfigReader(
      provider: InMemoryProvider(values: [
        "source.bucket": "visits", "concurrency": 7, "overlap.minutes": 20,
      ]))
    let configuration = try FunctionConfiguration(reader)
    #expect(configuration.concurrency == 7 && configuration.overlap == .seconds(1200))
    let wrong = ConfigReader(
      provider: InMemoryProvider(values: ["source.bucket": "visits", "concurrency": 1.5]))
    #expect(throws: ConfigurationError.self) { try FunctionConfiguration(wrong) }
  }

  @Test(
    "A prefix is divided after its last slash, so that names of objects stay whole",
    arguments: [
      ("", "", ""), ("logs/", "logs/", ""), ("logs/log-sub", "logs/", "log-sub"),
      ("logs", "", "logs"), ("a/b/c", "a/b/", "c"),
    ])
  func prefixes(prefix: String, directory: String, rest: String) throws {
    let configuration = try settings(["SOURCE_BUCKET": "visits", "SOURCE_PREFIX": prefix])
    #expect(configuration.sourceDirectory == directory)
    #expect(configuration.runConfiguration().sourcePrefix == rest)
  }
}
