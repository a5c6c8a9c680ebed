/// A checksum as a header carries it.
struct S3Checksum: Sendable, Hashable {
  /// The header, such as `x-amz-checksum-crc64nvme`.
  var header: String
  /// How S3 names the algorithm, such as `CRC64NVME`.
  var algorithm: String
  /// The value in base64.
  var value: String
}

/// A checksum that is being computed.
enum RunningChecksum: Sendable {
  /// CRC-64/NVME.
  case crc64nvme(CRC64NVME)
  /// CRC-32C.
  case crc32c(CRC32C)

  /// The checksum of no bytes yet, or nil for no checksum.
  init?(_ algorithm: S3UploadChecksum) {
    switch algorithm {
    case .crc64nvme: self = .crc64nvme(CRC64NVME())
    case .crc32c: self = .crc32c(CRC32C())
    case .none: return nil
    }
  }

  /// Continues with further bytes.
  mutating func update(_ bytes: RawSpan) {
    switch self {
    case .crc64nvme(var checksum):
      checksum.update(bytes)
      self = .crc64nvme(checksum)
    case .crc32c(var checksum):
      checksum.update(bytes)
      self = .crc32c(checksum)
    }
  }

  /// Its header.
  var header: String {
    switch self {
    case .crc64nvme: "x-amz-checksum-crc64nvme"
    case .crc32c: "x-amz-checksum-crc32c"
    }
  }

  /// The name of its algorithm.
  var algorithm: String {
    switch self {
    case .crc64nvme: "CRC64NVME"
    case .crc32c: "CRC32C"
    }
  }

  /// The checksum so far.
  var checksum: S3Checksum {
    let value =
      switch self {
      case .crc64nvme(let checksum): checksum.base64
      case .crc32c(let checksum): checksum.base64
      }
    return S3Checksum(header: header, algorithm: algorithm, value: value)
  }
}
