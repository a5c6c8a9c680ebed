import NIOHTTP1

/// An answer, and what is wrong with it.
struct ServedAnswer: Sendable {
  var status: Int
  var headers: HTTPHeaders
  var body: [UInt8]

  init(_ status: Int, headers: HTTPHeaders = [:], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
    if !headers.contains(name: "content-type") {
      self.headers.add(name: "Content-Type", value: "application/json")
    }
  }

  static let accepted = ServedAnswer(202, body: Array(#"{"status":"OK"}"#.utf8))

  static func error(_ status: Int, _ type: String, _ message: String) -> ServedAnswer {
    ServedAnswer(
      status, body: Array(#"{"errorMessage":"\#(message)","errorType":"\#(type)"}"#.utf8))
  }

  static let invalidRequestID = error(400, "InvalidRequestID", "Invalid request ID")

  static func invalidState(_ call: String) -> ServedAnswer {
    error(403, "InvalidStateTransition", "The runtime may not call \(call) now")
  }

  /// An invocation, as `next` returns it.
  init(_ invocation: InvocationRequest) {
    var headers: HTTPHeaders = [
      "Content-Type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": invocation.requestID,
      "Lambda-Runtime-Deadline-Ms": String(invocation.deadlineMilliseconds),
      "Lambda-Runtime-Invoked-Function-Arn": invocation.functionARN,
    ]
    let optional = [
      ("Lambda-Runtime-Trace-Id", invocation.traceID),
      ("Lambda-Runtime-Client-Context", invocation.clientContext),
      ("Lambda-Runtime-Cognito-Identity", invocation.cognitoIdentity),
    ]
    for (name, value) in optional {
      if let value { headers.add(name: name, value: value) }
    }
    self.init(200, headers: headers, body: invocation.event)
  }
}
