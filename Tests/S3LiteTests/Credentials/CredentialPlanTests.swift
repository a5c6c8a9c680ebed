import Testing

@testable import S3Lite

/// The cases follow those that AWS's SDKs share for roles in profiles.
@Suite("Roles in profiles")
struct CredentialPlanTests {
  private func plan(_ text: String, _ name: String = "A") throws -> CredentialPlan? {
    try CredentialPlan(
      name,
      in: ProfileFile(Array(text.utf8), kind: .credentials, path: "f").sections[.profile] ?? [:])
  }

  private func key(_ id: String) -> String {
    "aws_access_key_id = \(id)\naws_secret_access_key = s\n"
  }

  private func baseKey(_ plan: CredentialPlan?) -> String? {
    guard case .accessKey(let key) = plan?.base else { return nil }
    return key.accessKeyID
  }

  @Test("Of the profile that is meant the role counts, of a source its access key")
  func chains() throws {
    let two = "[A]\n\(key("bad"))role_arn = a\nsource_profile = B\n[B]\n"
    let plain = try plan(two + key("b"))
    #expect(baseKey(plain) == "b")
    #expect(plain?.roles.map(\.roleARN) == ["a"])

    let source = try plan(
      two + key("b") + "role_arn = b\nsource_profile = C\n[C]\n" + key("bad"))
    #expect(baseKey(source) == "b")
    #expect(source?.roles.map(\.roleARN) == ["a"])

    let three = try plan(two + "role_arn = b\nsource_profile = C\n[C]\n" + key("c"))
    #expect(baseKey(three) == "c")
    #expect(three?.roles.map(\.roleARN) == ["b", "a"])

    let own = try plan("[A]\n\(key("a"))role_arn = r\nsource_profile = A")
    #expect(baseKey(own) == "a")
    #expect(own?.roles.map(\.roleARN) == ["r"])
  }

  @Test("A role's settings, a place and a token file are taken over")
  func details() throws {
    let place = try plan(
      "[A]\nrole_arn = a\ncredential_source = Ec2InstanceMetadata\nexternal_id = e\n"
        + "role_session_name = n\nduration_seconds = 3600")
    #expect(place?.base == .place(.instance))
    #expect(
      place?.roles == [
        RoleRequest(roleARN: "a", sessionName: "n", externalID: "e", durationSeconds: 3_600)
      ])
    let web = try plan(
      "[A]\nrole_arn = a\nsource_profile = B\n[B]\nrole_arn = b\nweb_identity_token_file = /t")
    #expect(web?.roles.map(\.roleARN) == ["a"])
    guard case .webIdentity(let identity) = web?.base else {
      Issue.record("The base is \(String(describing: web?.base)).")
      return
    }
    #expect(identity.tokenFile == "/t")
    #expect(identity.role.roleARN == "b")
    let program = try plan("[A]\ncredential_process = /bin/x 'a b'")
    #expect(program?.base == CredentialProgram(command: "/bin/x 'a b'").map { .program($0) })
    #expect(try plan("[A]\nregion = r") == nil)
    #expect(try plan("", "A") == nil)
  }

  @Test(
    "What cannot be followed is an error that says why",
    arguments: [
      ("[A]\nrole_arn = a", "nothing to assume it with"),
      ("[A]\nrole_arn = a\ncredential_source = Environment\nsource_profile = B\n[B]", "both"),
      ("[A]\nrole_arn = a\ncredential_source = Cloud", "none of Environment"),
      ("[A]\nrole_arn = a\nsource_profile = B\n[B]\naws_access_key_id = i", "no aws_secret"),
      ("[A]\nrole_arn = a\nsource_profile = B\n[B]\naws_secret_access_key = i", "no aws_access"),
      ("[A]\nrole_arn = a\nsource_profile = B\n[B]", "has no credentials"),
      ("[A]\nrole_arn = a\nsource_profile = B", "which is not there"),
      ("[A]\nrole_arn = a\nsource_profile = A", "its own source_profile"),
      (
        "[A]\nrole_arn = a\nsource_profile = B\n[B]\nrole_arn = b\nsource_profile = A",
        "A -> B -> A"
      ),
      (
        "[A]\naws_access_key_id = i\naws_secret_access_key = s\nrole_arn = a\nsource_profile = B\n"
          + "[B]\nrole_arn = b\nsource_profile = A", "A -> B -> A"
      ),
      ("[A]\nweb_identity_token_file = /t", "no role_arn"),
      ("[A]\nsource_profile = B\n[B]", "no role_arn"),
      ("[A]\nrole_arn = a\nmfa_serial = m\nsource_profile = B\n[B]", "export-credentials"),
      ("[A]\nsso_session = s", "export-credentials --profile A"),
      ("[A]\nlogin_session = s", "export-credentials --profile A"),
      ("[A]\ncredential_process = 'x", "quotes"),
      ("[A]\nrole_arn = a\nduration_seconds = 60\nsource_profile = B\n[B]", "900"),
    ])
  func refuses(text: String, part: String) {
    let error = #expect(throws: CredentialError.self) { try plan(text) }
    #expect(error?.message.contains(part) == true, "\(String(describing: error))")
  }

  @Test(
    "A command is split as a shell does, and nothing is expanded",
    arguments: [
      ("a  b\tc", ["a", "b", "c"]), ("'a b' c", ["a b", "c"]),
      ("\"a \\\"b\\\"\" c", ["a \"b\"", "c"]),
      ("a\\ b", ["a b"]), ("a'b'\"c\"", ["abc"]), ("x ''", ["x", ""]), ("\"\\n\"", ["\\n"]),
      (
        "x $(id) `id` ; rm -rf ~ | y > z",
        ["x", "$(id)", "`id`", ";", "rm", "-rf", "~", "|", "y", ">", "z"]
      ),
    ])
  func splits(command: String, words: [String]) {
    #expect(CredentialProgram(command: command)?.words == words)
  }

  @Test(
    "A command that ends in the middle is none", arguments: ["'a", "\"a", "a\\", "", "  ", "''"])
  func refusesCommand(command: String) {
    #expect(CredentialProgram(command: command) == nil)
  }
}
