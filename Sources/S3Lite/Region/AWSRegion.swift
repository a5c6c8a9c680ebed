/// The names of regions.
enum AWSRegion {
  /// Whether a name can be one: a label of a host name in lower case, as it becomes part of one.
  static func isValid(_ name: String) -> Bool {
    let bytes = name.utf8
    guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"),
      bytes.last != UInt8(ascii: "-")
    else { return false }
    return bytes.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
    }
  }

  /// The name that stands for the endpoints without a region.
  static let global = "aws-global"

  /// The region that requests are signed for.
  static func signing(_ region: String) -> String { region == global ? "us-east-1" : region }

  /// The domain that the services of a region lie under.
  ///
  /// AWS General Reference, "AWS service endpoints"; the partitions of the SDKs' endpoint rules.
  static func domain(of region: String) -> String {
    partition(of: region)?.domain ?? "amazonaws.com"
  }

  /// The domain of the endpoints that have IPv6 addresses, too (S3 has its own in the usual domain).
  static func dualStackDomain(of region: String) -> String {
    partition(of: region)?.dualStack ?? "api.aws"
  }

  private static func partition(
    of region: String
  ) -> (prefix: String, domain: String, dualStack: String)? {
    let partitions = [
      ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
      ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
      ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
      ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
      ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
      ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ]
    return partitions.first { region.hasPrefix($0.0) }
  }
}
