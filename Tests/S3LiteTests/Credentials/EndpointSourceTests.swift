import Testing

@testable import S3Lite

@Suite("Endpoints of containers and instances")
struct EndpointSourceTests {
  private func container(_ environment: [String: String], files: [String: String] = [:])
    async throws -> (Lookup<ExpiringCredentials>, [HTTPExchangeRequest])
  {
    let http = ScriptedHTTP { _ in
      HTTPExchangeAnswer(200, DefaultCredentialChainTests.document("container"))
    }
    let host = TestHost(environment: environment, files: files, http: http).host
    return (try await ContainerSource(host: host).lookUp(), http.requests)
  }

  private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

  @Test(
    "A full URI may name any host with https, and only those of this machine and AWS's with http",
    arguments: [
      ("https://example.com/a?b=c", true), ("http://127.0.0.1/", true),
      ("http://127.1.2.3:80/", true),
      ("http://localhost:8080/x", true), ("http://[::1]:1/x", true),
      ("http://[0:0:0:0:0:0:0:1]/x", true),
      ("http://169.254.170.2/x", true), ("http://169.254.170.23/v1/credentials", true),
      ("http://[fd00:ec2::23]/v1", true), ("http://[FD00:EC2:0::23]/v1", true),
      ("http://169.254.169.254/x", false), ("http://example.com/x", false),
      ("http://127.0.0.1.example.com/", false), ("http://127.0.0.1@example.com/", false),
      ("http://localhost.example.com/", false), ("http://[fd00:ec2::24]/", false),
      ("http://example.com#@127.0.0.1/", false), ("http://example.com\\@127.0.0.1/", false),
      ("http://169.254.170.2:99999/", false), ("ftp://127.0.0.1/", false), ("127.0.0.1", false),
      ("http://0x7f000001/", false), ("http:///x", false), ("http://127.0.0.1/a b", false),
    ])
  func hosts(url: String, isAllowed: Bool) async throws {
    if isAllowed {
      let (_, requests) = try await container([EndpointSourceTests.full: url])
      #expect(requests.count == 1)
    } else {
      await #expect(throws: CredentialError.self) {
        _ = try await container([EndpointSourceTests.full: url])
      }
    }
  }

  @Test("A relative URI outdoes a full one, and cannot change the host")
  func relative() async throws {
    let name = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    let (_, requests) = try await container([
      name: "/v2/x?id=1", EndpointSourceTests.full: "https://example.com",
    ])
    #expect(requests.map(\.url) == ["http://169.254.170.2/v2/x?id=1"])
    for value in ["@example.com/", ".example.com/", "x"] {
      await #expect(throws: CredentialError.self) { _ = try await container([name: value]) }
    }
  }

  @Test("The token comes from the file before the variable, and must be one line")
  func token() async throws {
    var environment = [
      EndpointSourceTests.full: "http://localhost/", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "value",
    ]
    let (_, plain) = try await container(environment)
    #expect(plain[0].header("authorization") == "value")
    environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token"
    let (_, file) = try await container(environment, files: ["/token": "from file\n"])
    #expect(file[0].header("authorization") == "from file")
    for files in [["/token": "a\r\nHost: b"], ["/token": ""], [:]] {
      await #expect(throws: CredentialError.self) {
        _ = try await container(environment, files: files)
      }
    }
  }

  private func instance(
    _ environment: [String: String] = [:],
    _ answer: @escaping @Sendable (HTTPExchangeRequest) async throws -> HTTPExchangeAnswer
  ) async throws -> (Lookup<ExpiringCredentials>, [HTTPExchangeRequest]) {
    let http = ScriptedHTTP(answer)
    let host = TestHost(environment: environment, http: http).host
    return (try await InstanceMetadataSource(host: host, profile: nil).lookUp(), http.requests)
  }

  private static func answer(_ request: HTTPExchangeRequest, _ document: String)
    -> HTTPExchangeAnswer
  {
    if request.method == "PUT" { return HTTPExchangeAnswer(200, "imds-token") }
    guard request.header("x-aws-ec2-metadata-token") == "imds-token" else {
      return HTTPExchangeAnswer(401, "")
    }
    return HTTPExchangeAnswer(200, request.url.hasSuffix("/") ? "role" : document)
  }

  @Test("The instance is asked with a token of its own, at the endpoint that is set")
  func instanceToken() async throws {
    for (environment, origin) in [
      ([:], "http://169.254.169.254"),
      (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"], "http://[fd00:ec2::254]"),
      (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://localhost:1338"], "http://localhost:1338"),
    ] {
      let (found, requests) = try await instance(environment) {
        EndpointSourceTests.answer($0, DefaultCredentialChainTests.document("instance"))
      }
      guard case .found(let credentials) = found else {
        Issue.record("Nothing was found.")
        return
      }
      #expect(credentials.credentials.accessKeyID == "instance")
      #expect(requests.allSatisfy { $0.url.hasPrefix("\(origin)/latest/") })
      #expect(requests.map(\.method) == ["PUT", "GET", "GET"])
      #expect(requests[0].header("x-aws-ec2-metadata-token-ttl-seconds") == "21600")
      #expect(requests.allSatisfy { $0.timeout == .seconds(1) })
    }
  }

  @Test("Expired credentials of an instance are used on for some minutes")
  func staticStability() async throws {
    let stale = DefaultCredentialChainTests.document("stale")
      .replacing("2023-11-15T00:00:00Z", with: "2020-01-01T00:00:00Z")
    let (found, _) = try await instance { EndpointSourceTests.answer($0, stale) }
    guard case .found(let credentials) = found, let expiration = credentials.expiration else {
      Issue.record("Nothing was found.")
      return
    }
    #expect(credentials.credentials.accessKeyID == "stale")
    #expect(expiration == (1_700_000_000 + 600) * 1_000_000)
  }

  @Test("Where there is no instance, nothing is found after few tries, or none if it is disabled")
  func noInstance() async throws {
    let (found, requests) = try await instance { _ in
      throw HTTPExchangeError(.timedOut, "There was no answer in time.")
    }
    guard case .absent = found else {
      Issue.record("Something was found.")
      return
    }
    #expect(requests.count == 2)
    let (_, none) = try await instance(["AWS_EC2_METADATA_DISABLED": "true"]) { _ in
      HTTPExchangeAnswer(200, "")
    }
    #expect(none.isEmpty)
    let (unarmed, _) = try await instance { request in
      HTTPExchangeAnswer(request.method == "PUT" ? 200 : 404, "token")
    }
    guard case .absent(let reason) = unarmed else {
      Issue.record("Something was found.")
      return
    }
    #expect(reason.contains("404"))
  }

  @Test(
    "Answers that are no credentials are errors",
    arguments: [
      "", "[]", "{", "{\"AccessKeyId\": 1}", "{\"AccessKeyId\": \"a\"}",
      "{\"Code\": \"AssumeRoleUnauthorizedAccess\", \"Message\": \"m\"}",
      "{\"AccessKeyId\": \"a\", \"SecretAccessKey\": \"s\", \"Expiration\": \"soon\"}",
    ])
  func wrongDocuments(document: String) async {
    await #expect(throws: CredentialError.self) {
      _ = try await instance { EndpointSourceTests.answer($0, document) }
    }
  }

  @Test("What a program gives must have version 1, and may have an expiration")
  func programDocument() throws {
    func read(_ version: String) throws -> ExpiringCredentials {
      try CredentialDocument.credentials(
        in: Array(
          """
          {\(version) "AccessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t",
          "Expiration": "2023-11-15T00:00:00+00:00"}
          """.utf8), .program, from: "The program x")
    }
    let found = try read("\"Version\": 1,")
    #expect(found.credentials.sessionToken == "t")
    #expect(found.expiration == 1_700_006_400_000_000)
    #expect(throws: CredentialError.self) { try read("\"Version\": 2,") }
    #expect(throws: CredentialError.self) { try read("") }
  }
}
