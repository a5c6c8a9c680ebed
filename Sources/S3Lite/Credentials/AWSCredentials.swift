/// An access key of AWS. Neither its description nor its mirror ever shows the secret or the token.
public struct AWSCredentials: Sendable, Hashable {
  /// The public half, such as `AKIAIOSFODNN7EXAMPLE`; it goes over the wire with each request.
  public let accessKeyID: String
  /// The private half. It never leaves the process.
  public let secretAccessKey: String
  /// The token of temporary credentials; it goes over the wire, and with it and the signature
  /// anybody could act for a while.
  public let sessionToken: String?

  /// Credentials from their parts; an empty token is none.
  public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken?.isEmpty == true ? nil : sessionToken
  }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The access key's ID, and whether there is a session token.
  public var description: String {
    "access key \(accessKeyID)\(sessionToken == nil ? "" : " with a session token")"
  }

  /// The same as ``description``.
  public var debugDescription: String { description }

  /// Shows what ``description`` shows.
  public var customMirror: Mirror {
    Mirror(self, children: ["accessKeyID": accessKeyID])
  }
}
