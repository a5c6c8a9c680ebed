/// CRC-32C (Castagnoli).
///
/// Polynomial 0x1EDC6F41, reflected, all ones before and after (RFC 3720, section 12.1); S3's
/// `x-amz-checksum-crc32c`.
public struct CRC32C: Sendable, Hashable {
  private var state: UInt32 = .max

  /// The checksum of no bytes.
  public init() {}

  /// The checksum of bytes.
  public init(of bytes: RawSpan) {
    update(bytes)
  }

  /// A checksum as S3's headers and answers carry it, or nil where the text is not one.
  public init?(base64 text: String) {
    guard let bytes = Base64.decode(text), bytes.count == UInt32.bitWidth / 8 else { return nil }
    state = ~bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The checksum so far.
  public var value: UInt32 { ~state }

  /// The value's bytes, the most significant first, in base64, as S3's headers carry it.
  public var base64: String {
    withUnsafeBytes(of: value.bigEndian) { Base64.encode($0) }
  }

  /// Continues with further bytes.
  public mutating func update(_ bytes: RawSpan) {
    state = CRC32Tables.update(state, bytes, CRC32C.tables)
  }

  /// Continues with bytes of which only the checksum and the number are known, such as the next part
  /// of a multipart upload.
  ///
  /// - Complexity: O(log *byteCount*).
  public mutating func append(_ next: CRC32C, byteCount: Int) {
    state = ~CRCPolynomials.combine(
      value, next.value, secondLength: byteCount, polynomial: CRC32C.polynomial)
  }

  /// The polynomial, reflected.
  private static let polynomial: UInt32 = 0x82F6_3B78

  private static let tables = CRC32Tables.make(polynomial: polynomial)
}
