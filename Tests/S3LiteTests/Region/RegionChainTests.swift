import Testing

@testable import S3Lite

@Suite("Finding the region")
struct RegionChainTests {
  private func region(_ host: TestHost, explicit: String? = nil) async throws -> String {
    try await RegionChain(host: host.host).region(explicit: explicit)
  }

  @Test("The caller, the variables, the profile and the instance are asked in this order")
  func order() async throws {
    var host = TestHost(
      environment: ["HOME": "/h", "AWS_REGION": "env-1", "AWS_DEFAULT_REGION": "default-1"],
      files: ["/h/.aws/config": "[default]\nregion = profile-1"],
      http: ScriptedHTTP { request in
        request.method == "PUT"
          ? HTTPExchangeAnswer(200, "token")
          : HTTPExchangeAnswer(
            request.url.hasSuffix("/latest/meta-data/placement/region") ? 200 : 404, "imds-1")
      })
    #expect(try await region(host, explicit: "explicit-1") == "explicit-1")
    #expect(try await region(host) == "env-1")
    host.environment["AWS_REGION"] = nil
    #expect(try await region(host) == "default-1")
    host.environment["AWS_DEFAULT_REGION"] = nil
    #expect(try await region(host) == "profile-1")
    host.files = [:]
    #expect(try await region(host) == "imds-1")
  }

  @Test("Where there is none, the error names all places")
  func nowhere() async {
    let error = await #expect(throws: CredentialError.self) {
      _ = try await region(TestHost(environment: ["AWS_EC2_METADATA_DISABLED": "true"]))
    }
    #expect(error?.attempts.count == 4)
    for part in [
      "AWS_REGION", "AWS_DEFAULT_REGION", "profile default", "METADATA_DISABLED is true",
    ] {
      #expect(error?.description.contains(part) == true)
    }
  }

  @Test(
    "What cannot stand in a host name is no region",
    arguments: [
      "EU-central-1", "a.b", "a/b", "-a", "a-", "é", "a b", "x@y",
      String(repeating: "a", count: 64),
    ])
  func invalid(name: String) async {
    await #expect(throws: CredentialError.self) { _ = try await region(TestHost(), explicit: name) }
    #expect(!AWSRegion.isValid(name))
  }

  @Test("Partitions have their own domains")
  func domains() {
    for (region, domain) in [
      ("eu-central-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn"),
      ("us-gov-west-1", "amazonaws.com"), ("us-iso-east-1", "c2s.ic.gov"),
      ("us-isob-east-1", "sc2s.sgov.gov"),
    ] {
      #expect(AWSRegion.domain(of: region) == domain)
    }
  }
}
