/// Takes a file's bytes in their order: a file, memory, an upload.
public protocol ByteSink {
  /// Appends bytes.
  mutating func write(_ bytes: [UInt8]) async throws

  /// Appends bytes that another file holds.
  ///
  /// Without an implementation of its own, a sink gets them read and written in pieces of 4 MiB. An
  /// object store that copies on its side implements this, so that they do not pass through here.
  ///
  /// - Parameters:
  ///   - range: lies within the source.
  ///   - source: the other file's bytes.
  mutating func copy(_ range: Range<Int>, of source: any ByteRangeSource) async throws
}

extension ByteSink {
  /// Reads the bytes in pieces of 4 MiB, and writes each before the next one is read.
  ///
  /// - Throws: `truncated` when the source gives fewer bytes than asked for; what source and sink
  ///   throw; `CancellationError`.
  public mutating func copy(_ range: Range<Int>, of source: any ByteRangeSource) async throws {
    var position = range.lowerBound
    while position < range.upperBound {
      try Task.checkCancellation()
      let end = min(range.upperBound, position + (4 << 20))
      let bytes = try await source.read(position..<end)
      guard bytes.count == end - position else {
        throw ParquetError(
          .truncated, "The source gave \(bytes.count) bytes of \(end - position).",
          at: .init(offset: position))
      }
      try await write(bytes)
      position = end
    }
  }
}

/// Collects the bytes in memory.
public struct BytesSink: ByteSink, Sendable {
  /// Everything that has been written.
  public private(set) var bytes: [UInt8] = []

  /// An empty sink.
  public init() {}

  /// Appends bytes.
  public mutating func write(_ bytes: [UInt8]) {
    if self.bytes.isEmpty {
      self.bytes = bytes
    } else {
      self.bytes.append(contentsOf: bytes)
    }
  }
}
