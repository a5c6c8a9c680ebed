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

  /// The domain that the services of a region lie under.
  ///
  /// AWS General Reference, "AWS service endpoints"; the partitions of the SDKs' endpoint rules.
  static func domain(of region: String) -> String {
    let domains = [
      ("cn-", "amazonaws.com.cn"), ("us-isob-", "sc2s.sgov.gov"), ("us-iso-", "c2s.ic.gov"),
      ("us-isof-", "csp.hci.ic.gov"), ("eu-isoe-", "cloud.adc-e.uk"),
      ("eusc-", "amazonaws.eu"),
    ]
    return domains.first { region.hasPrefix($0.0) }?.1 ?? "amazonaws.com"
  }
}
