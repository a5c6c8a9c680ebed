/// How log lines are written.
public enum LambdaLogFormat: Sendable, Hashable {
  /// A JSON object a line, with the keys of Powertools for AWS Lambda.
  case json
  /// Level, time, request and message, with tabs in between.
  case text
}
