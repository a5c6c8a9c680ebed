import Crypto
import Foundation

/// The checksums that S3 knows, computed a byte at a time: slow, and independent of the client's.
package enum ChecksumAlgorithm: String, Sendable, CaseIterable {
  case crc32 = "CRC32"
  case crc32c = "CRC32C"
  case crc64nvme = "CRC64NVME"
  case sha1 = "SHA1"
  case sha256 = "SHA256"

  /// Such as `x-amz-checksum-crc32c`.
  package var header: String { "x-amz-checksum-" + rawValue.lowercased() }

  /// The element of answers, such as `ChecksumCRC32C`.
  package var element: String { "Checksum" + rawValue }

  /// How many bytes it has.
  var length: Int {
    switch self {
    case .crc32, .crc32c: 4
    case .crc64nvme: 8
    case .sha1: 20
    case .sha256: 32
    }
  }

  /// Whether the checksum of the whole follows from those of its parts.
  var isLinear: Bool { self != .sha1 && self != .sha256 }

  /// The bytes of a checksum in base64.
  func bytes(ofBase64 text: String) -> [UInt8] {
    Array(Data(base64Encoded: text) ?? Data())
  }

  /// In base64, as S3's headers carry it.
  package func base64(of bytes: [UInt8]) -> String {
    let digest: Data =
      switch self {
      case .sha1: Data(Insecure.SHA1.hash(data: bytes))
      case .sha256: Data(SHA256.hash(data: bytes))
      case .crc32: ReflectedCRC.ieee.bytes(of: bytes)
      case .crc32c: ReflectedCRC.castagnoli.bytes(of: bytes)
      case .crc64nvme: ReflectedCRC.nvme.bytes(of: bytes)
      }
    return digest.base64EncodedString()
  }
}

/// A cyclic redundancy check, reflected, all ones before and after.
private struct ReflectedCRC: Sendable {
  static let ieee = ReflectedCRC(polynomial: 0xEDB8_8320, width: 32)
  static let castagnoli = ReflectedCRC(polynomial: 0x82F6_3B78, width: 32)
  static let nvme = ReflectedCRC(polynomial: 0x9A6C_9329_AC4B_C9B5, width: 64)

  private let table: [UInt64]
  private let width: Int

  private init(polynomial: UInt64, width: Int) {
    self.width = width
    table = (0..<256).map { byte in
      (0..<8).reduce(UInt64(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? polynomial : 0) }
    }
  }

  /// The most significant byte first.
  func bytes(of bytes: [UInt8]) -> Data {
    let ones = UInt64.max >> UInt64(64 - width)
    var crc = ones
    table.withUnsafeBufferPointer { table in
      bytes.withUnsafeBufferPointer { bytes in
        // Not for-in: this is run without optimisation, on megabytes.
        var index = 0
        while index < bytes.count {
          crc = table[Int((crc ^ UInt64(bytes[index])) & 0xFF)] ^ crc >> 8
          index += 1
        }
      }
    }
    crc ^= ones
    return Data(
      stride(from: width - 8, through: 0, by: -8).map {
        UInt8(truncatingIfNeeded: crc >> UInt64($0))
      })
  }
}
