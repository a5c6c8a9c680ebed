/// What a writer compresses pages with: a codec and, where it has them, a level.
public struct Compression: Hashable, Sendable {
  /// The codec that the column chunk's metadata will name.
  public let codec: CompressionCodec
  /// The level on the codec's own scale; nil is the codec's default.
  public let level: Int?

  private init(unchecked codec: CompressionCodec, level: Int? = nil) {
    self.codec = codec
    self.level = level
  }

  /// A codec with a level.
  ///
  /// - Parameters:
  ///   - codec: one that this library writes.
  ///   - level: 1...9 for gzip (default 6), 1...22 for zstd (default 3), nil for others.
  /// - Throws: `ParquetError` with the code `unsupported` for a codec that this library does not
  ///   write, `invalidArgument` for a level that the codec lacks.
  public init(_ codec: CompressionCodec, level: Int? = nil) throws(ParquetError) {
    guard codec.isSupported else {
      throw ParquetError(.unsupported, "Compression with \(codec.name) is not supported.")
    }
    try codec.checkLevel(level)
    self.init(unchecked: codec, level: level)
  }

  /// Pages as they are.
  public static let uncompressed = Compression(unchecked: .uncompressed)
  /// Fast in both directions, about half the size.
  public static let snappy = Compression(unchecked: .snappy)
  /// Read by everything; slow to write. Level 6.
  public static let gzip = Compression(unchecked: .gzip)
  /// Small and fast to read. Level 3.
  public static let zstd = Compression(unchecked: .zstd)

  /// Compresses one page.
  func compress(_ source: RawSpan) throws(ParquetError) -> [UInt8] {
    try codec.compress(source, level: level)
  }
}
