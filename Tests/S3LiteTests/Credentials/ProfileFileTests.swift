import Testing

@testable import S3Lite

/// The cases follow those that AWS's SDKs share for their parsers of the two files.
@Suite("Shared config and credentials files")
struct ProfileFileTests {
  private static let config: [(String, [String: [String: String]])] = [
    ("", [:]),
    ("[profile foo]", ["foo": [:]]),
    (
      "[profile some-thing:long/the_one%only.foo@bar+]",
      ["some-thing:long/the_one%only.foo@bar+": [:]]
    ),
    ("[profile \tfoo \t]", ["foo": [:]]),
    ("[profile\tfoo]", ["foo": [:]]),
    ("[   profile foo    ]\nname = value", ["foo": ["name": "value"]]),
    ("[profile foo]\r\nname = value\r\n", ["foo": ["name": "value"]]),
    ("\u{FEFF}[profile foo]\nname = value", ["foo": ["name": "value"]]),
    ("[profile foo]\nname = val=ue", ["foo": ["name": "val=ue"]]),
    ("[profile foo]\nname = 😂", ["foo": ["name": "😂"]]),
    ("[profile foo]\nname \t=  \tvalue \t", ["foo": ["name": "value"]]),
    ("[profile foo]\nname =", ["foo": ["name": ""]]),
    (
      "\t \n[profile foo]\n\t\n \nname = value\n\t \n[profile bar]\n \t",
      ["foo": ["name": "value"], "bar": [:]]
    ),
    (
      "# Comment\n[profile foo] ; Comment\nname = value # Comment with ; sign",
      ["foo": ["name": "value"]]
    ),
    (";\n[profile foo];\nname = value ;\n", ["foo": ["name": "value"]]),
    (
      "[profile foo]\nname = value; near\nname2 = value# near",
      ["foo": ["name": "value; near", "name2": "value# near"]]
    ),
    (
      "[profile foo]\nname = value\n \t -continued \t \n -and # more",
      ["foo": ["name": "value\n-continued\n-and # more"]]
    ),
    (
      "[profile foo]\nname = value\n[profile foo]\nname2 = value2",
      ["foo": ["name": "value", "name2": "value2"]]
    ),
    ("[profile foo]\nName = value\n[profile foo]\nname = value2", ["foo": ["name": "value2"]]),
    (
      "[profile default]\nname = value\n[default]\nname2 = value2\n[profile default]\nname3 = value3",
      ["default": ["name": "value", "name3": "value3"]]
    ),
    ("[default]\nname2 = value2\n[profile default]\nname = value", ["default": ["name": "value"]]),
    ("[profile in valid]\nname = value\n -continued\n[profile bar]", ["bar": [:]]),
    ("[profile foo!bar]\nname = value", [:]),
    ("[profile 'foo']\nname = value", ["foo": ["name": "value"]]),
    ("[profile \t\"foo bar!\" ] # Comment\nname = value", ["foo bar!": ["name": "value"]]),
    ("[profile \"foo]\nname = value", [:]),
    ("[profile '']\nname = value", [:]),
    ("[profile foo]\nin valid = value", ["foo": [:]]),
    ("[foo]\nname = value", [:]),
    ("[profilefoo]\nname = value\n[profile bar]", ["bar": [:]]),
    ("[sso-session foo]\nname = value\n[profile bar]", ["bar": [:]]),
  ]

  @Test("config is read as AWS's tools read it", arguments: config.indices)
  func readsConfig(index: Int) throws {
    let (text, expected) = ProfileFileTests.config[index]
    let file = try ProfileFile(Array(text.utf8), kind: .config, path: "config")
    #expect(file.sections[.profile, default: [:]].mapValues(\.properties) == expected)
  }

  @Test(
    "What is malformed is an error that names file and line, and quotes nothing",
    arguments: [
      ("[profile foo", 1), ("name = value", 1), ("[profile foo]\n= value", 2),
      ("[profile foo]\nkey : value", 2), (" -continued", 1), ("[profile foo]\n -continued", 2),
      ("[profile foo]\nname = value\n[profile foo]\n -continued", 4),
      ("[profile foo]\ns3 =\n invalid", 3), ("[profile foo]\ns3 =\n = value", 3),
      ("[profile foo] name = value", 1),
    ])
  func malformed(text: String, line: Int) {
    let error = #expect(throws: ProfileFileError.self) {
      try ProfileFile(Array(text.utf8), kind: .config, path: "/h/config")
    }
    #expect(error?.line == line)
    #expect(error?.description.contains("/h/config, line \(line)") == true)
    #expect(error?.description.contains("value") == false)
  }

  @Test("Properties below a property are kept apart from it")
  func nested() throws {
    let text = "[profile foo]\ns3 =\n Name = value # c\n\t \n empty =\nregion = r"
    let file = try ProfileFile(Array(text.utf8), kind: .config, path: "config")
    let profile = try #require(file.sections[.profile]?["foo"])
    #expect(profile.nested == ["s3": ["name": "value", "empty": ""]])
    #expect(profile["region"] == "r")
  }

  @Test("credentials has sections without a word, and outdoes config")
  func merges() throws {
    let host = TestHost(
      environment: ["HOME": "/h", "AWS_CONFIG_FILE": "~/c"],
      files: [
        "/h/c": "[profile foo]\nname = 1\nother = 2\n[default]\nx = y",
        "/h/.aws/credentials":
          "[foo]\nname = 3\n[profile bar]\nz = 1\n[sso-sessionfoo]\n[foo bar]\n",
      ]
    ).host
    let shared = try SharedConfiguration(host)
    #expect(Set(shared.profiles.keys) == ["default", "foo", "sso-sessionfoo", "foo bar"])
    #expect(shared.profiles["foo"]?.properties == ["name": "3", "other": "2"])
    #expect(shared.profileName == "default")
    #expect(try SharedConfiguration(host, profile: "foo").profile?["name"] == "3")
  }

  @Test("A session token stays with the key that it belongs to")
  func sessionToken() async throws {
    let host = TestHost(
      environment: ["HOME": "/h"],
      files: [
        "/h/.aws/config": """
        [default]
        region = eu-central-1
        aws_access_key_id = old
        aws_secret_access_key = o
        aws_session_token = t
        """,
        "/h/.aws/credentials": "[default]\naws_access_key_id = new\naws_secret_access_key = n",
      ]
    ).host
    let found = try await DefaultCredentialChain(host: host).credentials()
    #expect(found == AWSCredentials(accessKeyID: "new", secretAccessKey: "n"))
    #expect(try SharedConfiguration(host).profile?["region"] == "eu-central-1")
  }

  @Test("A file that may not be read is as good as none, unless somebody asks for its profile")
  func outOfReach() async throws {
    let directory = try #require(LocalFileTests.error(reading: "/"))
    var host = TestHost(
      environment: [
        "HOME": "/h", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "r-1",
      ]
    ).host
    host.readFile = { _, _ in throw directory }
    #expect(try await DefaultCredentialChain(host: host).credentials().accessKeyID == "a")
    #expect(try await S3Configuration(host: host).region == "r-1")
    let asked = DefaultCredentialChain(host: host, profile: "p")
    let error = await #expect(throws: CredentialError.self) { _ = try await asked.credentials() }
    #expect(error?.message.contains("/h/.aws/config (cannot be read (Is a directory))") == true)
  }

  @Test("A profile whose services are not there is an error: it does not mean AWS")
  func missingServices() throws {
    let host = TestHost(
      environment: ["HOME": "/h"], files: ["/h/.aws/config": "[default]\nservices = local"]
    ).host
    let error = #expect(throws: CredentialError.self) {
      try SharedConfiguration(host).endpointURL(of: "s3", in: host)
    }
    #expect(error?.message.contains("[services local]") == true)
  }

  @Test("A file that is not UTF-8 is an error")
  func notUTF8() {
    #expect(throws: ProfileFileError.self) {
      try ProfileFile([0x5B, 0xFF], kind: .config, path: "config")
    }
  }

  @Test("Endpoints come from the service's variable, the general one, the services, the profile")
  func endpoints() throws {
    let file =
      "[default]\nservices = local\nendpoint_url = http://profile\n"
      + "[services local]\ns3 =\n  endpoint_url = http://services\n"
    func url(_ service: String, _ environment: [String: String]) throws -> String? {
      let host = TestHost(
        environment: environment.merging(["HOME": "/h"]) { $1 }, files: ["/h/.aws/config": file]
      ).host
      return try SharedConfiguration(host).endpointURL(of: service, in: host)
    }
    let both = ["AWS_ENDPOINT_URL_S3": "http://s3", "AWS_ENDPOINT_URL": "http://all"]
    #expect(try url("s3", both) == "http://s3")
    #expect(try url("sts", both) == "http://all")
    #expect(try url("s3", [:]) == "http://services")
    #expect(try url("sts", [:]) == "http://profile")
    #expect(
      try url("s3", both.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]) { $1 }) == nil)
  }
}
