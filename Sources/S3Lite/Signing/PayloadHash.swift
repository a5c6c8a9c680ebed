/// What a signature says of the request's body: its SHA-256, or one of the words that stand for a
/// body that is not signed.
///
/// Amazon S3 API Reference, "Signature Calculations for the Authorization Header", the header
/// `x-amz-content-sha256`.
public struct PayloadHash: Sendable, Hashable {
  /// The value as it stands in the canonical request and in `x-amz-content-sha256`.
  public let text: String

  private init(text: String) {
    self.text = text
  }

  /// The body is empty.
  public static let empty = PayloadHash(
    text: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

  /// The body is not signed: TLS protects it on its way.
  public static let unsigned = PayloadHash(text: "UNSIGNED-PAYLOAD")

  /// The body comes in chunks (`Content-Encoding: aws-chunked`) that are not signed, with a checksum
  /// in the trailer.
  public static let streamingUnsignedTrailer = PayloadHash(
    text: "STREAMING-UNSIGNED-PAYLOAD-TRAILER")

  /// The body's SHA-256.
  public static func sha256(of body: RawSpan) -> PayloadHash {
    PayloadHash(text: SHA256Checksum(of: body).hexadecimal)
  }

  /// A SHA-256 that was computed elsewhere.
  public static func sha256(_ checksum: SHA256Checksum) -> PayloadHash {
    PayloadHash(text: checksum.hexadecimal)
  }
}

extension PayloadHash: CustomStringConvertible {
  /// The value as it is sent.
  public var description: String { text }
}
