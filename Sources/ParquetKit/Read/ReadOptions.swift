/// How a file is read, and what of its sizes is believed.
public struct ReadOptions: Sendable {
  /// Whether pages that carry a CRC-32 are checked against it.
  public var verifiesChecksums = true
  /// What is read at first from the end of the file, in bytes, at least 8. A file whose footer and
  /// page indexes fit is opened with one read; the bytes are kept, and what lies within them is not
  /// read again.
  public var tailSize = 64 << 10
  /// The largest footer that is read, in bytes.
  public var maximumFooterSize = 256 << 20
  /// The most bytes of page indexes that are read at a time.
  public var maximumPageIndexSize = 64 << 20
  /// The largest page, in bytes: after decompression, and after strings that share prefixes have
  /// been put together.
  public var maximumPageSize = 512 << 20
  /// The most bytes that one column chunk may take, counted twice: its rows in memory, strings
  /// aside, and all its pages after decompression. It bounds the work of reading as well.
  public var maximumColumnChunkSize = 1 << 30
  /// Column chunks that are this near to each other are read in one request, in bytes.
  public var coalescedGap = 64 << 10

  /// The defaults.
  public init() {}
}
