import Testing

@testable import S3Lite

@Suite("The configuration of a machine")
struct S3ConfigurationTests {
  private func configuration(
    _ environment: [String: String] = [:], config: String = "", profile: String? = nil,
    region: String? = nil, url: String? = nil
  ) async throws -> S3Configuration {
    let host = TestHost(
      environment: environment.merging(["HOME": "/h"]) { old, _ in old },
      files: ["/h/.aws/config": config])
    return try await S3Configuration(
      host: host.host, profile: profile, region: region, endpointURL: url)
  }

  @Test("The endpoint's URL comes from the caller, the variables, and then the profile")
  func urls() async throws {
    let config = "[default]\nregion = r-1\nendpoint_url = http://profile\n"
    var environment = [
      "AWS_ENDPOINT_URL_S3": "http://one", "AWS_ENDPOINT_URL": "http://two",
    ]
    #expect(
      try await configuration(environment, config: config, url: "http://me").endpoint.url
        == "http://me")
    #expect(try await configuration(environment, config: config).endpoint.url == "http://one")
    environment["AWS_ENDPOINT_URL_S3"] = ""
    #expect(try await configuration(environment, config: config).endpoint.url == "http://two")
    environment["AWS_ENDPOINT_URL"] = nil
    #expect(try await configuration(environment, config: config).endpoint.url == "http://profile")
    environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "True"
    #expect(try await configuration(environment, config: config).endpoint.url == nil)
    // The caller's is not configured, but said.
    #expect(
      try await configuration(environment, config: config, url: "http://me").endpoint.url
        == "http://me")
  }

  @Test("Dual-stack and FIPS come from the variables, and then the profile")
  func flags() async throws {
    let config = "[default]\nregion = r-1\nuse_fips_endpoint = true\nuse_dualstack_endpoint = TRUE"
    let both = try await configuration(config: config).endpoint
    #expect(both.usesFIPS && both.usesDualStack)
    let outdone = try await configuration(
      ["AWS_USE_FIPS_ENDPOINT": "false", "AWS_USE_DUALSTACK_ENDPOINT": "FALSE"], config: config
    ).endpoint
    #expect(!outdone.usesFIPS && !outdone.usesDualStack)
    let set = try await configuration(
      ["AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"], region: "r-1"
    ).endpoint
    #expect(set.usesFIPS && set.usesDualStack)
    for wrong in [["AWS_USE_FIPS_ENDPOINT": "yes"], ["AWS_USE_DUALSTACK_ENDPOINT": "1"]] {
      await #expect(throws: CredentialError.self) {
        _ = try await configuration(wrong, region: "r-1")
      }
    }
  }

  @Test("Whoever names a server wants that one, and not another endpoint of AWS's")
  func urlOutdoesFlags() async throws {
    let found = try await configuration(
      ["AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"],
      url: "http://localhost:9000")
    #expect(found.endpoint == S3EndpointSettings(url: "http://localhost:9000"))
    // Most of them expect this region where none is set.
    #expect(found.region == "us-east-1")
    #expect(
      try await configuration(["AWS_REGION": "eu-central-1"], url: "http://localhost:9000").region
        == "eu-central-1")
  }

  @Test(
    "The profile chooses the addressing style below s3",
    arguments: [
      ("path", S3Endpoint.AddressingStyle.path), ("virtual", .virtualHost), ("auto", .automatic),
      ("", .automatic),
    ])
  func styles(_ text: String, _ style: S3Endpoint.AddressingStyle) async throws {
    let config = "[profile p]\nregion = r-1\ns3 =\n  addressing_style = \(text)\n"
    #expect(
      try await configuration(config: config, profile: "p").endpoint
        == S3EndpointSettings(addressingStyle: style))
    let dualStack = config + "  use_dualstack_endpoint = true\n"
    #expect(
      try await configuration(config: dualStack, profile: "p").endpoint
        == S3EndpointSettings(addressingStyle: style, usesDualStack: true))
  }

  @Test("Settings that are wrong are errors before the first request")
  func wrong() async {
    for config in [
      "[default]\ns3 =\n  addressing_style = sideways\n", "[default]\nuse_fips_endpoint = no\n",
      "[default]\ns3 =\n  use_dualstack_endpoint = 1\n",
      // Its requests would go to AWS instead.
      "[default]\nservices = none\n",
      "[default]\nendpoint_url = localhost:9000\n",
    ] {
      await #expect(throws: (any Error).self, "\(config)") {
        _ = try await configuration(config: config, region: "r-1")
      }
    }
  }
}
