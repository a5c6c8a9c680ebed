/// The text that is signed: algorithm, time, scope, and the hash of the canonical request.
///
/// AWS IAM User Guide, "Create a signed AWS API request", step 3.
public struct StringToSign: Sendable, Hashable {
  /// The text in UTF-8.
  public let bytes: [UInt8]

  /// The text.
  public var text: String {
    String(decoding: bytes, as: UTF8.self)
  }

  init(_ request: CanonicalRequest, time: SigningTime, region: String, service: String) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(160)
    bytes.append(contentsOf: StringToSign.algorithm.utf8)
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: time.text.utf8)
    bytes.append(UInt8(ascii: "\n"))
    StringToSign.appendScope(time: time, region: region, service: service, to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    request.hash.withUnsafeBytes { Hexadecimal.append($0, to: &bytes) }
    self.bytes = bytes
  }

  /// The name of the algorithm.
  static let algorithm = "AWS4-HMAC-SHA256"

  /// Appends `YYYYMMDD/region/service/aws4_request`.
  static func appendScope(
    time: SigningTime, region: String, service: String, to bytes: inout [UInt8]
  ) {
    bytes.append(contentsOf: time.date)
    bytes.append(UInt8(ascii: "/"))
    bytes.append(contentsOf: region.utf8)
    bytes.append(UInt8(ascii: "/"))
    bytes.append(contentsOf: service.utf8)
    bytes.append(contentsOf: "/aws4_request".utf8)
  }
}

extension StringToSign: CustomStringConvertible {
  /// The text.
  public var description: String { text }
}
