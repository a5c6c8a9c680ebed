import FoundationEssentials

/// The JSON in which the endpoints of containers and instances, and programs, give credentials.
struct CredentialDocument: Decodable {
  /// The two dialects.
  enum Dialect {
    /// `Token`; a container's or an instance's endpoint.
    case endpoint
    /// `Version` and `SessionToken`; a program (`credential_process`).
    case program
  }

  private var version: Int?
  private var code: String?
  private var accessKeyID: String?
  private var secretAccessKey: String?
  private var token: String?
  private var sessionToken: String?
  private var expiration: String?

  private enum CodingKeys: String, CodingKey {
    case version = "Version"
    case code = "Code"
    case accessKeyID = "AccessKeyId"
    case secretAccessKey = "SecretAccessKey"
    case token = "Token"
    case sessionToken = "SessionToken"
    case expiration = "Expiration"
  }

  /// Reads credentials.
  ///
  /// - Parameter place: For errors, which never quote the document.
  static func credentials(in bytes: [UInt8], _ dialect: Dialect, from place: String)
    throws(CredentialError) -> ExpiringCredentials
  {
    func failure(_ reason: String) -> CredentialError {
      CredentialError(.sourceFailed, "\(place) \(reason).")
    }
    let document: CredentialDocument
    do {
      document = try JSONDecoder().decode(CredentialDocument.self, from: Data(bytes))
    } catch {
      // The decoder's error may quote what it read.
      throw failure("gave no JSON object of credentials")
    }
    if dialect == .program, document.version != 1 {
      throw failure("gave credentials of another version than 1, or did not say Version")
    }
    if dialect == .endpoint, let code = document.code, code != "Success" {
      // A code, not a text: anything long is not one.
      let shown = code.utf8.count <= 64 && code.utf8.allSatisfy { (0x21...0x7E).contains($0) }
      throw failure("answered with the error \(shown ? code : "in its field Code")")
    }
    guard let id = document.accessKeyID, !id.isEmpty, let secret = document.secretAccessKey,
      !secret.isEmpty
    else { throw failure("gave no AccessKeyId or no SecretAccessKey") }
    var expiration: Int64?
    if let text = document.expiration, !text.isEmpty {
      guard let time = ISO8601Time.microseconds(parsing: text) else {
        throw failure("gave an Expiration that is no time such as 2030-01-01T00:00:00Z")
      }
      expiration = time
    }
    return ExpiringCredentials(
      credentials: AWSCredentials(
        accessKeyID: id, secretAccessKey: secret,
        sessionToken: dialect == .program ? document.sessionToken : document.token),
      expiration: expiration)
  }
}
