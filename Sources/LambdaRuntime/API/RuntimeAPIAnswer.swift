/// What the Runtime API said to something it was sent.
struct RuntimeAPIAnswer: Sendable, Hashable, CustomStringConvertible {
  var status: Int
  /// The beginning of the body, on one line: `{"errorMessage":...,"errorType":...}` where something is
  /// wrong.
  var body: String

  /// How many characters of a body are kept.
  private static let bodyLimit = 1_024

  init(status: Int, body: String) {
    self.status = status
    var line = String.UnicodeScalarView()
    for scalar in body.unicodeScalars.prefix(RuntimeAPIAnswer.bodyLimit) {
      line.append(scalar.value < 0x20 || scalar.value == 0x7f ? " " : scalar)
    }
    self.body = String(line)
  }

  /// What a status means for the loop.
  ///
  /// Lambda Runtime API, OpenAPI specification: 202 accepted; 400, 403 refused; 413 payload too large;
  /// 500 "Container error. Non-recoverable state. Runtime should exit promptly."
  enum Meaning: Sendable, Hashable {
    case accepted
    case tooLarge
    /// Not taken, and it would not be if it were sent again.
    case refused
    /// The process has to end.
    case containerError
  }

  var meaning: Meaning {
    switch status {
    case 200..<300: .accepted
    case 413: .tooLarge
    case 500...: .containerError
    default: .refused
    }
  }

  var description: String {
    body.isEmpty ? "status \(status)" : "status \(status): \(body)"
  }
}
