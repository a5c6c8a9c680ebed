/// What the name of a bucket says of how it can be addressed.
///
/// Amazon S3 User Guide, "Bucket naming rules".
package enum BucketName {
  /// Whether the name can stand in front of a host: 3 to 63 of `a-z`, `0-9` and `-`, a letter or
  /// digit at both ends; dots, where they are allowed, separate such labels.
  static func isHostLabel(_ name: String, allowingDots: Bool) -> Bool {
    guard (3...63).contains(name.utf8.count), !isIPv4Address(name) else { return false }
    var previous = UInt8(ascii: ".")
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
      case UInt8(ascii: "-"):
        if previous == UInt8(ascii: ".") { return false }
      case UInt8(ascii: "."):
        if !allowingDots || previous == UInt8(ascii: ".") || previous == UInt8(ascii: "-") {
          return false
        }
      default: return false
      }
      previous = byte
    }
    return previous != UInt8(ascii: "-") && previous != UInt8(ascii: ".")
  }

  /// Whether a host is an address of four numbers.
  static func isIPv4Address(_ host: String) -> Bool {
    let parts = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.count)
          && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      }
  }

  /// Why no request can be made to a bucket of that name, or nil where one can.
  package static func fault(of name: String) -> String? {
    if name.isEmpty { return "The name of the bucket is empty." }
    if name.utf8.starts(with: "arn:".utf8) {
      return "Access points cannot be addressed by their ARN; use the access point's alias."
    }
    if name.utf8.suffix(7).elementsEqual("--xa-s3".utf8) {
      return "\(name) is an access point of a directory bucket (S3 Express One Zone); only general "
        + "purpose buckets are supported."
    }
    if name.utf8.suffix(6).elementsEqual("--x-s3".utf8) {
      return "\(name) is a directory bucket (S3 Express One Zone); only general purpose buckets "
        + "are supported."
    }
    if name.utf8.contains(UInt8(ascii: "/")) {
      return "The name of a bucket cannot hold a slash; the key is passed apart from it."
    }
    if name == "." || name == ".." { return "\(name) is not the name of a bucket." }
    return nil
  }
}
