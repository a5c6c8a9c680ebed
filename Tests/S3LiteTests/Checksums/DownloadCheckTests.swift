import Testing

@testable import S3Lite

@Suite("Checksums of downloads")
struct DownloadCheckTests {
  static let bytes = Array("123456789".utf8)

  static func checksums(_ set: (inout S3Checksums) -> Void) -> S3Checksums {
    var checksums = S3Checksums()
    set(&checksums)
    return checksums
  }

  // The check values of the CRC catalogue (0xAE8B14860A799888, 0xE3069283 and 0xCBF43926), and
  // SHA-1 and SHA-256 as sha1sum and sha256sum have them.
  static let right = [
    checksums { $0.crc64nvme = "rosUhgp5mIg=" },
    checksums {
      $0.crc32c = "4waSgw=="
      $0.type = "FULL_OBJECT"
    },
    checksums { $0.crc32 = "y/Q5Jg==" },
    checksums { $0.sha1 = "98O8HYCOBHMq32eZZczDTKeuNEE=" },
    checksums { $0.sha256 = "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=" },
  ]

  @Test("the right one passes, and any other byte does not", arguments: right)
  func compares(_ checksums: S3Checksums) throws {
    var check = try #require(DownloadCheck(checksums))
    for part in [Array(Self.bytes[..<4]), Array(Self.bytes[4...])] {
      check.update(part.span.bytes)
    }
    try check.finish()
    var other = try #require(DownloadCheck(checksums))
    let changed = Array("123456780".utf8)
    other.update(changed.span.bytes)
    let error = #expect(throws: S3Error.self) { try other.finish() }
    #expect(error?.code == .checksumMismatch)
    #expect(error?.retryability == .transient)
  }

  @Test("of several checksums one is compared, and one that cannot be compared is passed over")
  func several() throws {
    func isRight(_ set: (inout S3Checksums) -> Void) throws -> Bool {
      var check = try #require(DownloadCheck(Self.checksums(set)))
      check.update(Self.bytes.span.bytes)
      do {
        try check.finish()
        return true
      } catch {
        return false
      }
    }
    let right = "98O8HYCOBHMq32eZZczDTKeuNEE="
    #expect(
      try isRight {
        $0.crc32 = "y/Q5Jg=="
        $0.sha1 = right
      })
    #expect(
      try !isRight {
        $0.crc32 = "y/Q5Jw=="
        $0.sha1 = right
      })
    for other in ["y/Q5Jg==-2", "?", ""] {
      #expect(
        try isRight {
          $0.crc64nvme = other
          $0.crc32 = other
          $0.sha1 = right
        })
      #expect(
        try !isRight {
          $0.crc32c = other
          $0.sha1 = "08O8HYCOBHMq32eZZczDTKeuNEE="
        })
    }
  }

  @Test(
    "what is no checksum of the whole object is passed over",
    arguments: [
      checksums { _ in }, checksums { $0.crc64nvme = "4waSgw==" },
      checksums { $0.crc32c = "4waSgw==-3" }, checksums { $0.crc32c = "?" },
      checksums {
        $0.crc32c = "4waSgw=="
        $0.type = "COMPOSITE"
      },
    ])
  func passesOver(_ checksums: S3Checksums) {
    #expect(DownloadCheck(checksums) == nil)
  }
}
