import Testing

@testable import S3Lite

/// A marker stands for each secret; wherever something goes wrong, nobody gets to see it.
@Suite("Secrets")
struct SecrecyTests {
  private static let marker = "MARKERxMARKER"

  private func shows(_ value: Any) -> Bool {
    var dumped = ""
    dump(value, to: &dumped)
    return "\(value) \(String(reflecting: value)) \(dumped)".contains(SecrecyTests.marker)
  }

  private static let answers: [HTTPExchangeAnswer] = [
    HTTPExchangeAnswer(200, "{\"AccessKeyId\": \"a\", \"SecretAccessKey\": \"\(marker)\""),
    HTTPExchangeAnswer(200, "{\"SecretAccessKey\": \"\(marker)\", \"Token\": \"\(marker)\"}"),
    HTTPExchangeAnswer(200, "{\"SecretAccessKey\": [\"\(marker)\"]}"),
    HTTPExchangeAnswer(
      200,
      "{\"AccessKeyId\": \"a\", \"SecretAccessKey\": \"\(marker)\", \"Expiration\": \"\(marker)\"}"),
    HTTPExchangeAnswer(200, "{\"Code\": \"no such thing \(marker)\"}"),
    HTTPExchangeAnswer(200, "<A><SecretAccessKey>\(marker)</SecretAccessKey></A>"),
    HTTPExchangeAnswer(
      403,
      "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>The canonical request is"
        + " x-amz-security-token:\(marker)</Message></Error></ErrorResponse>"),
    HTTPExchangeAnswer(500, marker), HTTPExchangeAnswer(404, marker),
  ]

  private static let environments: [[String: String]] = [
    ["AWS_SECRET_ACCESS_KEY": marker],
    [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/?\(marker)",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN": marker,
    ],
    [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN": "\(marker)\n\(marker)",
    ],
    ["AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "r"],
    ["AWS_PROFILE": "role"], ["AWS_PROFILE": "program"], ["AWS_PROFILE": "half"],
    ["AWS_CONFIG_FILE": "/broken"], [:],
  ]

  @Test(
    "No error of the chain shows a secret", arguments: environments.indices, answers.indices)
  func chain(environment: Int, answer: Int) async {
    let marker = SecrecyTests.marker
    let host = TestHost(
      environment: SecrecyTests.environments[environment].merging(["HOME": "/h"]) { $1 },
      files: [
        "/token": marker, "/broken": "[default]\naws_secret_access_key \(marker)",
        "/h/.aws/config": """
        [profile role]
        role_arn = r
        source_profile = key
        external_id = \(marker)
        [profile key]
        aws_access_key_id = a
        aws_secret_access_key = \(marker)
        aws_session_token = \(marker)
        [profile program]
        credential_process = /bin/x --password \(marker)
        [profile half]
        aws_secret_access_key = \(marker)
        """,
      ],
      http: ScriptedHTTP { request in
        if request.method == "PUT" { return HTTPExchangeAnswer(200, marker) }
        return SecrecyTests.answers[answer]
      },
      programs: { _ in Array(SecrecyTests.answers[answer].body) }
    ).host
    let error = await #expect(throws: (any Error).self) {
      _ = try await DefaultCredentialChain(host: host).credentials()
    }
    #expect(!shows(error as Any), "\(String(describing: error))")
  }

  @Test("An error of a network that quotes what was sent is not passed on")
  func foreignError() async {
    struct Talkative: Error { var text = SecrecyTests.marker }
    let host = TestHost(
      environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/"],
      http: ScriptedHTTP { _ in throw Talkative() }
    ).host
    let error = await #expect(throws: (any Error).self) {
      _ = try await DefaultCredentialChain(host: host).credentials()
    }
    #expect(!shows(error as Any))
  }

  @Test("No value that holds a secret shows it")
  func values() throws {
    let marker = SecrecyTests.marker
    let credentials = AWSCredentials(
      accessKeyID: "a", secretAccessKey: marker, sessionToken: marker)
    #expect(!shows(credentials))
    #expect(!shows(ExpiringCredentials(credentials: credentials)))
    #expect(!shows(StaticCredentialProvider(credentials)))
    #expect(!shows(Profile(properties: ["aws_secret_access_key": marker])))
    #expect(!shows(try #require(CredentialProgram(command: "x --password \(marker)"))))
    #expect(!shows(RoleRequest(roleARN: "r", externalID: marker)))
    #expect(
      !shows(
        HTTPExchangeRequest(
          method: "GET", url: "http://h/?\(marker)", headers: [HTTPHeader("a", marker)],
          body: Array(marker.utf8), timeout: .zero)))
    #expect(!shows(HTTPExchangeAnswer(200, marker)))
    let host = TestHost(environment: ["AWS_SECRET_ACCESS_KEY": marker]).host
    #expect(!shows(host))
    #expect(!shows(EnvironmentSource(host: host)))
    #expect(!shows(DefaultCredentialChain(host: host)))
    #expect(
      !shows(
        try SharedConfiguration(
          TestHost(
            environment: ["HOME": "/h"],
            files: [
              "/h/.aws/config":
                "[default]\na = \(marker)\ns3 =\n  b = \(marker)\n[services x]\nc = \(marker)"
            ]
          ).host)))
  }
}
