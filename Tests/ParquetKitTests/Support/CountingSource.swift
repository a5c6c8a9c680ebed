@testable import ParquetKit

/// Bytes in memory that notes what is read of them.
final actor CountingSource: ByteRangeSource {
  private let bytes: [UInt8]
  private(set) var reads: [Range<Int>] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var size: Int { bytes.count }

  func read(_ range: Range<Int>) -> [UInt8] {
    reads.append(range)
    return Array(bytes[range])
  }

  func forgetReads() {
    reads = []
  }
}
