/// Which row groups of a checkpoint new rows can meet, decided before any of them is read.
///
/// A value without I/O: what is decoded follows from the footer and the new rows alone.
struct MergePlan: Hashable {
  /// A row group as the footer describes it.
  struct RowGroup: Hashable {
    let keys: KeyRange
    let rows: Int
    /// Bytes before compression.
    let bytes: Int
  }

  /// A part of the new file.
  enum Segment: Hashable {
    /// Row groups that are taken over as they are.
    case adopt(Range<Int>)
    /// Row groups that are read, and the new rows that are merged with them. Either may be empty.
    case merge(groups: Range<Int>, rows: Range<Int>)
  }

  /// The new file, in order.
  private(set) var segments: [Segment] = []

  private struct Cluster {
    var groups: Range<Int>
    var rows: Range<Int>
  }

  /// - Parameters:
  ///   - groups: The row groups: each one's keys are at or after those of the one before.
  ///   - count: How many new rows there are.
  ///   - key: The key of a new row; the rows are in order.
  ///   - layout: The bounds of row groups.
  init(
    _ groups: [RowGroup], newRows count: Int, layout: RowGroupLayout, key: (Int) -> LeadingKey
  ) {
    // For each row group the new rows that may lie within it.
    let meets = groups.map { group in
      MergePlan.first(count) {
        key($0) >= group.keys.lowest
      }..<MergePlan.first(count) { key($0) > group.keys.highest }
    }
    var clusters: [Cluster] = []
    func append(_ cluster: Cluster) {
      // Row groups that can meet the same new row are merged together.
      if let last = clusters.last, !cluster.groups.isEmpty, !last.groups.isEmpty,
        cluster.groups.lowerBound <= last.groups.upperBound - 1
          || cluster.rows.lowerBound < last.rows.upperBound
      {
        clusters[clusters.count - 1] = Cluster(
          groups: last.groups.lowerBound..<max(last.groups.upperBound, cluster.groups.upperBound),
          rows: last.rows.lowerBound..<max(last.rows.upperBound, cluster.rows.upperBound))
      } else {
        clusters.append(cluster)
      }
    }
    var done = 0
    for (index, group) in groups.enumerated() {
      let gap = done..<max(done, meets[index].lowerBound)
      var own = meets[index]
      if !gap.isEmpty {
        // New rows between two row groups go to one of them, preferably one that is read anyway,
        // unless they are enough for a row group of their own.
        let before = index > 0 ? groups[index - 1] : nil
        let isBeforeRead = clusters.last?.groups.upperBound == index && index > 0
        if gap.count >= layout.minimumRows {
          append(Cluster(groups: index..<index, rows: gap))
        } else if own.isEmpty, let before, isBeforeRead || before.rows <= group.rows {
          append(Cluster(groups: index - 1..<index, rows: gap))
        } else {
          own = gap.lowerBound..<max(gap.upperBound, own.upperBound)
        }
      }
      if !own.isEmpty { append(Cluster(groups: index..<index + 1, rows: own)) }
      done = max(done, own.upperBound, gap.upperBound)
    }
    if done < count {
      // What comes behind all others goes to the last row group if that has room or is read anyway.
      let isLastRead = clusters.last.map {
        $0.groups.upperBound == groups.count && !$0.groups.isEmpty
      }
      if let last = groups.last,
        isLastRead ?? false || layout.hasRoom(rows: last.rows, bytes: last.bytes)
      {
        append(Cluster(groups: groups.count - 1..<groups.count, rows: done..<count))
      } else {
        append(Cluster(groups: groups.count..<groups.count, rows: done..<count))
      }
    }
    MergePlan.coalesce(&clusters, groups, layout)
    var next = 0
    for cluster in clusters {
      if next < cluster.groups.lowerBound {
        segments.append(.adopt(next..<cluster.groups.lowerBound))
      }
      segments.append(.merge(groups: cluster.groups, rows: cluster.rows))
      next = cluster.groups.upperBound
    }
    if next < groups.count { segments.append(.adopt(next..<groups.count)) }
  }

  /// Takes a neighbour into what would stay small, unless it ends the file.
  private static func coalesce(
    _ clusters: inout [Cluster], _ groups: [RowGroup], _ layout: RowGroupLayout
  ) {
    for index in clusters.indices {
      while true {
        let cluster = clusters[index]
        let rows = cluster.rows.count + groups[cluster.groups].reduce(0) { $0 + $1.rows }
        let bytes = groups[cluster.groups].reduce(0) { $0 + $1.bytes }
        guard rows < layout.minimumRows, bytes < layout.maximumBytes / 2,
          cluster.groups.upperBound < groups.count
        else { break }
        let after = cluster.groups.upperBound
        let before = cluster.groups.lowerBound - 1
        let isAfterFree =
          index + 1 >= clusters.count || clusters[index + 1].groups.lowerBound > after
        let isBeforeFree =
          before >= 0 && (index == 0 || clusters[index - 1].groups.upperBound <= before)
        if isAfterFree, !isBeforeFree || groups[after].rows <= groups[before].rows {
          clusters[index].groups = cluster.groups.lowerBound..<after + 1
        } else if isBeforeFree {
          clusters[index].groups = before..<cluster.groups.upperBound
        } else {
          break
        }
      }
    }
  }

  /// The first index below a count from which on a condition holds.
  private static func first(_ count: Int, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
