/// Collects what the pages of one column chunk hold, for the chunk's statistics and page index.
struct PageIndexBuilder {
  private struct Page {
    var rowCount: Int
    var valueCount: Int
    var bounds: ValueBounds?
  }

  private let descriptor: ColumnDescriptor
  private let maximumSize: Int
  private var scanner: BoundsScanner
  private var pages: [Page] = []
  private var locations: [OffsetIndex.PageLocation] = []
  private var rowCount = 0
  private var valueCount = 0

  /// - Parameters:
  ///   - values: those of the chunk without nulls, in the order of the rows.
  ///   - maximumSize: longer byte arrays are shortened in bounds.
  init(_ values: ColumnValues, descriptor: ColumnDescriptor, maximumSize: Int) {
    self.descriptor = descriptor
    self.maximumSize = maximumSize
    scanner = BoundsScanner(values, descriptor: descriptor)
  }

  /// Appends the next page: where it lies, how many rows it has, and which of the values.
  mutating func append(offset: Int, compressedSize: Int, rowCount: Int, values: Range<Int>) {
    locations.append(
      .init(offset: offset, compressedSize: compressedSize, firstRow: self.rowCount))
    pages.append(
      Page(rowCount: rowCount, valueCount: values.count, bounds: scanner.bounds(of: values)))
    self.rowCount += rowCount
    valueCount += values.count
  }

  /// Null count and bounds of all pages.
  var statistics: Statistics {
    var statistics = Statistics(nullCount: Int64(rowCount - valueCount))
    var all: ValueBounds?
    for case let bounds? in pages.lazy.map(\.bounds) {
      if all == nil { all = bounds } else { all?.formUnion(bounds, of: descriptor) }
    }
    guard let all else { return statistics }
    let bounds = all.shortened(to: maximumSize, of: descriptor)
    statistics.minimum = bounds.minimum
    statistics.isMinimumExact = bounds.isMinimumExact
    statistics.maximum = bounds.maximum
    statistics.isMaximumExact = bounds.maximum == nil ? nil : bounds.isMaximumExact
    return statistics
  }

  /// Where the pages lie; nil for a chunk without rows.
  var offsetIndex: OffsetIndex? {
    rowCount == 0 ? nil : OffsetIndex(pages: locations)
  }

  /// What the pages hold; nil for a chunk without rows, and when a page has values but no bounds: the
  /// format has no way to say so.
  var columnIndex: ColumnIndex? {
    if rowCount == 0 { return nil }
    var index = ColumnIndex(
      isNullPage: [], minima: [], maxima: [], boundaryOrder: .unordered, nullCounts: [])
    var order = BoundaryOrderFinder()
    for page in pages {
      index.isNullPage.append(page.valueCount == 0)
      index.nullCounts?.append(Int64(page.rowCount - page.valueCount))
      if page.valueCount == 0 {
        index.minima.append([])
        index.maxima.append([])
        continue
      }
      guard let bounds = page.bounds?.shortened(to: maximumSize, of: descriptor),
        let maximum = bounds.maximum
      else { return nil }
      order.append(
        minimum: BoundValue(plain: bounds.minimum, of: descriptor),
        maximum: BoundValue(plain: maximum, of: descriptor))
      index.minima.append(bounds.minimum)
      index.maxima.append(maximum)
    }
    index.boundaryOrder = order.order
    return index
  }
}

/// Sees whether bounds rise or fall from page to page.
private struct BoundaryOrderFinder {
  private var previous: (minimum: BoundValue, maximum: BoundValue)?
  private var neverFalls = true
  private var neverRises = true

  mutating func append(minimum: BoundValue?, maximum: BoundValue?) {
    guard let minimum, let maximum else {
      neverFalls = false
      neverRises = false
      return
    }
    if let previous {
      if minimum.precedes(previous.minimum) || maximum.precedes(previous.maximum) {
        neverFalls = false
      }
      if previous.minimum.precedes(minimum) || previous.maximum.precedes(maximum) {
        neverRises = false
      }
    }
    previous = (minimum, maximum)
  }

  var order: ColumnIndex.BoundaryOrder {
    neverFalls ? .ascending : neverRises ? .descending : .unordered
  }
}
