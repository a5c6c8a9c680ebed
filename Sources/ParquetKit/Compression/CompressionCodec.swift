/// How the bytes of a page are compressed, by the numbers and names of the format.
///
/// Parquet format, "Compression": `CompressionCodec` in `parquet.thrift`. This library reads and
/// writes `uncompressed`, `snappy`, `gzip` and `zstd`; the others are named so that an error can
/// name them.
public enum CompressionCodec: Int32, Hashable, Sendable, CaseIterable {
  case uncompressed = 0
  case snappy = 1
  case gzip = 2
  case lzo = 3
  case brotli = 4
  /// The deprecated LZ4 with Hadoop's undocumented framing.
  case lz4 = 5
  case zstd = 6
  case lz4Raw = 7

  /// The name in `parquet.thrift`, such as `LZ4_RAW`.
  public var name: String {
    switch self {
    case .uncompressed: "UNCOMPRESSED"
    case .snappy: "SNAPPY"
    case .gzip: "GZIP"
    case .lzo: "LZO"
    case .brotli: "BROTLI"
    case .lz4: "LZ4"
    case .zstd: "ZSTD"
    case .lz4Raw: "LZ4_RAW"
    }
  }

  /// Whether this library can read and write pages compressed so.
  public var isSupported: Bool {
    switch self {
    case .uncompressed, .snappy, .gzip, .zstd: true
    case .lzo, .brotli, .lz4, .lz4Raw: false
    }
  }

  /// The codec of that name in any case; `none` means `uncompressed`. Nil for an unknown name.
  public init?(named name: String) {
    let upper = name.uppercased()
    if upper == "NONE" {
      self = .uncompressed
      return
    }
    guard let codec = Self.allCases.first(where: { $0.name == upper }) else { return nil }
    self = codec
  }
}

extension CompressionCodec: CustomStringConvertible {
  /// The name in `parquet.thrift`.
  public var description: String { name }
}

extension CompressionCodec {
  /// The largest page that a page header can state, and so the most that is ever decompressed.
  public static let maximumUncompressedSize = Int(Int32.max)

  /// Decompresses one page to exactly `uncompressedSize` bytes.
  ///
  /// The stated size is held against what `source` can possibly expand to before anything of that
  /// size is allocated.
  ///
  /// - Parameters:
  ///   - source: the compressed bytes, all of them.
  ///   - uncompressedSize: what the page header states.
  ///   - limit: the most bytes that the caller is ready to hold.
  /// - Throws: `ParquetError` with the code `corrupt` when the bytes are damaged or decompress to
  ///   more or fewer bytes than stated, `limitExceeded` when the stated size is above the limit,
  ///   `unsupported` for a codec that this library lacks.
  public func decompress(
    _ source: RawSpan, uncompressedSize: Int, limit: Int = maximumUncompressedSize
  ) throws(ParquetError) -> [UInt8] {
    guard uncompressedSize >= 0 else {
      throw ParquetError(.corrupt, "A page states a negative uncompressed size.")
    }
    guard uncompressedSize <= limit else {
      throw ParquetError(
        .limitExceeded,
        "A page states \(uncompressedSize) uncompressed bytes; the limit is \(limit).")
    }
    switch self {
    case .uncompressed: return try copy(source, uncompressedSize: uncompressedSize)
    case .snappy: return try Snappy.decompress(source, uncompressedSize: uncompressedSize)
    case .gzip: return try Gzip.decompress(source, uncompressedSize: uncompressedSize)
    case .zstd: return try Zstd.decompress(source, uncompressedSize: uncompressedSize)
    case .lzo, .brotli, .lz4, .lz4Raw: throw unsupported
    }
  }

  /// Compresses one page.
  ///
  /// - Parameters:
  ///   - source: the page.
  ///   - level: the codec's own scale, 1...9 for gzip and 1...22 for zstd; nil is the codec's
  ///     default. Codecs without levels take nil only.
  /// - Throws: `ParquetError` with the code `invalidArgument` for a level that the codec lacks or
  ///   a page beyond 2 GiB, `unsupported` for a codec that this library lacks.
  public func compress(_ source: RawSpan, level: Int? = nil) throws(ParquetError) -> [UInt8] {
    guard source.byteCount <= Self.maximumUncompressedSize else {
      throw ParquetError(
        .invalidArgument, "A page of \(source.byteCount) bytes is larger than 2 GiB.")
    }
    try checkLevel(level)
    switch self {
    case .uncompressed: return try copy(source, uncompressedSize: source.byteCount)
    case .snappy: return try Snappy.compress(source)
    case .gzip: return try Gzip.compress(source, level: level ?? Gzip.defaultLevel)
    case .zstd: return try Zstd.compress(source, level: level ?? Zstd.defaultLevel)
    case .lzo, .brotli, .lz4, .lz4Raw: throw unsupported
    }
  }

  /// The levels that the codec knows; nil when it has none.
  var levels: ClosedRange<Int>? {
    switch self {
    case .gzip: 1...9
    case .zstd: 1...22
    default: nil
    }
  }

  func checkLevel(_ level: Int?) throws(ParquetError) {
    guard let level else { return }
    guard let levels else {
      throw ParquetError(.invalidArgument, "\(name) has no compression levels.")
    }
    guard levels.contains(level) else {
      throw ParquetError(
        .invalidArgument,
        "\(level) is not a level of \(name), which has \(levels.lowerBound) to "
          + "\(levels.upperBound).")
    }
  }

  private var unsupported: ParquetError {
    ParquetError(
      .unsupported,
      "Compression with \(name) is not supported; SNAPPY, GZIP, ZSTD and UNCOMPRESSED are.")
  }

  private func copy(_ source: RawSpan, uncompressedSize: Int) throws(ParquetError) -> [UInt8] {
    guard source.byteCount == uncompressedSize else {
      throw ParquetError(
        .corrupt,
        "An uncompressed page has \(source.byteCount) bytes, its header states "
          + "\(uncompressedSize).")
    }
    return source.withUnsafeBytes { [UInt8]($0) }
  }
}
