import Configuration

/// A setting of the function: an environment variable, and what else it may be called.
///
/// Other sources of configuration name it by the same words: `SOURCE_BUCKET` is `source.bucket`.
struct Setting: Sendable, Hashable {
  /// The environment variable.
  let variable: String
  /// Another variable for the same setting, as the Python function had it.
  let alias: String?

  init(_ variable: String, alias: String? = nil) {
    self.variable = variable
    self.alias = alias
  }

  /// The variables, the first one first.
  var names: [String] { [variable] + (alias.map { [$0] } ?? []) }

  static let sourceBucket = Setting("SOURCE_BUCKET", alias: "BUCKET")
  static let sourcePrefix = Setting("SOURCE_PREFIX", alias: "PREFIX")
  static let checkpointBucket = Setting("CHECKPOINT_BUCKET")
  static let checkpointKey = Setting("CHECKPOINT_KEY", alias: "CHECKPOINT_KEY_TEMPLATE")
  static let logLevel = Setting("LOG_LEVEL", alias: "POWERTOOLS_LOG_LEVEL")
  static let environment = Setting("ENVIRONMENT")
  static let compression = Setting("COMPRESSION")
  static let overlap = Setting("OVERLAP_MINUTES")
  static let concurrency = Setting("CONCURRENCY")
  static let unknownFields = Setting("UNKNOWN_FIELDS")
  static let deadlineMargin = Setting("DEADLINE_MARGIN_SECONDS")
  static let serviceName = Setting("POWERTOOLS_SERVICE_NAME")
  static let metricsNamespace = Setting("POWERTOOLS_METRICS_NAMESPACE")

  /// The words of a variable as a key of swift-configuration.
  static func key(_ variable: String) -> ConfigKey {
    ConfigKey(variable.lowercased().split(separator: "_").map(String.init))
  }
}

/// Reads settings one by one, and collects what is wrong with them.
struct SettingsReader {
  private let reader: ConfigReader
  private(set) var problems: [ConfigurationError.Problem] = []

  init(_ reader: ConfigReader) {
    self.reader = reader
  }

  /// A setting's value and the variable that it was found under; nil where it is not set. An empty
  /// value is as good as none.
  mutating func text(_ setting: Setting) -> (name: String, value: String)? {
    let found = setting.names.compactMap { name in
      string(Setting.key(name)).flatMap { $0.isEmpty ? nil : (name: name, value: $0) }
    }
    if found.count == 2, found[0].value != found[1].value {
      note(
        setting,
        "\(found[0].name) is \(quoted(found[0].value)) and \(found[1].name) is "
          + "\(quoted(found[1].value)), but they are two names of one setting. Remove one of them, "
          + "or give both the same value.")
      return nil
    }
    return found.first
  }

  /// The value of a setting that `parse` understands; nil where it is not set or is wrong.
  ///
  /// - Parameter right: What would be right, to follow "must be".
  mutating func value<Value>(
    _ setting: Setting, _ right: String, _ parse: (String) -> Value?
  ) -> Value? {
    guard let (name, text) = text(setting) else { return nil }
    if let value = parse(text) { return value }
    note(setting, "\(name) is \(quoted(text)), but must be \(right).")
    return nil
  }

  /// A whole number within bounds.
  mutating func integer(_ setting: Setting, _ range: ClosedRange<Int>, _ what: String) -> Int? {
    value(setting, "\(what), a whole number from \(range.lowerBound) to \(range.upperBound)") {
      // Int() takes a plus sign, which is harmless.
      Int($0).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// Notes a problem.
  mutating func note(_ setting: Setting, _ message: String) {
    problems.append(.init(variable: setting.variable, message: message))
  }

  /// A value in quotes, shortened.
  func quoted(_ value: String) -> String {
    value.count > 200 ? "\"\(value.prefix(200))…\"" : "\"\(value)\""
  }

  /// Providers that know types may hold a number as such.
  private func string(_ key: ConfigKey) -> String? {
    reader.string(forKey: key) ?? reader.int(forKey: key).map(String.init)
      ?? reader.double(forKey: key).map { "\($0)" } ?? reader.bool(forKey: key).map { "\($0)" }
  }
}
