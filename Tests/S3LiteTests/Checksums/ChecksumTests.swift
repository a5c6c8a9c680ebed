import Foundation
import S3Lite
import TestSupport
import Testing

@testable import enum S3Lite.Base64
@testable import struct S3Lite.CRC32

@Suite("Checksums")
struct ChecksumTests {
  /// One bit at a time, from the polynomial: too simple to be wrong.
  static func bitwise(_ bytes: [UInt8], reflectedPolynomial: UInt64, width: Int) -> UInt64 {
    let ones = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
    var crc = ones
    for byte in bytes {
      crc ^= UInt64(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? reflectedPolynomial : 0) }
    }
    return crc ^ ones
  }

  let check = Array("123456789".utf8)

  @Test("CRC-32C has the published check values")
  func crc32cVectors() {
    #expect(CRC32C(of: check.span.bytes).value == 0xE306_9283)
    #expect(CRC32C(of: check.span.bytes).base64 == "4waSgw==")
    #expect(CRC32C().value == 0)
    // RFC 3720, section B.4.
    #expect(CRC32C(of: [UInt8](repeating: 0, count: 32).span.bytes).value == 0x8A91_36AA)
    #expect(CRC32C(of: [UInt8](repeating: 0xFF, count: 32).span.bytes).value == 0x62A8_AB43)
    #expect(CRC32C(of: [UInt8](0..<32).span.bytes).value == 0x46DD_794E)
  }

  @Test("CRC-64/NVME has the published check values")
  func crc64Vectors() {
    #expect(CRC64NVME(of: check.span.bytes).value == 0xAE8B_1486_0A79_9888)
    #expect(CRC64NVME(of: check.span.bytes).base64 == "rosUhgp5mIg=")
    #expect(CRC64NVME().value == 0)
    // NVM Express, NVM Command Set Specification, "64b CRC Test Cases".
    #expect(
      CRC64NVME(of: [UInt8](repeating: 0, count: 4_096).span.bytes).value == 0x6482_D367_EB22_B64E)
    #expect(
      CRC64NVME(of: [UInt8](repeating: 0xFF, count: 4_096).span.bytes).value
        == 0xC0DD_BA73_02EC_A3AC)
  }

  @Test("the tables give what the polynomials give, whole and in pieces")
  func againstBitwise() {
    let seed: UInt64 = 3_720
    var random = SplitMix64(seed: seed)
    for length in Array(0..<70) + [255, 256, 1_000, 4_099] {
      let bytes = random.bytes(length)
      let cut = random.below(length + 1)
      var crc32 = CRC32C()
      var crc32ISO = CRC32()
      var crc64 = CRC64NVME()
      for piece in [bytes[..<cut], bytes[cut...]] {
        crc32.update(piece.span.bytes)
        crc32ISO.update(piece.span.bytes)
        crc64.update(piece.span.bytes)
      }
      let place: Comment = "seed \(seed), \(length) bytes cut at \(cut)"
      let expected32 = Self.bitwise(bytes, reflectedPolynomial: 0x82F6_3B78, width: 32)
      let expected64 = Self.bitwise(
        bytes, reflectedPolynomial: 0x9A6C_9329_AC4B_C9B5, width: 64)
      #expect(UInt64(CRC32C(of: bytes.span.bytes).value) == expected32, place)
      #expect(UInt64(crc32.value) == expected32, place)
      #expect(
        UInt64(crc32ISO.value)
          == Self.bitwise(bytes, reflectedPolynomial: 0xEDB8_8320, width: 32), place)
      #expect(CRC64NVME(of: bytes.span.bytes).value == expected64, place)
      #expect(crc64.value == expected64, place)
    }
  }

  @Test("checksums of parts combine to that of the whole")
  func combination() throws {
    let seed: UInt64 = 64
    var random = SplitMix64(seed: seed)
    for round in 0..<60 {
      var whole: [UInt8] = []
      var crc32 = CRC32C()
      var crc64 = CRC64NVME()
      for _ in 0..<random.below(5) {
        let part = random.bytes(random.one(in: 4) ? 0 : random.below(3_000))
        whole += part
        // By way of the text that S3 sends.
        let text32 = CRC32C(of: part.span.bytes).base64
        let text64 = CRC64NVME(of: part.span.bytes).base64
        crc32.append(try #require(CRC32C(base64: text32)), byteCount: part.count)
        crc64.append(try #require(CRC64NVME(base64: text64)), byteCount: part.count)
      }
      #expect(crc32 == CRC32C(of: whole.span.bytes), "seed \(seed), round \(round)")
      #expect(crc64 == CRC64NVME(of: whole.span.bytes), "seed \(seed), round \(round)")
    }
    for text in ["", "4waSgw=", "4waSgw", "4waSg===", "4waSgwA=", "4waSgx==", "4wa gw==", "===="] {
      #expect(CRC32C(base64: text) == nil)
      #expect(CRC64NVME(base64: text) == nil)
    }
  }

  @Test("SHA-256 is written in hexadecimal and in base64")
  func sha256() {
    // FIPS 180-2, section B.1.
    let checksum = SHA256Checksum(of: Array("abc".utf8).span.bytes)
    #expect(
      checksum.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(checksum.base64 == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
    #expect(PayloadHash.sha256(of: [UInt8]().span.bytes) == .empty)
  }

  @Test("base64 is what Foundation makes of it", arguments: 0..<50)
  func base64(_ length: Int) {
    var random = SplitMix64(seed: UInt64(length))
    let bytes = random.bytes(length)
    let text = bytes.withUnsafeBytes { Base64.encode($0) }
    #expect(text == Data(bytes).base64EncodedString())
    #expect(Base64.decode(text) == bytes)
  }
}
