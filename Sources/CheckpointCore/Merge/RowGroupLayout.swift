import EventLogModel

/// How rows are divided into row groups, so that their sizes stay within bounds after years of small
/// runs.
///
/// Every row group but the last has from about three eighths to all of ``maximumRows``: what is full
/// is divided in halves where events are late, and filled to the brim where they come at the end.
struct RowGroupLayout: Sendable, Hashable {
  /// The most rows of a row group: enough for dictionaries and compression to pay and for few footer
  /// entries, and so few that the rows of one are some tens of megabytes in memory.
  var maximumRows = 131_072
  /// About the most bytes of a row group before compression; it counts where strings are long.
  var maximumBytes = 64 << 20

  /// The default bounds.
  init() {}

  init(maximumRows: Int) {
    self.maximumRows = max(8, maximumRows)
  }

  /// Below it row groups are joined with a neighbour, unless they are the last.
  var minimumRows: Int { maximumRows / 2 }

  /// Whether a row group has room for rows behind its own.
  func hasRoom(rows: Int, bytes: Int) -> Bool { rows < maximumRows && bytes < maximumBytes }

  /// Divides ordered rows.
  ///
  /// A boundary is put where the first column of the order changes, if there is such a place near:
  /// then no event can belong on both sides of it.
  ///
  /// - Parameters:
  ///   - batch: Rows in their order.
  ///   - isLast: Whether the rows end the file, so that more will be appended behind them.
  func parts(of batch: EventBatch, isLast: Bool) -> [Range<Int>] {
    let limit = rowLimit(of: batch)
    var parts: [Range<Int>] = []
    var start = 0
    while batch.count - start > limit {
      let left = batch.count - start
      let count =
        isLast ? limit : (left + (left + limit - 1) / limit - 1) / ((left + limit - 1) / limit)
      let end = boundary(in: batch, after: start, near: start + count, within: limit / 8)
      parts.append(start..<end)
      start = end
    }
    if start < batch.count { parts.append(start..<batch.count) }
    return parts
  }

  /// How many rows like these keep within both bounds.
  private func rowLimit(of batch: EventBatch) -> Int {
    guard batch.count > 0 else { return maximumRows }
    var bytes = 0
    for column in batch.columns {
      switch column.type {
      case .string: bytes += column.dictionary.bytes.count + 2 * batch.count
      case .int32: bytes += 4 * batch.count
      case .timestamp: bytes += 8 * batch.count
      }
    }
    guard bytes > maximumBytes else { return maximumRows }
    let parts = (bytes + maximumBytes - 1) / maximumBytes
    return max(8, min(maximumRows, batch.count / parts))
  }

  private func boundary(
    in batch: EventBatch, after start: Int, near end: Int, within distance: Int
  ) -> Int {
    guard let field = batch.schema.order.first else { return end }
    let column = batch.columns[field]
    let earliest = max(start + 1, end - distance)
    return stride(from: end, through: earliest, by: -1).first {
      !column.isSame(at: $0 - 1, as: $0)
    } ?? end
  }
}

extension EventColumn {
  /// Whether two rows have the same value. The dictionary of a merged batch holds each string once.
  fileprivate func isSame(at left: Int, as right: Int) -> Bool {
    guard isNull(at: left) == isNull(at: right) else { return false }
    if isNull(at: left) { return true }
    return switch type {
    case .string: codes[left] == codes[right]
    case .int32: int32s[left] == int32s[right]
    case .timestamp: timestamps[left] == timestamps[right]
    }
  }
}
