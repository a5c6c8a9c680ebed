public import CheckpointCore
public import Configuration
public import EventLogModel
import LambdaObservability
public import Logging
public import ParquetKit
import S3Lite

/// The settings of the function.
///
/// In AWS Lambda they come from environment variables; see `docs/lambda.md` for the table. S3's
/// endpoint, region and credentials are found as AWS's own tools find them.
public struct FunctionConfiguration: Sendable {
  /// The event type.
  public let schema: EventSchema
  /// The bucket that the event objects lie in (`SOURCE_BUCKET`).
  public let sourceBucket: String
  /// What the keys of the event objects begin with (`SOURCE_PREFIX`), literally.
  public let sourcePrefix: String
  /// The bucket that the checkpoints lie in (`CHECKPOINT_BUCKET`).
  public let checkpointBucket: String
  /// The key of the checkpoints in their bucket (`CHECKPOINT_KEY`), with placeholders.
  public let checkpointKey: String
  /// The directory at the literal beginning of ``checkpointKey``: empty, or with a `/` at its end.
  public let checkpointDirectory: String
  /// The rest of ``checkpointKey``: what a checkpoint is called in ``checkpointDirectory``.
  public let keyTemplate: KeyTemplate
  /// What is logged at least (`LOG_LEVEL`).
  public var logLevel = Logger.Level.info
  /// The name of the environment, such as `prod` (`ENVIRONMENT`); it stands in every log line.
  public var environment: String?
  /// The compression of the checkpoints (`COMPRESSION`).
  public var compression = Compression.zstd
  /// How long an object can become visible later than its LastModified says (`OVERLAP_MINUTES`).
  public var overlap = Duration.seconds(15 * 60)
  /// How many objects are read at the same time (`CONCURRENCY`).
  public var concurrency = 256
  /// What happens to fields that the event type does not have (`UNKNOWN_FIELDS`).
  public var unknownFields = EventDecoder.UnknownFieldPolicy.refuse
  /// How long before the invocation's deadline everything must be committed
  /// (`DEADLINE_MARGIN_SECONDS`).
  public var deadlineMargin = Duration.seconds(10)
  /// What log lines and metrics call the service (`POWERTOOLS_SERVICE_NAME`).
  public var serviceName = defaultServiceName
  /// The CloudWatch namespace of the metrics (`POWERTOOLS_METRICS_NAMESPACE`).
  public var metricsNamespace = defaultMetricsNamespace

  /// Where checkpoints lie unless it is said.
  public static let defaultCheckpointKey = "checkpoints/events.parquet"
  /// What the service is called unless it is said.
  public static let defaultServiceName = "event-log-checkpoint"
  /// The namespace of the metrics unless it is said.
  public static let defaultMetricsNamespace = "EventLogCheckpoint"

  /// Settings with defaults for all but the source.
  ///
  /// - Parameters:
  ///   - sourceBucket: The bucket that the event objects lie in.
  ///   - sourcePrefix: What their keys begin with.
  ///   - checkpointBucket: The bucket that the checkpoints lie in; nil for the source's.
  ///   - checkpointKey: The key of the checkpoints, with placeholders.
  ///   - schema: The event type.
  /// - Throws: `KeyTemplateError` where the key is no template.
  public init(
    sourceBucket: String, sourcePrefix: String = "", checkpointBucket: String? = nil,
    checkpointKey: String = defaultCheckpointKey, schema: EventSchema = .visitEvent
  ) throws(KeyTemplateError) {
    self.schema = schema
    self.sourceBucket = sourceBucket
    self.sourcePrefix = sourcePrefix
    self.checkpointBucket = checkpointBucket ?? sourceBucket
    self.checkpointKey = checkpointKey
    // The directory is the store's root, as for the command line, so that both can go on from each
    // other's state.
    let whole = try KeyTemplate(checkpointKey, schema: schema)
    checkpointDirectory = whole.directory
    keyTemplate = try KeyTemplate(
      String(Substring(checkpointKey.utf8.dropFirst(whole.directory.utf8.count))), schema: schema)
  }

  /// Reads the settings.
  ///
  /// ```swift
  /// let configuration = try FunctionConfiguration(
  ///   ConfigReader(provider: EnvironmentVariablesProvider()))
  /// ```
  ///
  /// - Parameters:
  ///   - reader: From where; `SOURCE_BUCKET` has the key `source.bucket`, and so on.
  ///   - schema: The event type.
  /// - Throws: ``ConfigurationError`` with everything that is missing or wrong.
  public init(
    _ reader: ConfigReader, schema: EventSchema = .visitEvent
  ) throws(ConfigurationError) {
    var settings = SettingsReader(reader)
    let sourceBucket = settings.bucket(.sourceBucket)
    if sourceBucket == nil, settings.problems.isEmpty {
      settings.note(
        .sourceBucket,
        "SOURCE_BUCKET is not set. Set it to the name of the bucket that the event objects lie in.")
    }
    let sourcePrefix = settings.prefix(.sourcePrefix)
    let checkpointBucket = settings.bucket(.checkpointBucket)
    let key = settings.text(.checkpointKey)
    var located: FunctionConfiguration?
    do {
      located = try FunctionConfiguration(
        sourceBucket: sourceBucket ?? "", sourcePrefix: sourcePrefix ?? "",
        checkpointBucket: checkpointBucket,
        checkpointKey: key?.value ?? FunctionConfiguration.defaultCheckpointKey, schema: schema)
    } catch {
      settings.note(
        .checkpointKey,
        "\(key?.name ?? Setting.checkpointKey.variable) is wrong: \(error.description) It must be "
          + "a key such as \(FunctionConfiguration.defaultCheckpointKey) or "
          + "checkpoints/{study}/{datatype}/events.parquet.")
    }
    let logLevel = settings.value(.logLevel, SettingsReader.levels) {
      Logger.Level(lambdaName: $0)
    }
    let environment = settings.value(.environment, "a name of at most 100 visible characters") {
      SettingsReader.isVisible($0, atMost: 100) ? $0 : nil
    }
    let compression = settings.value(.compression, "zstd, snappy, gzip or none") {
      SettingsReader.compressions[$0.lowercased()]
    }
    let overlap = settings.integer(.overlap, 0...525_600, "minutes")
    let concurrency = settings.integer(.concurrency, 1...900, "the number of objects")
    let unknownFields = settings.value(.unknownFields, "refuse or ignore") {
      EventDecoder.UnknownFieldPolicy(rawValue: $0.lowercased())
    }
    let margin = settings.integer(.deadlineMargin, 0...600, "seconds")
    let serviceName = settings.value(.serviceName, "a name of at most 250 visible characters") {
      SettingsReader.isVisible($0, atMost: 250) ? $0 : nil
    }
    let namespace = settings.value(.metricsNamespace, SettingsReader.namespaces) {
      SettingsReader.isNamespace($0) ? $0 : nil
    }
    guard var made = located, settings.problems.isEmpty else {
      throw ConfigurationError(problems: settings.problems)
    }
    made.logLevel = logLevel ?? made.logLevel
    made.environment = environment
    made.compression = compression ?? made.compression
    made.overlap = overlap.map { .seconds($0 * 60) } ?? made.overlap
    made.concurrency = concurrency ?? made.concurrency
    made.unknownFields = unknownFields ?? made.unknownFields
    made.deadlineMargin = margin.map { .seconds($0) } ?? made.deadlineMargin
    made.serviceName = serviceName ?? made.serviceName
    made.metricsNamespace = namespace ?? made.metricsNamespace
    self = made
  }

  /// The settings, or what is wrong with them.
  static func read(
    _ reader: ConfigReader, schema: EventSchema = .visitEvent
  ) -> Result<FunctionConfiguration, ConfigurationError> {
    do throws(ConfigurationError) {
      return .success(try FunctionConfiguration(reader, schema: schema))
    } catch {
      return .failure(error)
    }
  }

  /// What a run under these settings is to do.
  ///
  /// - Parameter budget: How long it may take; nil for as long as it needs.
  public func runConfiguration(budget: Duration? = nil) -> RunConfiguration {
    var run = RunConfiguration(schema: schema, keyTemplate: keyTemplate)
    run.sourcePrefix = String(Substring(sourcePrefix.utf8.dropFirst(sourceDirectory.utf8.count)))
    run.unknownFields = unknownFields
    run.compression = compression
    run.overlap = overlap
    run.concurrency = concurrency
    run.budget = budget
    return run
  }

  /// The part of ``sourcePrefix`` up to and with its last `/`: the root of the source's store, so
  /// that the names of objects are whole whatever the prefix is.
  public var sourceDirectory: String {
    guard let slash = sourcePrefix.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(sourcePrefix[...slash])
  }
}

extension SettingsReader {
  /// A bucket's name.
  fileprivate mutating func bucket(_ setting: Setting) -> String? {
    guard let (name, text) = text(setting) else { return nil }
    if let fault = BucketName.fault(of: text) {
      note(setting, "\(name) is \(quoted(text)). \(fault)")
      return nil
    }
    // Older buckets have capital letters and underscores.
    let isName =
      text.utf8.count <= 255
      && text.utf8.allSatisfy { byte in
        SettingsReader.isLetterOrDigit(byte) || "-._".utf8.contains(byte)
      }
    guard isName else {
      note(
        setting,
        "\(name) is \(quoted(text)), but must be the name of a bucket: letters, digits, \"-\" and "
          + "\".\", at most 255.")
      return nil
    }
    return text
  }

  /// A prefix of keys.
  fileprivate mutating func prefix(_ setting: Setting) -> String? {
    value(
      setting,
      "what the keys of the event objects begin with, such as logs/: no URL, no \"/\" at its "
        + "beginning, at most 1,000 bytes"
    ) {
      $0.utf8.first == UInt8(ascii: "/") || $0.contains("://") || $0.utf8.count > 1000
        || $0.utf8.contains(0) ? nil : $0
    }
  }

  fileprivate static let compressions: [String: Compression] = [
    "zstd": .zstd, "snappy": .snappy, "gzip": .gzip, "none": .uncompressed,
  ]

  fileprivate static let levels = "TRACE, DEBUG, INFO, NOTICE, WARN, ERROR or FATAL"

  fileprivate static let namespaces =
    "the name of a CloudWatch namespace: at most 255 letters, digits and characters of "
    + "\".-_/#: \", not beginning with \":\" or \"AWS/\""

  fileprivate static func isNamespace(_ text: String) -> Bool {
    text.utf8.count <= 255 && !text.hasPrefix(":") && !text.hasPrefix("AWS/")
      && text.utf8.contains { $0 != UInt8(ascii: " ") }
      && text.utf8.allSatisfy { isLetterOrDigit($0) || ".-_/#: ".utf8.contains($0) }
  }

  fileprivate static func isVisible(_ text: String, atMost count: Int) -> Bool {
    text.utf8.count <= count && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }

  fileprivate static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
