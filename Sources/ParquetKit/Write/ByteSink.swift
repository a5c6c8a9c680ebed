/// Takes a file's bytes in their order: a file, memory, an upload.
public protocol ByteSink {
  /// Appends bytes.
  mutating func write(_ bytes: [UInt8]) async throws
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
