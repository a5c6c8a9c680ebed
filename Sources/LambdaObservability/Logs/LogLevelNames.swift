public import Logging

extension Logger.Level {
  /// A level by the name that AWS Lambda's logging configuration, Powertools or swift-log give it,
  /// in upper or lower case; nil for any other.
  public init?(lambdaName: String) {
    switch lambdaName.lowercased() {
    case "trace", "notset": self = .trace
    case "debug": self = .debug
    case "info": self = .info
    case "notice": self = .notice
    case "warn", "warning": self = .warning
    case "error": self = .error
    case "fatal", "critical": self = .critical
    default: return nil
    }
  }

  /// The name that Powertools writes; it knows no level between INFO and WARNING.
  var powertoolsName: StaticString {
    switch self {
    case .trace: "TRACE"
    case .debug: "DEBUG"
    case .info, .notice: "INFO"
    case .warning: "WARNING"
    case .error: "ERROR"
    case .critical: "CRITICAL"
    }
  }
}
