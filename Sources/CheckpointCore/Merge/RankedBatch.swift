import EventLogModel

/// A batch whose values are words that compare as the values do: 0 for null, then the strings by
/// rank, integers and instants by size.
struct RankedBatch {
  let batch: EventBatch
  /// Parallel to the columns; the rank of each code of a string column, empty for other types.
  let ranks: [[UInt32]]
  /// The words of the schema's order columns, row after row, ``width`` of them each.
  private(set) var keys: [UInt64]
  let width: Int
  /// The rows of ``batch`` that ``keys`` has, in their order; nil for all.
  let rows: [Int]?

  var count: Int { rows?.count ?? batch.count }

  /// - Parameter rows: Which rows take part; nil for all.
  init(_ batch: EventBatch, ranks: [[UInt32]], rows: [Int]? = nil) {
    self.batch = batch
    self.ranks = ranks
    self.rows = rows
    let order = batch.schema.order
    width = order.count
    let count = rows?.count ?? batch.count
    keys = [UInt64](repeating: 0, count: count * width)
    for (position, field) in order.enumerated() {
      let column = batch.columns[field]
      switch column.type {
      case .string:
        let ranks = ranks[field]
        fill(position, column.validity) { UInt64(ranks[Int(column.codes[$0])]) + 1 }
      case .int32: fill(position, column.validity) { RankedBatch.word(column.int32s[$0]) }
      case .timestamp: fill(position, column.validity) { RankedBatch.word(column.timestamps[$0]) }
      }
    }
  }

  @inline(__always)
  private mutating func fill(
    _ position: Int, _ validity: [Bool]?, _ word: (Int) -> UInt64
  ) {
    var target = position
    for index in 0..<count {
      let row = rows?[index] ?? index
      if validity?[row] ?? true { keys[target] = word(row) }
      target += width
    }
  }

  @inline(__always)
  private static func word(_ value: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: value ^ .min)) + 1
  }

  /// Instants lie within the years 0001 to 9999, far from the smallest number, whose word would be
  /// that of null.
  @inline(__always)
  private static func word(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value ^ .min)
  }

  /// The word of any value, by the row's index among ``rows``.
  func word(_ field: Int, _ index: Int) -> UInt64 {
    let row = rows?[index] ?? index
    let column = batch.columns[field]
    if column.isNull(at: row) { return 0 }
    switch column.type {
    case .string: return UInt64(ranks[field][Int(column.codes[row])]) + 1
    case .int32: return RankedBatch.word(column.int32s[row])
    case .timestamp: return RankedBatch.word(column.timestamps[row])
    }
  }

  /// Whether a version of an event gives way to another version of it: the one whose source was
  /// modified later wins, null being older than any; in the same instant the greater row, its
  /// columns compared in their order, null first.
  ///
  /// - Returns: Less than 0 where the left row gives way, 0 where the rows are equal.
  static func compareVersions(
    _ left: RankedBatch, _ leftIndex: Int, _ right: RankedBatch, _ rightIndex: Int
  ) -> Int {
    if let field = left.batch.schema.sourceModified {
      let (mine, theirs) = (left.word(field, leftIndex), right.word(field, rightIndex))
      if mine != theirs { return mine < theirs ? -1 : 1 }
    }
    for field in left.batch.schema.fields.indices {
      let (mine, theirs) = (left.word(field, leftIndex), right.word(field, rightIndex))
      if mine != theirs { return mine < theirs ? -1 : 1 }
    }
    return 0
  }

  /// Whether the right row is greater in one column, and other than the left one in any other.
  static func isLater(
    _ left: RankedBatch, _ leftIndex: Int, _ right: RankedBatch, _ rightIndex: Int, by field: Int
  ) -> Bool {
    left.word(field, leftIndex) < right.word(field, rightIndex)
      && left.batch.schema.fields.indices.contains {
        $0 != field && left.word($0, leftIndex) != right.word($0, rightIndex)
      }
  }

  /// Compares the order columns of two rows.
  @inline(__always)
  static func compareKeys(
    _ left: UnsafePointer<UInt64>, _ leftIndex: Int, _ right: UnsafePointer<UInt64>,
    _ rightIndex: Int, width: Int
  ) -> Int {
    let mine = left + leftIndex * width
    let theirs = right + rightIndex * width
    var position = 0
    while position < width {
      if mine[position] != theirs[position] {
        return mine[position] < theirs[position] ? -1 : 1
      }
      position += 1
    }
    return 0
  }

  /// The rows in order, one per identity: of several versions the one that wins.
  ///
  /// - Returns: Indices of rows; nil where that is all rows as they are.
  func orderedUnique() -> [Int]? {
    keys.withUnsafeBufferPointer { keys -> [Int]? in
      guard let keys = keys.baseAddress else { return nil }
      func compare(_ left: Int, _ right: Int) -> Int {
        RankedBatch.compareKeys(keys, left, keys, right, width: width)
      }
      var isOrdered = true
      var row = 1
      while row < count {
        if compare(row - 1, row) >= 0 {
          isOrdered = false
          break
        }
        row += 1
      }
      if isOrdered { return nil }
      var indices = Array(0..<count)
      indices.sort { left, right in
        let order = compare(left, right)
        if order != 0 { return order < 0 }
        return RankedBatch.compareVersions(self, left, self, right) < 0
      }
      var unique: [Int] = []
      unique.reserveCapacity(count)
      for index in indices {
        if let last = unique.last, compare(last, index) == 0 {
          unique[unique.count - 1] = index
        } else {
          unique.append(index)
        }
      }
      return unique
    }
  }
}
