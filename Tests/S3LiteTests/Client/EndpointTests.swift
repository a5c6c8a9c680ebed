import S3Lite
import Testing

/// An endpoint that is documented, or follows from what is.
struct EndpointCase: Sendable, CustomTestStringConvertible {
  var bucket = "amzn-s3-demo-bucket"
  var region = "us-west-2"
  var settings = S3EndpointSettings()
  /// Scheme, authority and the beginning of the path.
  var url: String
  var signingRegion: String?

  var testDescription: String { "\(bucket) in \(region), \(settings) -> \(url)" }
}

@Suite("Endpoints of S3")
struct EndpointTests {
  static let dualStack = S3EndpointSettings(usesDualStack: true)
  static let fips = S3EndpointSettings(usesFIPS: true)
  static let both = S3EndpointSettings(usesDualStack: true, usesFIPS: true)

  static func path(_ url: String? = nil) -> S3EndpointSettings {
    S3EndpointSettings(url: url, addressingStyle: .path)
  }

  static func at(
    _ url: String, _ style: S3Endpoint.AddressingStyle = .automatic
  ) -> S3EndpointSettings {
    S3EndpointSettings(url: url, addressingStyle: style)
  }

  /// From the AWS General Reference, "Amazon S3 endpoints and quotas", and the Amazon S3 User Guide,
  /// "Virtual hosting of buckets", "Using dual-stack endpoints".
  static let documented: [EndpointCase] = [
    EndpointCase(url: "https://amzn-s3-demo-bucket.s3.us-west-2.amazonaws.com"),
    EndpointCase(
      region: "us-east-1", url: "https://amzn-s3-demo-bucket.s3.us-east-1.amazonaws.com"),
    EndpointCase(settings: path(), url: "https://s3.us-west-2.amazonaws.com/amzn-s3-demo-bucket"),
    EndpointCase(
      settings: dualStack,
      url: "https://amzn-s3-demo-bucket.s3.dualstack.us-west-2.amazonaws.com"),
    EndpointCase(
      settings: S3EndpointSettings(addressingStyle: .path, usesDualStack: true),
      url: "https://s3.dualstack.us-west-2.amazonaws.com/amzn-s3-demo-bucket"),
    EndpointCase(
      settings: fips, url: "https://amzn-s3-demo-bucket.s3-fips.us-west-2.amazonaws.com"),
    EndpointCase(
      settings: both,
      url: "https://amzn-s3-demo-bucket.s3-fips.dualstack.us-west-2.amazonaws.com"),
    EndpointCase(
      region: "cn-north-1", url: "https://amzn-s3-demo-bucket.s3.cn-north-1.amazonaws.com.cn"),
    EndpointCase(
      region: "us-gov-east-1", settings: fips,
      url: "https://amzn-s3-demo-bucket.s3-fips.us-gov-east-1.amazonaws.com"),
    EndpointCase(
      region: "aws-global", url: "https://amzn-s3-demo-bucket.s3.amazonaws.com",
      signingRegion: "us-east-1"),
    // TLS certificates cover one label, so names with dots go into the path.
    EndpointCase(
      bucket: "logs.example.com", url: "https://s3.us-west-2.amazonaws.com/logs.example.com"),
    EndpointCase(bucket: "Capitals", url: "https://s3.us-west-2.amazonaws.com/Capitals"),
    EndpointCase(bucket: "under_score", url: "https://s3.us-west-2.amazonaws.com/under_score"),
  ]

  static let custom: [EndpointCase] = [
    EndpointCase(
      bucket: "b12", settings: at("http://127.0.0.1:9000"), url: "http://127.0.0.1:9000/b12"),
    EndpointCase(
      bucket: "b12", settings: at("http://localhost:9000/"), url: "http://localhost:9000/b12"),
    EndpointCase(bucket: "b12", settings: at("http://[::1]:9000"), url: "http://[::1]:9000/b12"),
    EndpointCase(bucket: "b12", settings: at("http://minio:9000"), url: "http://minio:9000/b12"),
    EndpointCase(
      bucket: "b12", settings: at("https://S3.Example.com:443/base/"),
      url: "https://s3.example.com/base/b12"),
    EndpointCase(
      bucket: "b12", settings: at("https://S3.Example.com:443/base/", .virtualHost),
      url: "https://b12.s3.example.com/base"),
    EndpointCase(
      bucket: "b12", settings: at("https://s3.example.com:8443", .virtualHost),
      url: "https://b12.s3.example.com:8443"),
    EndpointCase(
      bucket: "b.12", settings: at("https://s3.example.com/x%20y"),
      url: "https://s3.example.com/x%20y/b.12"),
    EndpointCase(
      bucket: "b.12", settings: at("http://s3.example.com:80", .virtualHost),
      url: "http://b.12.s3.example.com"),
    EndpointCase(
      bucket: "b12", settings: path("https://s3.example.com/base"),
      url: "https://s3.example.com/base/b12"),
    EndpointCase(
      bucket: "b12", settings: at("http://localhost:9000", .virtualHost),
      url: "http://b12.localhost:9000"),
  ]

  @Test("an endpoint is the one that is documented", arguments: documented + custom)
  func resolves(_ expected: EndpointCase) throws {
    let endpoint = try S3Endpoint(
      bucket: expected.bucket, region: expected.region, settings: expected.settings)
    #expect(endpoint.origin + endpoint.pathPrefix == expected.url)
    #expect(endpoint.signingRegion == expected.signingRegion ?? expected.region)
  }

  @Test("endpoints are those that botocore resolves")
  func botocore() async throws {
    let regions = [
      "us-east-1", "eu-central-1", "ap-southeast-7", "cn-north-1", "us-gov-west-1",
      "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1",
      "aws-global", "xx-new-1",
    ]
    let buckets = ["amzn-s3-demo-bucket", "b12", "dotted.name", "Upper", "ab", "10.1.2.3", "end-"]
    let urls = ["", "https://s3.example.com", "http://s3.example.com:8080/base"]
    let flags = [false, true]
    var lines: [String] = []
    var ours: [String] = []
    for region in regions {
      for bucket in buckets {
        // What the endpoint without a region means to somebody else's server is said nowhere.
        for url in region == "aws-global" ? [""] : urls {
          for (dual, fips, path) in flags.flatMap({ dual in
            flags.flatMap { fips in flags.map { (dual, fips, $0) } }
          }) {
            let fields = [dual, fips, path].map { $0 ? "1" : "0" }
            lines.append((["s3", bucket, region] + fields + [url]).joined(separator: "\t"))
            let settings = S3EndpointSettings(
              url: url.isEmpty ? nil : url, addressingStyle: path ? .path : .automatic,
              usesDualStack: dual, usesFIPS: fips)
            let endpoint = try? S3Endpoint(bucket: bucket, region: region, settings: settings)
            ours.append(
              endpoint.map { "\($0.origin)\($0.pathPrefix) \($0.signingRegion)" } ?? "error")
          }
        }
      }
    }
    try await EndpointPeer.expect(lines, toBe: ours)
  }

  @Test(
    "what names no endpoint is refused",
    arguments: [
      ("b12", "", S3EndpointSettings()),
      ("b12", "eu west", S3EndpointSettings()),
      ("b12", "evil.com/", S3EndpointSettings()),
      ("b12", "cn-north-1", fips),
      ("b12", "us-east-1", S3EndpointSettings(url: "https://s3.example.com", usesDualStack: true)),
      ("b12", "us-east-1", S3EndpointSettings(url: "https://s3.example.com", usesFIPS: true)),
      ("b12", "us-east-1", at("")),
      ("b12", "us-east-1", at("s3.example.com")),
      ("b12", "us-east-1", at("ftp://s3.example.com")),
      ("b12", "us-east-1", at("https://")),
      ("b12", "us-east-1", at("https:///b")),
      ("b12", "us-east-1", at("https://key:secret@s3.example.com")),
      ("b12", "us-east-1", at("https://s3.example.com?x=1")),
      ("b12", "us-east-1", at("https://s3.example.com/#x")),
      ("b12", "us-east-1", at("https://s3.example.com:0")),
      ("b12", "us-east-1", at("https://s3.example.com:65536")),
      ("b12", "us-east-1", at("https://s3.example.com:+80")),
      ("b12", "us-east-1", at("https://s3.example.com:x")),
      ("b12", "us-east-1", at("https://[::1")),
      ("b12", "us-east-1", at("https://[::1]x")),
      ("b12", "us-east-1", at("https://s3 example.com")),
      ("b12", "us-east-1", at("https://s3.example.com/a b")),
      ("b12", "us-east-1", at("http://10.0.0.1", .virtualHost)),
      ("Capitals", "us-east-1", S3EndpointSettings(addressingStyle: .virtualHost)),
      ("b.12", "us-east-1", S3EndpointSettings(addressingStyle: .virtualHost)),
      ("", "us-east-1", S3EndpointSettings()),
      ("..", "us-east-1", S3EndpointSettings()),
      ("a/b", "us-east-1", S3EndpointSettings()),
      ("express--use1-az4--x-s3", "us-east-1", S3EndpointSettings()),
      ("mine--use1-az4--xa-s3", "us-east-1", S3EndpointSettings()),
      ("arn:aws:s3:us-west-2:123456789012:accesspoint:mine", "us-east-1", S3EndpointSettings()),
    ])
  func refused(_ bucket: String, _ region: String, _ settings: S3EndpointSettings) {
    let error = #expect(throws: S3Error.self) {
      try S3Endpoint(bucket: bucket, region: region, settings: settings)
    }
    #expect(error?.code == .invalidEndpoint || error?.code == .invalidBucketName)
    #expect(error.map { "\($0)" }?.contains("secret") == false)
  }

  @Test("Settings show no password of a URL that is refused")
  func secrecy() {
    let settings = EndpointTests.at("https://key:secret@s3.example.com")
    var text = "\(settings) \(S3Configuration(region: "r", endpoint: settings))"
    dump(settings, to: &text)
    #expect(!text.contains("secret"))
    #expect("\(EndpointTests.at("http://localhost:9000/x"))" == "http://localhost:9000/x")
  }
}
