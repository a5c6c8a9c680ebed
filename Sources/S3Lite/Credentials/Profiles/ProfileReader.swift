/// What one profile says of credentials.
struct ProfileReader {
  /// Where a role's first credentials come from.
  enum Source {
    case base(CredentialPlan.Base)
    case profile(String)
  }

  let name: String
  let profile: Profile

  /// An error about this profile; the reason is the rest of a sentence.
  func error(_ reason: String, _ code: CredentialError.Code = .invalidConfiguration)
    -> CredentialError
  {
    CredentialError(code, "The profile \(name) \(reason).")
  }

  /// Its access key.
  func accessKey() throws(CredentialError) -> AWSCredentials? {
    switch (profile["aws_access_key_id"], profile["aws_secret_access_key"]) {
    case (nil, nil): return nil
    case (_?, nil): throw error("has an aws_access_key_id, but no aws_secret_access_key")
    case (nil, _?): throw error("has an aws_secret_access_key, but no aws_access_key_id")
    case (let id?, let secret?):
      return AWSCredentials(
        accessKeyID: id, secretAccessKey: secret, sessionToken: profile["aws_session_token"])
    }
  }

  /// The role that it assumes.
  func role() throws(CredentialError) -> RoleRequest? {
    guard let arn = profile["role_arn"] else {
      if profile["web_identity_token_file"] != nil {
        throw error("has a web_identity_token_file, but no role_arn")
      }
      return nil
    }
    if profile["mfa_serial"] != nil {
      throw error(
        "asks for a code of an MFA device (mfa_serial), which nobody can type in here. Use"
          + " credential_process with `aws configure export-credentials --profile \(name)`",
        .unsupported)
    }
    var seconds: Int?
    if let text = profile["duration_seconds"] {
      guard let number = Int(text), (900...43_200).contains(number) else {
        throw error("has a duration_seconds that is no number from 900 to 43200")
      }
      seconds = number
    }
    return RoleRequest(
      roleARN: arn, sessionName: profile["role_session_name"], externalID: profile["external_id"],
      durationSeconds: seconds)
  }

  /// With whose credentials the role is assumed.
  func source(of role: RoleRequest) throws(CredentialError) -> Source {
    if let path = profile["web_identity_token_file"] {
      let setting = "web_identity_token_file of the profile \(name)"
      return .base(.webIdentity(WebIdentity(tokenFile: path, setting: setting, role: role)))
    }
    switch (profile["source_profile"], profile["credential_source"]) {
    case (_?, _?):
      throw error("has both a source_profile and a credential_source for its role_arn")
    case (let source?, nil):
      return .profile(source)
    case (nil, let source?):
      guard let place = CredentialPlan.Place(rawValue: source) else {
        throw error(
          "has a credential_source that is none of Environment, EcsContainer and"
            + " Ec2InstanceMetadata")
      }
      return .base(.place(place))
    case (nil, nil):
      throw error(
        "has a role_arn, but nothing to assume it with: add source_profile, credential_source or"
          + " web_identity_token_file")
    }
  }

  /// Its credentials without a role.
  func base() throws(CredentialError) -> CredentialPlan.Base? {
    if let key = try accessKey() { return .accessKey(key) }
    if let command = profile["credential_process"] {
      guard let program = CredentialProgram(command: command) else {
        throw error("has a credential_process whose quotes do not end, or that names no program")
      }
      return .program(program)
    }
    for property in ["sso_session", "sso_start_url", "sso_account_id", "login_session"]
    where profile[property] != nil {
      throw error(
        "uses \(property == "login_session" ? "console sign-in" : "IAM Identity Center") "
          + "(\(property)), which is not supported here. Add a profile with credential_process ="
          + " aws configure export-credentials --profile \(name)", .unsupported)
    }
    if profile["source_profile"] != nil {
      throw error("has a source_profile, but no role_arn that could be assumed with it")
    }
    return nil
  }
}
