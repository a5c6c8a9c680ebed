/// CRC-64/NVME, eight bytes at a time by tables ("slicing-by-8").
///
/// Polynomial 0xAD93D23594C93659, reflected, all ones before and after (NVM Express, NVM Command Set
/// Specification, "64b CRC"); S3's `x-amz-checksum-crc64nvme`.
public struct CRC64NVME: Sendable, Hashable {
  private var state: UInt64 = .max

  /// The checksum of no bytes.
  public init() {}

  /// The checksum of bytes.
  public init(of bytes: RawSpan) {
    update(bytes)
  }

  /// A checksum as S3's headers and answers carry it, or nil where the text is not one.
  public init?(base64 text: String) {
    guard let bytes = Base64.decode(text), bytes.count == UInt64.bitWidth / 8 else { return nil }
    state = ~bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The checksum so far.
  public var value: UInt64 { ~state }

  /// The value's bytes, the most significant first, in base64, as S3's headers carry it.
  public var base64: String {
    withUnsafeBytes(of: value.bigEndian) { Base64.encode($0) }
  }

  /// Continues with further bytes.
  public mutating func update(_ bytes: RawSpan) {
    var state = state
    bytes.withUnsafeBytes { bytes in
      CRC64NVME.tables.withUnsafeBufferPointer { tables in
        var offset = 0
        while bytes.count - offset >= 8 {
          let word = UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
          let mixed = word ^ state
          state =
            tables[7 << 8 | Int(mixed & 0xFF)] ^ tables[6 << 8 | Int(mixed >> 8 & 0xFF)]
            ^ tables[5 << 8 | Int(mixed >> 16 & 0xFF)] ^ tables[4 << 8 | Int(mixed >> 24 & 0xFF)]
            ^ tables[3 << 8 | Int(mixed >> 32 & 0xFF)] ^ tables[2 << 8 | Int(mixed >> 40 & 0xFF)]
            ^ tables[1 << 8 | Int(mixed >> 48 & 0xFF)] ^ tables[Int(mixed >> 56)]
          offset += 8
        }
        while offset < bytes.count {
          state = tables[Int((state ^ UInt64(bytes[offset])) & 0xFF)] ^ state >> 8
          offset += 1
        }
      }
    }
    self.state = state
  }

  /// Continues with bytes of which only the checksum and the number are known, such as the next part
  /// of a multipart upload.
  ///
  /// - Complexity: O(log *byteCount*).
  public mutating func append(_ next: CRC64NVME, byteCount: Int) {
    state = ~CRCPolynomials.combine(
      value, next.value, secondLength: byteCount, polynomial: CRC64NVME.polynomial)
  }

  /// The polynomial, reflected.
  private static let polynomial: UInt64 = 0x9A6C_9329_AC4B_C9B5

  /// Table `t` holds, at `t * 256 + b`, the effect of byte `b` followed by `t` zero bytes.
  private static let tables: [UInt64] = {
    var tables: [UInt64] = []
    for byte in 0..<UInt64(256) {
      tables.append(
        (0..<8).reduce(byte) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? polynomial : 0) })
    }
    for index in 256..<2_048 {
      let previous = tables[index - 256]
      tables.append(previous >> 8 ^ tables[Int(previous & 0xFF)])
    }
    return tables
  }()
}
