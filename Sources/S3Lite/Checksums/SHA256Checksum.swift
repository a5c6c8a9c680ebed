import Crypto

/// A SHA-256, in the forms in which S3's headers carry it.
public struct SHA256Checksum: Sendable, Hashable {
  private let digest: SHA256.Digest

  /// The checksum of bytes.
  public init(of bytes: RawSpan) {
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
    digest = hash.finalize()
  }

  /// 64 lower-case hexadecimal digits, as in `x-amz-content-sha256`.
  public var hexadecimal: String {
    withUnsafeBytes { Hexadecimal.string($0) }
  }

  /// Base64, as in `x-amz-checksum-sha256`.
  public var base64: String {
    withUnsafeBytes { Base64.encode($0) }
  }

  /// Calls `body` with the 32 bytes.
  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    digest.withUnsafeBytes { body($0) }
  }
}
