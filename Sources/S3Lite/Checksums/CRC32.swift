/// CRC-32 (ISO-HDLC), which other clients of S3 send with their uploads; here it only verifies what
/// they wrote.
///
/// Polynomial 0x04C11DB7, reflected, all ones before and after (RFC 1952, section 8); S3's
/// `x-amz-checksum-crc32`.
struct CRC32: Sendable, Hashable {
  private var state: UInt32 = .max

  /// Continues with further bytes.
  mutating func update(_ bytes: RawSpan) {
    state = CRC32Tables.update(state, bytes, CRC32.tables)
  }

  /// The checksum so far.
  var value: UInt32 { ~state }

  /// The value's bytes, the most significant first, in base64, as S3's headers carry it.
  var base64: String {
    withUnsafeBytes(of: value.bigEndian) { Base64.encode($0) }
  }

  private static let tables = CRC32Tables.make(polynomial: 0xEDB8_8320)
}
