/// A call of the Lambda Runtime API, as its path says.
package enum RuntimeAPICall: Sendable, Hashable {
  case next
  case response(requestID: String)
  case error(requestID: String)
  case initError

  /// Which call, whatever the invocation.
  package enum Kind: Sendable, Hashable, CaseIterable {
    case next
    case response
    case error
    case initError
  }

  package var kind: Kind {
    switch self {
    case .next: .next
    case .response: .response
    case .error: .error
    case .initError: .initError
    }
  }

  /// The call that a method and a path stand for.
  package enum Recognition: Sendable, Hashable {
    case call(RuntimeAPICall)
    case unknownPath
    case wrongMethod
  }

  package static func recognize(method: String, path: String) -> Recognition {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 5, parts[0].isEmpty, parts[1] == "2018-06-01", parts[2] == "runtime" else {
      return .unknownPath
    }
    let call: RuntimeAPICall
    switch (parts[3], parts.count) {
    case ("init", 5) where parts[4] == "error": call = .initError
    case ("invocation", 5) where parts[4] == "next": call = .next
    case ("invocation", 6) where parts[5] == "response" && !parts[4].isEmpty:
      call = .response(requestID: parts[4])
    case ("invocation", 6) where parts[5] == "error" && !parts[4].isEmpty:
      call = .error(requestID: parts[4])
    default: return .unknownPath
    }
    return method == (call == .next ? "GET" : "POST") ? .call(call) : .wrongMethod
  }
}
