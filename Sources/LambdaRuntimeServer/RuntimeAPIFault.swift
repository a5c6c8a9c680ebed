/// Something that goes wrong on purpose.
package enum RuntimeAPIFault: Sendable, Hashable {
  /// The connection is reset instead of an answer; nothing has happened.
  case reset
  /// The connection is closed instead of an answer; nothing has happened.
  case close
  /// Another status and body instead of an answer; nothing has happened.
  case status(Int, body: String = "")
  /// Bytes that are no HTTP.
  case garbage
  /// The answer comes later.
  case delay(Duration)
  /// A header of an invocation is missing.
  case missingHeader(String)
  /// A header of an invocation has another value, byte by byte.
  case header(String, String)
  /// The answer is given, and the connection closed after it without having been announced.
  case closeAfterAnswer
  /// The connection is closed in the middle of an event.
  case truncatedBody
  /// What was sent has been taken, and the connection is reset instead of an answer.
  case resetAfterEffect
  /// What was sent has been taken, and answered with another status.
  case statusAfterEffect(Int)

  /// Whether nothing is done besides what the fault itself does.
  var isInsteadOfEffect: Bool {
    switch self {
    case .reset, .close, .status, .garbage: true
    default: false
    }
  }
}

/// A fault, on which call, and how often.
struct RuntimeAPIFaultRule: Sendable {
  var fault: RuntimeAPIFault
  var kind: RuntimeAPICall.Kind
  var remaining: Int
}
