/// How a profile gets its credentials: where the first ones come from, and the roles that are assumed
/// with them, one after the other. A value, made before anything is asked for.
///
/// AWS SDKs and Tools Reference Guide, "Assume role credential provider", "Process credential
/// provider", "AWS access keys".
struct CredentialPlan: Sendable, Hashable {
  /// Where credentials come from.
  enum Base: Sendable, Hashable {
    /// From the file.
    case accessKey(AWSCredentials)
    /// From a program (`credential_process`).
    case program(CredentialProgram)
    /// From STS for a token.
    case webIdentity(WebIdentity)
    /// From a place of the chain (`credential_source`).
    case place(Place)
  }

  /// The values of `credential_source`.
  enum Place: String, Sendable, Hashable {
    case environment = "Environment"
    case container = "EcsContainer"
    case instance = "Ec2InstanceMetadata"
  }

  /// Where the first credentials come from.
  var base: Base
  /// The roles, in the order in which they are assumed.
  var roles: [RoleRequest]

  /// The plan of a profile, or nil where it says nothing of credentials.
  ///
  /// - Throws: ``CredentialError`` where what it says cannot be followed.
  init?(_ name: String, in profiles: [String: Profile]) throws(CredentialError) {
    var name = name
    var visited: [String] = []
    var roles: [RoleRequest] = []
    while true {
      let reader = ProfileReader(name: name, profile: profiles[name] ?? Profile())
      guard profiles[name] != nil else {
        guard let referrer = visited.last else { return nil }
        throw CredentialError(
          .invalidConfiguration,
          "The profile \(referrer) has the source_profile \(name), which is not there.")
      }
      guard !visited.contains(name) else {
        throw CredentialError(
          .invalidConfiguration,
          "The profiles \((visited + [name]).joined(separator: " -> ")) name each other as"
            + " source_profile in a circle.")
      }
      let isSource = !visited.isEmpty
      visited.append(name)
      // Of a source its own access key comes first; of the profile that is meant, its role.
      if isSource, let key = try reader.accessKey() {
        self.init(base: .accessKey(key), roles: roles)
        return
      }
      guard let role = try reader.role() else {
        guard let base = try reader.base() else {
          guard isSource else { return nil }
          throw reader.error("is a source_profile, but has no credentials")
        }
        self.init(base: base, roles: roles)
        return
      }
      switch try reader.source(of: role) {
      case .base(let base):
        if case .webIdentity = base {
          self.init(base: base, roles: roles)
        } else {
          self.init(base: base, roles: [role] + roles)
        }
        return
      case .profile(let source):
        roles.insert(role, at: 0)
        if source == name {
          guard let key = try reader.accessKey() else {
            throw reader.error("is its own source_profile, but has no access key")
          }
          self.init(base: .accessKey(key), roles: roles)
          return
        }
        name = source
      }
    }
  }

  private init(base: Base, roles: [RoleRequest]) {
    self.base = base
    self.roles = roles
  }
}
