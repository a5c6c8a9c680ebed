/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
///
/// AWS SDKs and Tools Reference Guide, "AWS access keys".
struct EnvironmentSource: CredentialSource {
  let host: AWSHost

  var place: String { "environment" }

  func lookUp() async throws -> Lookup<ExpiringCredentials> {
    switch (host.variable("AWS_ACCESS_KEY_ID"), host.variable("AWS_SECRET_ACCESS_KEY")) {
    case (nil, nil):
      return .absent(reason: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
    case (_?, nil):
      throw incomplete("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not")
    case (nil, _?):
      throw incomplete("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not")
    case (let id?, let secret?):
      return .found(
        ExpiringCredentials(
          credentials: AWSCredentials(
            accessKeyID: id, secretAccessKey: secret,
            sessionToken: host.variable("AWS_SESSION_TOKEN"))))
    }
  }

  private func incomplete(_ reason: String) -> CredentialError {
    CredentialError(.invalidConfiguration, "\(reason). Set both or neither.")
  }
}
