/// What a file says of the pages of one column chunk (Parquet format, "Page Index").
public struct PageIndex: Sendable, Hashable {
  /// What each data page holds, if the writer said so.
  public var columnIndex: ColumnIndex?
  /// Where each data page lies and which rows it has, if the writer said so.
  public var offsetIndex: OffsetIndex?

  /// The indexes of a column chunk; nil where there is none.
  public init(columnIndex: ColumnIndex? = nil, offsetIndex: OffsetIndex? = nil) {
    self.columnIndex = columnIndex
    self.offsetIndex = offsetIndex
  }
}

/// A page index as its bytes in the file.
struct EncodedPageIndex {
  var columnIndex: [UInt8]?
  var offsetIndex: [UInt8]?

  /// The footer states lengths in 32 bits; an index beyond that is left out.
  init(_ index: PageIndex) {
    func encoded(_ bytes: [UInt8]?) -> [UInt8]? {
      bytes.flatMap { $0.count <= Int(Int32.max) ? $0 : nil }
    }
    columnIndex = encoded(index.columnIndex?.encode())
    offsetIndex = encoded(index.offsetIndex?.encode())
  }
}
