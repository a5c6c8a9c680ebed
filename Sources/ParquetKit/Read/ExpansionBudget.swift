/// What the pages of one column chunk may expand to: decompression and shared prefixes can turn a
/// few bytes of a file into any number.
struct ExpansionBudget {
  private let options: ReadOptions
  /// What is left of the chunk's bytes.
  private var left: Int

  init(_ options: ReadOptions) {
    self.options = options
    left = options.maximumColumnChunkSize
  }

  /// Takes what a page, or a part of one, expands to.
  mutating func charge(_ size: Int) throws(ParquetError) {
    guard size <= left else {
      throw ParquetError(
        .limitExceeded,
        "The column chunk's pages expand to more than the limit of "
          + "\(options.maximumColumnChunkSize) bytes.")
    }
    left -= size
  }

  /// Takes the strings of one page, which share prefixes.
  ///
  /// - Parameters:
  ///   - size: bytes of all the strings.
  ///   - shared: how many of them are copies of others in the page, and so have not been taken yet.
  mutating func charge(strings size: Int, shared: Int) throws(ParquetError) {
    guard size <= options.maximumPageSize else {
      throw ParquetError(
        .limitExceeded,
        "The page's strings expand to \(size) bytes; the limit is \(options.maximumPageSize).")
    }
    try charge(shared)
  }
}
