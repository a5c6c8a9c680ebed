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
      } catch let error as LocalFileError {
        throw CredentialError(.invalidConfiguration, error.description)
      } catch {
        throw CredentialError(.invalidConfiguration, "\(path) cannot be read.")
      }
      files.append(path)
      for (name, profile) in file.sections[.profile] ?? [:] {
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

  /// The endpoint that the user wants for a service: from `AWS_ENDPOINT_URL_<SERVICE>`,
  /// `AWS_ENDPOINT_URL`, the profile's section of services, or its `endpoint_url`; nil also where
  /// they are to be ignored.
  ///
  /// AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
  ///
  /// - Parameter service: The service's identifier in lower case, such as `s3` or `sts`.
  func endpointURL(of service: String, in host: AWSHost) -> String? {
    let ignored = setting(
      "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls", in: host)
    guard ignored?.lowercased() != "true" else { return nil }
    if let url = host.variable("AWS_ENDPOINT_URL_\(service.uppercased())") { return url }
    if let url = host.variable("AWS_ENDPOINT_URL") { return url }
    if let name = profile?["services"],
      let url = services[name]?.nested[service]?["endpoint_url"], !url.isEmpty
    {
      return url
    }
    return profile?["endpoint_url"]
  }
}
