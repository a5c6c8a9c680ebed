internal import Crypto

/// Holds the bytes of a whole object against a checksum that S3 keeps of it.
struct DownloadCheck: Sendable {
  private enum Running: Sendable {
    case crc64nvme(CRC64NVME)
    case crc32c(CRC32C)
    case crc32(CRC32)
    case sha1(Insecure.SHA1)
    case sha256(SHA256)
  }

  private var running: Running
  private let expected: String

  /// A check, or nil where no checksum is one of the whole object: those of multipart uploads may be
  /// computed of the parts' checksums.
  init?(_ checksums: S3Checksums) {
    if let type = checksums.type, type != "FULL_OBJECT" { return nil }
    // A composed one ends with the number of its parts, as in `4ulbbw==-3`, and moto 5.2 names a
    // checksum of four bytes CRC-64/NVME: neither can be held against anything.
    func whole(_ text: String?, byteCount: Int) -> String? {
      text.flatMap { Base64.decode($0)?.count == byteCount ? $0 : nil }
    }
    if let expected = whole(checksums.crc64nvme, byteCount: 8) {
      running = .crc64nvme(CRC64NVME())
      self.expected = expected
    } else if let expected = whole(checksums.crc32c, byteCount: 4) {
      running = .crc32c(CRC32C())
      self.expected = expected
    } else if let expected = whole(checksums.crc32, byteCount: 4) {
      running = .crc32(CRC32())
      self.expected = expected
    } else if let expected = whole(checksums.sha256, byteCount: 32) {
      running = .sha256(SHA256())
      self.expected = expected
    } else if let expected = whole(checksums.sha1, byteCount: 20) {
      running = .sha1(Insecure.SHA1())
      self.expected = expected
    } else {
      return nil
    }
  }

  /// Continues with further bytes.
  mutating func update(_ bytes: RawSpan) {
    switch running {
    case .crc64nvme(var checksum):
      checksum.update(bytes)
      running = .crc64nvme(checksum)
    case .crc32c(var checksum):
      checksum.update(bytes)
      running = .crc32c(checksum)
    case .crc32(var checksum):
      checksum.update(bytes)
      running = .crc32(checksum)
    case .sha1(var checksum):
      bytes.withUnsafeBytes { checksum.update(bufferPointer: $0) }
      running = .sha1(checksum)
    case .sha256(var checksum):
      bytes.withUnsafeBytes { checksum.update(bufferPointer: $0) }
      running = .sha256(checksum)
    }
  }

  /// Compares.
  ///
  /// - Throws: ``S3Error/Code/checksumMismatch``.
  func finish() throws(S3Error) {
    let (name, found) =
      switch running {
      case .crc64nvme(let checksum): ("CRC-64/NVME", checksum.base64)
      case .crc32c(let checksum): ("CRC-32C", checksum.base64)
      case .crc32(let checksum): ("CRC-32", checksum.base64)
      case .sha1(let checksum):
        ("SHA-1", checksum.finalize().withUnsafeBytes { Base64.encode($0) })
      case .sha256(let checksum):
        ("SHA-256", checksum.finalize().withUnsafeBytes { Base64.encode($0) })
      }
    guard found == expected else {
      throw S3Error(
        .checksumMismatch,
        "The \(name) of the bytes received is \(found); that of the object is \(expected).",
        httpStatus: 200)
    }
  }
}
