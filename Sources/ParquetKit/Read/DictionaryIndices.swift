/// The indices of a dictionary-encoded page: a byte with the bit width, then the RLE hybrid (Parquet
/// format, "Encodings": RLE_DICTIONARY).
///
/// They come in parts. A few bytes can stand for any number of indices, which must not all be in
/// memory beside the values that they stand for.
struct DictionaryIndices: ~Escapable {
  /// Small enough for the processor's nearest caches, large enough for the work on a part not to show.
  private static let partSize = 4096

  private var decoder: HybridDecoder
  private var left: Int
  private let dictionaryCount: Int

  /// - Parameter count: how many indices there are, at least 1.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, count: Int, dictionaryCount: Int) throws(ParquetError) {
    decoder = try Self.decoder(bytes)
    left = count
    self.dictionaryCount = dictionaryCount
  }

  /// Replaces `part` by the next indices, each checked to be less than `dictionaryCount`; says whether
  /// there were any.
  @_lifetime(self: copy self)
  mutating func next(into part: inout [UInt32]) throws(ParquetError) -> Bool {
    if left == 0 { return false }
    part.removeAll(keepingCapacity: true)
    let limit = left
    try part.append(addingCapacity: min(limit, Self.partSize)) {
      (output: inout OutputSpan<UInt32>) throws(ParquetError) in
      try decoder.decode(upTo: limit, into: &output)
    }
    left -= part.count
    try Self.check(part.span, dictionaryCount: dictionaryCount)
    return true
  }

  /// Appends all indices, each checked to be less than `dictionaryCount`.
  static func decode(
    _ bytes: RawSpan, count: Int, dictionaryCount: Int, into indices: inout [UInt32]
  ) throws(ParquetError) {
    if count == 0 { return }
    var decoder = try decoder(bytes)
    let first = indices.count
    try indices.append(addingCapacity: count) {
      (output: inout OutputSpan<UInt32>) throws(ParquetError) in
      try decoder.decode(count, into: &output)
    }
    try check(indices.span.extracting(first...), dictionaryCount: dictionaryCount)
  }

  @_lifetime(copy bytes)
  private static func decoder(_ bytes: RawSpan) throws(ParquetError) -> HybridDecoder {
    guard bytes.byteCount > 0 else {
      throw ParquetError(.corrupt, "A dictionary-encoded page lacks the bit width of its indices.")
    }
    let bitWidth = Int(bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self))
    return try HybridDecoder(bytes, from: 1, bitWidth: bitWidth)
  }

  private static func check(
    _ indices: Span<UInt32>, dictionaryCount: Int
  ) throws(ParquetError) {
    var maximum: UInt32 = 0
    for index in indices.indices { maximum = max(maximum, indices[index]) }
    guard Int(maximum) < dictionaryCount else {
      throw ParquetError(
        .corrupt,
        "A page refers to entry \(maximum) of a dictionary of \(dictionaryCount) entries.")
    }
  }
}
