/// The two shared files together, and which of their profiles is meant.
///
/// AWS SDKs and Tools Reference Guide, "Location of the shared config and credentials files" and
/// "Shared config and credentials files".
struct SharedConfiguration: Sendable {
  /// The largest file that is read, in bytes.
  static let fileLimit = 1 << 20

  /// The profiles of both files by name; a property of `credentials` outdoes one of `config`.
  let profiles: [String: Profile]
  /// The sections `[services name]`.
  let services: [String: Profile]
  /// The profile that is meant.
  let profileName: String
  /// Who chose it, such as `AWS_PROFILE`; nil where nobody did, so that it is `default`.
  let chosenBy: String?
  /// The files, and whether they are there, for errors.
  let files: String

  /// Reads the files.
  ///
  /// - Parameters:
  ///   - host: Where the files and the variables are.
  ///   - profile: The profile, where the caller has chosen one.
  /// - Throws: ``CredentialError`` where a file cannot be read.
  init(_ host: AWSHost, profile: String? = nil) throws(CredentialError) {
    var profiles: [String: Profile] = [:]
    var services: [String: Profile] = [:]
    var files: [String] = []
    for (kind, variable, name) in [
      (ProfileFile.Kind.config, "AWS_CONFIG_FILE", "config"),
      (.credentials, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    ] {
      let path = host.expanded(host.variable(variable) ?? "~/.aws/\(name)")
      guard !path.hasPrefix("~") else {
        files.append("\(path) (the variable HOME is not set)")
        continue
      }
      let file: ProfileFile
      do {
        guard let bytes = try host.readFile(path, SharedConfiguration.fileLimit) else {
          files.append("\(path) (not there)")
          continue
        }
        file = try ProfileFile(bytes, kind: kind, path: path)
      } catch let error as ProfileFileError {
        throw CredentialError(.invalidConfiguration, error.description)
      } catch let error as LocalFileError where error.isOutOfReach {
        // To AWS's tools such a file is as good as none; who asks for a profile in it hears why.
        files.append("\(path) (\(error.reason))")
        continue
      } catch let error as LocalFileError {
        throw CredentialError(.invalidConfiguration, error.description)
      } catch {
        throw CredentialError(.invalidConfiguration, "\(path) cannot be read.")
      }
      files.append(path)
      for (name, profile) in file.sections[.profile] ?? [:] {
        if profile["aws_access_key_id"] != nil {
          // A session token belongs to its key, and the other file's to another one.
          for property in ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"] {
            profiles[name]?.properties[property] = nil
          }
        }
        profiles[name, default: Profile()].properties.merge(profile.properties) { $1 }
        profiles[name, default: Profile()].nested.merge(profile.nested) { $1 }
      }
      services.merge(file.sections[.services] ?? [:]) { $1 }
    }
    self.profiles = profiles
    self.services = services
    self.files = files.joined(separator: ", ")
    if let profile, !profile.isEmpty {
      (profileName, chosenBy) = (profile, "the caller")
    } else if let profile = host.variable("AWS_PROFILE") {
      (profileName, chosenBy) = (profile, "AWS_PROFILE")
    } else if let profile = host.variable("AWS_DEFAULT_PROFILE") {
      (profileName, chosenBy) = (profile, "AWS_DEFAULT_PROFILE")
    } else {
      (profileName, chosenBy) = ("default", nil)
    }
  }

  /// The profile that is meant, where it is there.
  var profile: Profile? { profiles[profileName] }

  /// The profile that is meant, or nil where nobody chose one and there is none.
  ///
  /// - Throws: ``CredentialError`` where one was chosen that is not there.
  func requireProfile() throws(CredentialError) -> Profile? {
    if let profile { return profile }
    guard let chosenBy else { return nil }
    let known = profiles.keys.sorted().prefix(20).joined(separator: ", ")
    throw CredentialError(
      .invalidConfiguration,
      "The profile \(profileName), which \(chosenBy) asks for, is in none of the files \(files)"
        + (known.isEmpty ? "." : "; there are: \(known)."))
  }

  /// A setting from the environment, or else from the profile.
  func setting(_ variable: String, _ property: String, in host: AWSHost) -> String? {
    host.variable(variable) ?? profile?[property]
  }

  /// A setting that is true or false from the environment, or else from the profile; nil where neither
  /// has it.
  func flag(_ variable: String, _ property: String, in host: AWSHost) throws(CredentialError)
    -> Bool?
  {
    guard let text = setting(variable, property, in: host) else { return nil }
    return try SharedConfiguration.truth(of: text, "\(property) (\(variable))")
  }

  private static func truth(of text: String, _ setting: String) throws(CredentialError) -> Bool {
    switch text.lowercased() {
    case "true": return true
    case "false": return false
    default:
      throw CredentialError(
        .invalidConfiguration, "The setting \(setting) is neither true nor false.")
    }
  }

  /// Whether endpoints with IPv6 addresses are wanted.
  ///
  /// - Parameter section: The properties below the service's name, which may say so as well.
  func dualStack(in host: AWSHost, below section: [String: String] = [:])
    throws(CredentialError) -> Bool
  {
    let property = "use_dualstack_endpoint"
    if let flag = try flag("AWS_USE_DUALSTACK_ENDPOINT", property, in: host) { return flag }
    guard let text = section[property], !text.isEmpty else { return false }
    return try SharedConfiguration.truth(of: text, "\(property) below s3")
  }

  /// Whether endpoints whose cryptography is validated by FIPS 140 are wanted.
  func fips(in host: AWSHost) throws(CredentialError) -> Bool {
    try flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", in: host) ?? false
  }

  /// The endpoint that the user wants for a service: from `AWS_ENDPOINT_URL_<SERVICE>`,
  /// `AWS_ENDPOINT_URL`, the profile's section of services, or its `endpoint_url`; nil also where
  /// they are to be ignored.
  ///
  /// AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
  ///
  /// - Parameter service: The service's identifier in lower case, such as `s3` or `sts`.
  /// - Throws: ``CredentialError`` where the profile names a section of services that is not there:
  ///   its requests are meant for somebody else than AWS.
  func endpointURL(of service: String, in host: AWSHost) throws(CredentialError) -> String? {
    let ignores = try flag(
      "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls", in: host)
    if ignores == true { return nil }
    if let url = host.variable("AWS_ENDPOINT_URL_\(service.uppercased())") { return url }
    if let url = host.variable("AWS_ENDPOINT_URL") { return url }
    if let name = profile?["services"] {
      guard let section = services[name] else {
        throw CredentialError(
          .invalidConfiguration,
          "The profile \(profileName) has the services \(name), but there is no section [services"
            + " \(name)] in \(files).")
      }
      if let url = section.nested[service]?["endpoint_url"], !url.isEmpty { return url }
    }
    return profile?["endpoint_url"]
  }
}
