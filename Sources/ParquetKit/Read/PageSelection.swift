/// The pages of a column chunk that hold one of some rows.
struct PageSelection {
  /// The rows that are wanted, counted from the beginning of the row group.
  let rows: Range<Int>
  /// The pages' indices in the offset index; at least one.
  let pages: Range<Int>
  /// The pages' places.
  let locations: ArraySlice<OffsetIndex.PageLocation>
  /// The rows that the pages hold.
  let pageRows: Range<Int>
  /// Where each page ends at the latest: where the next one begins, or the chunk ends. Some writers
  /// leave the header out of a page's size.
  let ends: [Int]
  /// Where the dictionary page lies, if there is something before the first data page.
  let dictionary: Range<Int>?

  /// - Parameters:
  ///   - index: has been held against the chunk.
  ///   - chunk: the chunk's bytes in the file.
  ///   - rows: within the row group; without any, nothing is selected.
  ///   - rowCount: the rows of the row group.
  init?(of index: OffsetIndex, chunk: Range<Int>, rows: Range<Int>, rowCount: Int) {
    let pages = index.pages(meeting: rows, rowCount: rowCount)
    guard let first = index.pages.first, !pages.isEmpty else { return nil }
    self.rows = rows
    self.pages = pages
    locations = index.pages[pages]
    ends = pages.map {
      $0 + 1 < index.pages.count ? index.pages[$0 + 1].offset : chunk.upperBound
    }
    pageRows =
      index.rows(ofPage: pages.lowerBound, rowCount: rowCount)
      .lowerBound..<index.rows(
        ofPage: pages.upperBound - 1, rowCount: rowCount
      ).upperBound
    dictionary = chunk.lowerBound < first.offset ? chunk.lowerBound..<first.offset : nil
  }

  /// All bytes of the pages, with what lies between and behind them.
  var byteRange: Range<Int> {
    (locations.first?.offset ?? 0)..<(ends.last ?? 0)
  }
}
