/// How a file is written.
public struct WriteOptions: Sendable {
  /// The version of data pages.
  public enum DataPageVersion: Sendable {
    /// Levels and values compressed together: read by everything.
    case v1
    /// Levels in front and uncompressed.
    case v2
  }

  /// The compression of all pages.
  public var compression: Compression
  /// The version of data pages.
  public var dataPageVersion: DataPageVersion
  /// Whether a dictionary is written for columns where it makes the chunk smaller.
  public var usesDictionary: Bool
  /// The largest dictionary page in bytes; columns beyond it are written without one.
  public var maximumDictionarySize: Int
  /// A page ends with the row that brings it to this many bytes before compression.
  public var pageSize: Int
  /// The most rows of a page.
  public var pageRowCount: Int
  /// Whether pages carry a CRC-32.
  public var writesChecksums: Bool
  /// Whether column and offset indexes are written, so that readers can pass pages over.
  public var writesPageIndex: Bool
  /// The columns by which the caller has sorted the rows of each row group, the first one first.
  public var sortingColumns: [SortingColumn]
  /// Byte arrays longer than this are shortened in statistics and column indexes.
  public var maximumStatisticsSize: Int
  /// What the footer says of the writer.
  public var createdBy: String

  /// ZSTD, data pages of version 1 of about 1 MiB or 20,000 rows, dictionaries up to 1 MiB,
  /// checksums, page index.
  public init(
    compression: Compression = .zstd, dataPageVersion: DataPageVersion = .v1,
    usesDictionary: Bool = true, sortingColumns: [SortingColumn] = []
  ) {
    self.compression = compression
    self.dataPageVersion = dataPageVersion
    self.usesDictionary = usesDictionary
    self.sortingColumns = sortingColumns
    maximumDictionarySize = 1 << 20
    pageSize = 1 << 20
    pageRowCount = 20_000
    writesChecksums = true
    writesPageIndex = true
    maximumStatisticsSize = 64
    createdBy = "ParquetKit version 0.1.0"
  }
}
