/// An invocation as somebody asks for it.
package struct InvocationRequest: Sendable, Hashable {
  package var event: [UInt8]
  package var requestID: String
  /// How long the function has, from when it is invoked.
  package var timeout: Duration
  /// When the time is over, in milliseconds since the epoch; known once the function is invoked.
  var deadlineMilliseconds: Int64 = 0
  package var functionARN: String
  package var traceID: String?
  package var clientContext: String?
  package var cognitoIdentity: String?

  package init(
    _ event: [UInt8], requestID: String, timeout: Duration = .seconds(900),
    functionARN: String = "arn:aws:lambda:us-east-1:111122223333:function:local",
    traceID: String? = nil, clientContext: String? = nil, cognitoIdentity: String? = nil
  ) {
    self.event = event
    self.requestID = requestID
    self.timeout = timeout
    self.functionARN = functionARN
    self.traceID = traceID
    self.clientContext = clientContext
    self.cognitoIdentity = cognitoIdentity
  }
}

/// What came of an invocation.
package enum InvocationOutcome: Sendable, Hashable {
  case response([UInt8])
  case functionError(ReportedFailure)
  /// The function could not be made ready.
  case initError(ReportedFailure)
  /// There was no answer in time.
  case timedOut
  /// Whoever asked has given up, or the server has stopped.
  case abandoned
}

/// An error as a runtime has reported it.
package struct ReportedFailure: Sendable, Hashable {
  /// The header `Lambda-Runtime-Function-Error-Type`.
  package var type: String?
  package var contentType: String?
  package var body: [UInt8]

  package init(type: String?, contentType: String?, body: [UInt8]) {
    self.type = type
    self.contentType = contentType
    self.body = body
  }
}
