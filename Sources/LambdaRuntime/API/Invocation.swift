internal import NIOHTTP1

/// An invocation as Lambda hands it over.
struct Invocation: Sendable {
  var event: [UInt8]
  var context: LambdaContext
}

/// Why an invocation cannot be handed to a handler, and under which id Lambda can be told.
struct MalformedInvocation: Error, Hashable {
  /// Nil where there is none, or none that can stand in a path.
  var requestID: String?
  var problem: String
}

extension LambdaContext {
  /// The context that the headers of an invocation describe.
  ///
  /// Lambda Runtime API, "Next invocation", response headers.
  init(_ headers: HTTPHeaders) throws(MalformedInvocation) {
    guard let id = headers.first(name: "lambda-runtime-aws-request-id") else {
      throw MalformedInvocation(
        problem: "The invocation has no header Lambda-Runtime-Aws-Request-Id.")
    }
    guard LambdaContext.isPathSegment(id) else {
      throw MalformedInvocation(
        problem: "Lambda-Runtime-Aws-Request-Id must be letters, digits, \"-\", \"_\" and \".\", "
          + "not \(String(id.prefix(128)).debugDescription).")
    }
    guard let text = headers.first(name: "lambda-runtime-deadline-ms") else {
      throw MalformedInvocation(
        requestID: id, problem: "The invocation has no header Lambda-Runtime-Deadline-Ms.")
    }
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let deadline = Int64(text)
    else {
      throw MalformedInvocation(
        requestID: id,
        problem: "Lambda-Runtime-Deadline-Ms must be milliseconds since the epoch, not "
          + "\(String(text.prefix(128)).debugDescription).")
    }
    self.init(
      requestID: id,
      invokedFunctionARN: headers.first(name: "lambda-runtime-invoked-function-arn") ?? "",
      deadlineMilliseconds: deadline,
      traceID: headers.first(name: "lambda-runtime-trace-id"),
      clientContext: headers.first(name: "lambda-runtime-client-context"),
      cognitoIdentity: headers.first(name: "lambda-runtime-cognito-identity"))
  }

  /// Whether an id can stand in a path as it is, and means itself there. Lambda's are UUIDs.
  private static func isPathSegment(_ id: String) -> Bool {
    guard (1...128).contains(id.utf8.count), id != ".", id != ".." else { return false }
    return id.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        true
      default: false
      }
    }
  }
}
