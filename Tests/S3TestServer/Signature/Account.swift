/// Somebody who may sign requests.
package struct Account: Sendable, Hashable {
  package var accessKeyID: String
  package var secretAccessKey: String
  /// The token that must come with requests; nil for long-term credentials.
  package var sessionToken: String?
  /// Whether the token has expired.
  package var isExpired: Bool

  package init(
    accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil,
    isExpired: Bool = false
  ) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
    self.isExpired = isExpired
  }

  /// The account that every server has unless told otherwise.
  package static let standard = Account(
    accessKeyID: "AKIATESTSERVER", secretAccessKey: "test/server+secret")
}
