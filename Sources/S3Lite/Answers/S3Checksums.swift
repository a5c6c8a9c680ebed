/// The checksums of an object or a part in base64, as far as an answer names them.
public struct S3Checksums: Sendable, Hashable {
  /// CRC-32C.
  public var crc32c: String?
  /// CRC-64/NVME.
  public var crc64nvme: String?
  /// CRC-32, which other clients send.
  public var crc32: String?
  /// SHA-1, which other clients send.
  public var sha1: String?
  /// SHA-256.
  public var sha256: String?
  /// `FULL_OBJECT`, or `COMPOSITE` where they are checksums of the parts' checksums.
  public var type: String?

  /// No checksums.
  public init() {}

  /// Takes note of a checksum.
  mutating func set(_ checksum: S3Checksum) {
    switch checksum.algorithm {
    case "CRC64NVME": crc64nvme = checksum.value
    case "CRC32C": crc32c = checksum.value
    default: break
    }
  }

  /// Reads an element, if it is a checksum.
  ///
  /// - Returns: Whether it was read.
  mutating func read(_ element: String, from reader: inout XMLReader) throws(XMLError) -> Bool {
    switch element {
    case "ChecksumCRC32C": crc32c = try reader.readText()
    case "ChecksumCRC64NVME": crc64nvme = try reader.readText()
    case "ChecksumCRC32": crc32 = try reader.readText()
    case "ChecksumSHA1": sha1 = try reader.readText()
    case "ChecksumSHA256": sha256 = try reader.readText()
    case "ChecksumType": type = try reader.readText()
    default: return false
    }
    return true
  }
}
