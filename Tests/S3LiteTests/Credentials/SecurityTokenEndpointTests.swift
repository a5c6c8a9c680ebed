import Testing

@testable import S3Lite

@Suite("The endpoint of STS")
struct SecurityTokenEndpointTests {
  private func endpoint(
    _ environment: [String: String], config: String = "", region: String? = nil
  ) throws -> SecurityTokenEndpoint {
    let host = TestHost(
      environment: environment.merging(["HOME": "/h"]) { old, _ in old },
      files: ["/h/.aws/config": config]
    ).host
    return try SecurityTokenEndpoint(
      host, configuration: SharedConfiguration(host), region: region)
  }

  @Test("It is the one that botocore resolves, in every partition and with every setting")
  func botocore() async throws {
    let regions = [
      "us-east-1", "eu-central-1", "eu-south-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1",
      "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1",
      "xx-new-1",
    ]
    let flags = [false, true]
    var lines: [String] = []
    var ours: [String] = []
    for region in regions {
      for (dual, fips, legacy) in flags.flatMap({ dual in
        flags.flatMap { fips in flags.map { (dual, fips, $0) } }
      }) {
        let fields = [dual, fips, legacy].map { $0 ? "1" : "0" }
        lines.append((["sts", region] + fields).joined(separator: "\t"))
        let found = try endpoint(
          [
            "AWS_USE_DUALSTACK_ENDPOINT": "\(dual)", "AWS_USE_FIPS_ENDPOINT": "\(fips)",
            "AWS_STS_REGIONAL_ENDPOINTS": legacy ? "legacy" : "regional",
          ], region: region)
        ours.append("\(found.url.origin) \(found.signingRegion)")
      }
    }
    // The endpoint without a region has no other forms.
    lines.append("sts\taws-global\t0\t0\t0")
    let global = try endpoint([:], region: "aws-global")
    ours.append("\(global.url.origin) \(global.signingRegion)")
    try await EndpointPeer.expect(lines, toBe: ours)
  }

  @Test("The settings come from the caller, the variables and the profile, in this order")
  func settings() throws {
    #expect(try endpoint([:]).url.origin == "https://sts.amazonaws.com")
    #expect(try endpoint([:]).signingRegion == "us-east-1")
    let config = "[default]\nregion = eu-west-1\nuse_fips_endpoint = true\n"
    #expect(
      try endpoint([:], config: config).url.origin == "https://sts-fips.eu-west-1.amazonaws.com")
    #expect(
      try endpoint(["AWS_REGION": "eu-west-2", "AWS_USE_FIPS_ENDPOINT": "false"], config: config)
        .url.origin == "https://sts.eu-west-2.amazonaws.com")
    #expect(
      try endpoint(["AWS_REGION": "eu-west-2"], region: "eu-west-3").url.origin
        == "https://sts.eu-west-3.amazonaws.com")
    let own = try endpoint([
      "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_STS": "http://localhost:5000",
      "AWS_USE_FIPS_ENDPOINT": "true",
    ])
    #expect(own.url.origin == "http://localhost:5000")
    #expect(own.signingRegion == "eu-west-1")
    #expect(throws: CredentialError.self) {
      try endpoint(["AWS_STS_REGIONAL_ENDPOINTS": "global"])
    }
  }
}
