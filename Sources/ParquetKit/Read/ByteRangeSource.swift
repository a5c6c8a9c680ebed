/// Something of known size of which any part can be read: a file, bytes in memory, an object in an
/// object store.
public protocol ByteRangeSource: Sendable {
  /// The number of bytes.
  var size: Int { get async throws }

  /// Exactly the bytes of `range`, which lies within `0..<size`.
  ///
  /// - Throws: when they cannot be had, for instance because the source has become shorter.
  func read(_ range: Range<Int>) async throws -> [UInt8]
}

/// Bytes in memory.
public struct BytesSource: ByteRangeSource {
  private let bytes: [UInt8]

  /// The bytes, all of them.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The number of bytes.
  public var size: Int { bytes.count }

  /// The bytes of `range`.
  ///
  /// - Throws: `truncated` when the range reaches beyond the end.
  public func read(_ range: Range<Int>) throws(ParquetError) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      throw ParquetError(
        .truncated, "The bytes end at \(bytes.count).", at: .init(offset: range.lowerBound))
    }
    return Array(bytes[range])
  }
}
