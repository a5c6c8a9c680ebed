import Crypto

/// The key that signs for one credential, day, region and service.
///
/// AWS IAM User Guide, "Create a signed AWS API request", step 4.
struct SigningKey: Sendable {
  /// HMAC with the key already worked in, so that a signature costs no key schedule.
  private let authenticator: HMAC<SHA256>

  /// Derives the key: four HMACs in a row.
  init(_ credentials: AWSCredentials, time: SigningTime, region: String, service: String) {
    let secret = SymmetricKey(data: Array(("AWS4" + credentials.secretAccessKey).utf8))
    let dateKey = SigningKey.code(for: Array(time.date), using: secret)
    let regionKey = SigningKey.code(for: Array(region.utf8), using: dateKey)
    let serviceKey = SigningKey.code(for: Array(service.utf8), using: regionKey)
    let signingKey = SigningKey.code(for: Array("aws4_request".utf8), using: serviceKey)
    authenticator = HMAC<SHA256>(key: signingKey)
  }

  private static func code(for message: [UInt8], using key: SymmetricKey) -> SymmetricKey {
    SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: message, using: key))
  }

  /// The signature of a text, in lower-case hexadecimal.
  func signature(of text: StringToSign) -> String {
    var authenticator = authenticator
    authenticator.update(data: text.bytes)
    return authenticator.finalize().withUnsafeBytes { Hexadecimal.string($0) }
  }
}

extension SigningKey: CustomReflectable {
  /// Shows nothing.
  var customMirror: Mirror { Mirror(self, children: []) }
}
