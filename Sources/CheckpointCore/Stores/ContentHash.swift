import Crypto
import EventLogModel

/// Names for content and for pairs of key and version, by SHA-256.
enum ContentHash {
  /// The ETag of content in stores of ours: the first 128 bits of its SHA-256, in hexadecimal.
  static func eTag(of bytes: [UInt8]) -> ETag {
    bytes.withUnsafeBytes { eTag(of: $0) }
  }

  static func eTag(of bytes: UnsafeRawBufferPointer) -> ETag {
    var hash = SHA256()
    hash.update(bufferPointer: bytes)
    return eTag(hash.finalize())
  }

  static func eTag(_ digest: SHA256.Digest) -> ETag {
    ETag(rawValue: digest.withUnsafeBytes { hexadecimal($0.prefix(16)) })
  }

  /// 64 bits that stand for a version of an object: the first 8 bytes, as a big-endian number, of
  /// SHA-256 over the key, a NUL, the ETag, a NUL and the microseconds of LastModified. (Content
  /// that was there before is a new version when it is written again: the ETag alone is the same.)
  ///
  /// A cryptographic hash, since an object whose hash collided with that of a merged one would be
  /// passed over, and keys are made by others.
  static func version(key: String, eTag: ETag, lastModified: Timestamp) -> UInt64 {
    word(of: "\(key)\0\(eTag.rawValue)\0\(lastModified.microsecondsSinceEpoch)")
  }

  /// 64 bits that stand for a key, likewise.
  static func key(_ key: String) -> UInt64 { word(of: key) }

  /// 64 bits that stand for a line, likewise.
  static func line(_ bytes: [UInt8]) -> UInt64 { word(of: String(decoding: bytes, as: UTF8.self)) }

  private static func word(of text: String) -> UInt64 {
    var text = text
    let digest = text.withUTF8 { utf8 in
      var hash = SHA256()
      hash.update(bufferPointer: UnsafeRawBufferPointer(utf8))
      return hash.finalize()
    }
    return digest.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
  }

  /// Lower-case hexadecimal.
  static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    let digits: StaticString = "0123456789abcdef"
    return String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
      var position = 0
      for byte in bytes {
        buffer[position] = digits.utf8Start[Int(byte >> 4)]
        buffer[position + 1] = digits.utf8Start[Int(byte & 15)]
        position += 2
      }
      return position
    }
  }
}
