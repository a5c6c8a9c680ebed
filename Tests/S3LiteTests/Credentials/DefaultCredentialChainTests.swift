import Testing

@testable import S3Lite

@Suite("The default credential chain")
struct DefaultCredentialChainTests {
  private static let expiration = "2023-11-15T00:00:00Z"  // Two hours behind the test's clock.

  static func document(_ id: String, token: String = "t") -> String {
    """
    {"Code": "Success", "AccessKeyId": "\(id)", "SecretAccessKey": "s", "Token": "\(token)",
    "Expiration": "\(expiration)", "LastUpdated": "x", "Type": "AWS-HMAC"}
    """
  }

  /// As AWS STS API Reference shows it.
  static func assumed(_ id: String, call: String = "AssumeRole") -> String {
    """
    <\(call)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(call)Result>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/demo/TestAR</Arn></AssumedRoleUser>
    <Credentials><AccessKeyId>\(id)</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
    <SessionToken>t</SessionToken><Expiration>\(expiration)</Expiration></Credentials>
    </\(call)Result><ResponseMetadata><RequestId>c6104cbe</RequestId></ResponseMetadata>
    </\(call)Response>
    """
  }

  /// A machine where every place has credentials.
  private static var everywhere: TestHost {
    TestHost(
      environment: [
        "HOME": "/h", "AWS_ACCESS_KEY_ID": "environment", "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/web",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/container", "AWS_REGION": "eu-central-1",
      ],
      files: [
        "/token": "jwt\n",
        "/h/.aws/credentials":
          "[default]\naws_access_key_id = profile\naws_secret_access_key = s\n"
          + "[other]\naws_access_key_id = other\naws_secret_access_key = s\n",
      ],
      http: ScriptedHTTP { request in
        switch request.url {
        case "https://sts.eu-central-1.amazonaws.com/":
          HTTPExchangeAnswer(200, assumed("web", call: "AssumeRoleWithWebIdentity"))
        case "http://169.254.170.2/container": HTTPExchangeAnswer(200, document("container"))
        case "http://169.254.169.254/latest/api/token": HTTPExchangeAnswer(200, "imds-token")
        case "http://169.254.169.254/latest/meta-data/iam/security-credentials/":
          HTTPExchangeAnswer(200, "my role\n")
        case "http://169.254.169.254/latest/meta-data/iam/security-credentials/my%20role":
          HTTPExchangeAnswer(200, document("instance"))
        default: HTTPExchangeAnswer(404, "")
        }
      })
  }

  @Test("Places are looked at in AWS's order")
  func order() async throws {
    var host = DefaultCredentialChainTests.everywhere
    func found() async throws -> String {
      try await DefaultCredentialChain(host: host.host).credentials().accessKeyID
    }
    #expect(try await found() == "environment")
    host.environment["AWS_ACCESS_KEY_ID"] = nil
    host.environment["AWS_SECRET_ACCESS_KEY"] = ""
    #expect(try await found() == "profile")
    host.environment["AWS_DEFAULT_PROFILE"] = "other"
    #expect(try await found() == "other")
    host.environment["AWS_PROFILE"] = "default"
    #expect(try await found() == "profile")
    host.environment["AWS_PROFILE"] = nil
    host.environment["AWS_DEFAULT_PROFILE"] = nil
    host.files["/h/.aws/credentials"] = nil
    #expect(try await found() == "web")
    host.environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = nil
    #expect(try await found() == "container")
    host.environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = nil
    #expect(try await found() == "instance")
  }

  @Test("A profile that the caller chooses outdoes the environment")
  func chosenProfile() async throws {
    let host = DefaultCredentialChainTests.everywhere.host
    let chain = DefaultCredentialChain(host: host, profile: "other")
    #expect(try await chain.credentials().accessKeyID == "other")
    let missing = DefaultCredentialChain(host: host, profile: "none")
    let error = await #expect(throws: CredentialError.self) {
      _ = try await missing.credentials()
    }
    #expect(error?.code == .invalidConfiguration)
    #expect(error?.message.contains("default, other") == true)
  }

  @Test("Where there are none, the error names every place and its reason")
  func nowhere() async {
    let host = TestHost(environment: ["HOME": "/h"]).host
    let error = await #expect(throws: CredentialError.self) {
      _ = try await DefaultCredentialChain(host: host).credentials()
    }
    #expect(error?.code == .notFound)
    #expect(
      error?.attempts.map(\.place) == [
        "environment", "profile default", "web identity token", "container endpoint",
        "EC2 instance metadata",
      ])
    for part in [
      "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "/h/.aws/config (not there)",
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "could not be reached",
    ] {
      #expect(error?.description.contains(part) == true, "\(part)")
    }
  }

  @Test("A place that is set up and fails ends the search")
  func failsLoudly() async {
    var host = DefaultCredentialChainTests.everywhere
    host.environment["AWS_SECRET_ACCESS_KEY"] = nil
    let half = host.host
    let first = await #expect(throws: CredentialError.self) {
      _ = try await DefaultCredentialChain(host: half).credentials()
    }
    #expect(first?.attempts.map(\.place) == ["environment"])
    host.environment["AWS_ACCESS_KEY_ID"] = nil
    host.files = [:]
    let noToken = host.host
    let second = await #expect(throws: CredentialError.self) {
      _ = try await DefaultCredentialChain(host: noToken).credentials()
    }
    #expect(second?.message.contains("/token is not there") == true)
  }

  @Test("Roles are assumed one after the other, signed with the credentials before")
  func roles() async throws {
    let http = ScriptedHTTP { request in
      let isFirst = request.form.contains("role%2Fone")
      return HTTPExchangeAnswer(200, DefaultCredentialChainTests.assumed(isFirst ? "one" : "two"))
    }
    let host = TestHost(
      environment: ["HOME": "/h", "AWS_PROFILE": "two", "AWS_REGION": "cn-north-1"],
      files: [
        "/h/.aws/config": """
        [profile two]
        role_arn = arn:aws-cn:iam::1:role/two
        source_profile = one
        external_id = e&x
        duration_seconds = 900
        role_session_name = me
        [profile one]
        role_arn = arn:aws-cn:iam::1:role/one
        credential_source = Environment
        """
      ], http: http)
    var both = host
    both.environment["AWS_ACCESS_KEY_ID"] = "base"
    both.environment["AWS_SECRET_ACCESS_KEY"] = "s"
    let chain = DefaultCredentialChain(host: both.host, profile: "two")
    #expect(try await chain.credentials().accessKeyID == "two")
    let requests = http.requests
    try #require(requests.count == 2)
    #expect(requests.allSatisfy { $0.url == "https://sts.cn-north-1.amazonaws.com.cn/" })
    #expect(requests[0].header("authorization")?.contains("Credential=base/") == true)
    #expect(requests[0].header("authorization")?.contains("/cn-north-1/sts/aws4_request") == true)
    #expect(requests[1].header("authorization")?.contains("Credential=one/") == true)
    #expect(requests[1].header("x-amz-security-token") == "t")
    #expect(
      requests[1].form
        == "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws-cn%3Aiam%3A%3A1%3Arole%2Ftwo"
        + "&RoleSessionName=me&DurationSeconds=900&ExternalId=e%26x")
  }

  @Test("The caller's region is that of STS, whatever else is set")
  func explicitRegion() async throws {
    let http = ScriptedHTTP { _ in
      HTTPExchangeAnswer(200, DefaultCredentialChainTests.assumed("one"))
    }
    let host = TestHost(
      environment: ["HOME": "/h", "AWS_REGION": "eu-central-1"],
      files: [
        "/h/.aws/config": """
        [profile one]
        region = eu-west-1
        role_arn = arn:aws-us-gov:iam::1:role/one
        source_profile = one
        aws_access_key_id = base
        aws_secret_access_key = s
        """
      ], http: http)
    let chain = DefaultCredentialChain(host: host.host, profile: "one", region: "us-gov-west-1")
    #expect(try await chain.credentials().accessKeyID == "one")
    #expect(http.requests.map(\.url) == ["https://sts.us-gov-west-1.amazonaws.com/"])
    #expect(
      http.requests.first?.header("authorization")?.contains("/us-gov-west-1/sts/") == true)
  }

  @Test("STS is asked without a signature for a web identity, and again when it fails")
  func webIdentity() async throws {
    let http = ScriptedHTTP { request in
      if request.url.isEmpty { throw HTTPExchangeError(.timedOut, "late") }
      return HTTPExchangeAnswer(
        503, "<ErrorResponse><Error><Code>ServiceUnavailable</Code></Error></ErrorResponse>")
    }
    var host = DefaultCredentialChainTests.everywhere
    host.environment["AWS_ACCESS_KEY_ID"] = nil
    host.environment["AWS_SECRET_ACCESS_KEY"] = nil
    host.files["/h/.aws/credentials"] = nil
    host.http = http
    let chain = DefaultCredentialChain(host: host.host)
    await #expect(throws: CredentialError.self) { _ = try await chain.credentials() }
    #expect(http.requests.count == 3)
    #expect(http.requests[0].header("authorization") == nil)
    #expect(http.requests[0].form.contains("WebIdentityToken=jwt"))
  }

  @Test("A clock that is off is corrected from the answer of STS")
  func stsClock() async throws {
    let time = ManualTime(seconds: 1_700_000_000)
    let http = ScriptedHTTP { request in
      // 2023-11-14T23:13:20Z, an hour later.
      if request.header("x-amz-date")?.hasPrefix("20231114T2313") == true {
        return HTTPExchangeAnswer(200, DefaultCredentialChainTests.assumed("late"))
      }
      return HTTPExchangeAnswer(
        403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>",
        headers: [HTTPHeader("Date", "Tue, 14 Nov 2023 23:13:20 GMT")])
    }
    let host = TestHost(http: http, time: time).host
    let service = try SecurityTokenService(host, configuration: SharedConfiguration(host))
    let found = try await service.assumeRole(
      RoleRequest(roleARN: "r"),
      with: AWSCredentials(accessKeyID: "a", secretAccessKey: "s"))
    #expect(found.credentials.accessKeyID == "late")
  }
}
