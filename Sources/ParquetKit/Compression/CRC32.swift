import CZlib

/// The checksum of a page: CRC-32 as in gzip (polynomial 0x04C11DB7), through zlib.
///
/// Parquet format, "Checksumming": over the page's bytes as they are in the file, without the page
/// header.
enum CRC32 {
  /// The checksum of `bytes`, continuing from the checksum of what came before them.
  static func checksum(of bytes: RawSpan, continuing checksum: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { bytes in
      // zlib takes a missing pointer as the question for the initial value.
      guard let base = bytes.baseAddress, bytes.count > 0 else { return checksum }
      let result = crc32_z(
        UInt(checksum), base.assumingMemoryBound(to: UInt8.self), bytes.count)
      return UInt32(truncatingIfNeeded: result)
    }
  }
}
