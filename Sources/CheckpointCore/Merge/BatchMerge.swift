import EventLogModel

/// What a merge made of the rows of a checkpoint and new rows.
struct MergeOutcome {
  /// What happened to one group.
  struct Group: Sendable {
    /// The values of the schema's group fields.
    var values: [String]
    /// Rows of events that were not there.
    var added = 0
    /// Rows that a later version replaced.
    var replaced = 0
    /// New rows, before any is found to be there already.
    var offered = 0
    /// All rows.
    var rows = 0
  }

  /// All rows, ordered, one per identity.
  let batch: EventBatch
  /// The groups that have rows or had new ones, ordered by their values.
  let groups: [Group]
  /// Whether the existing rows were not in order, or held an event twice.
  let repaired: Bool

  /// Whether ``batch`` holds other rows than there were, or in another order.
  var isChanged: Bool { repaired || groups.contains { $0.added + $0.replaced > 0 } }
}

/// Merges new rows into the rows of a checkpoint.
///
/// The outcome depends on the rows alone, not on the order in which they come, nor on how they are
/// spread over merges: of the versions of an event the one that
/// ``RankedBatch/compareVersions(_:_:_:_:)`` calls the greatest stays.
enum BatchMerge {
  /// The upper bit of a pick says that the row is a new one.
  private static let newRow: UInt32 = 1 << 31

  /// Merges.
  ///
  /// - Parameters:
  ///   - existing: The rows of the checkpoint; usually ordered and unique, which is checked.
  ///   - new: The batch that holds the new rows, of the same schema.
  ///   - rows: Which of its rows are new; nil for all.
  ///   - hidden: A column for the time of the source that is not stored: an existing row gives way
  ///     only to what differs in another column, and is later by this one.
  /// - Throws: ``MergeError`` for batches of different schemas or more than 2³¹ rows,
  ///   `StringDictionaryError` where the strings of a column exceed 4 GiB.
  /// - Complexity: O(n + m log m) for n existing and m new rows, and the distinct strings sorted.
  static func merge(
    existing: EventBatch, new: EventBatch, rows: [Int]? = nil, hidden: Int? = nil
  ) throws -> MergeOutcome {
    let schema = existing.schema
    guard schema == new.schema else { throw MergeError.differentSchemas }
    guard Set(schema.order) == Set(schema.identity) else { throw MergeError.orderBeyondIdentity }
    let newCount = rows?.count ?? new.count
    guard existing.count < Int(newRow), newCount < Int(newRow), new.count < Int(newRow),
      existing.count + newCount < Int(newRow)
    else { throw MergeError.tooManyRows }

    let ranks = schema.fields.indices.map { field in
      StringRanks([existing.columns[field].dictionary, new.columns[field].dictionary])
    }
    let old = RankedBatch(existing, ranks: ranks.map { $0.ranks[0] })
    let fresh = RankedBatch(new, ranks: ranks.map { $0.ranks[1] }, rows: rows)
    let oldOrder = old.orderedUnique()
    let freshOrder = fresh.orderedUnique() ?? Array(0..<fresh.count)

    var tally = GroupTally(schema: schema, ranks: ranks)
    for index in 0..<fresh.count { tally.count(.offered, fresh, index) }
    var picks: [UInt32] = []
    picks.reserveCapacity(existing.count + freshOrder.count)
    let oldCount = oldOrder?.count ?? old.count
    old.keys.withUnsafeBufferPointer { oldKeys in
      fresh.keys.withUnsafeBufferPointer { freshKeys in
        var next = 0
        for freshIndex in freshOrder {
          var order = 1
          while next < oldCount {
            let index = oldOrder?[next] ?? next
            // Both have rows here, so both have keys.
            guard let left = oldKeys.baseAddress, let right = freshKeys.baseAddress else { break }
            order = RankedBatch.compareKeys(left, index, right, freshIndex, width: old.width)
            if order >= 0 { break }
            picks.append(UInt32(index))
            next += 1
          }
          let pick = UInt32(rows?[freshIndex] ?? freshIndex) | newRow
          if next < oldCount, order == 0 {
            let index = oldOrder?[next] ?? next
            next += 1
            if RankedBatch.compareVersions(old, index, fresh, freshIndex) < 0,
              hidden.map({ RankedBatch.isLater(old, index, fresh, freshIndex, by: $0) }) ?? true
            {
              tally.count(.replaced, fresh, freshIndex)
              picks.append(pick)
            } else {
              picks.append(UInt32(index))
            }
          } else {
            tally.count(.added, fresh, freshIndex)
            picks.append(pick)
          }
        }
        while next < oldCount {
          picks.append(UInt32(oldOrder?[next] ?? next))
          next += 1
        }
      }
    }

    let isSame = oldOrder == nil && !tally.hasChanges
    let batch = isSame ? existing : try gather(picks, old, fresh, ranks)
    if isSame {
      for index in 0..<old.count { tally.count(.kept, old, index) }
    } else {
      let all = RankedGroups(picks: picks, old: old, fresh: fresh)
      for position in picks.indices { tally.countRow(all, position) }
    }
    return MergeOutcome(batch: batch, groups: tally.groups(), repaired: oldOrder != nil)
  }

  // MARK: - Columns

  private static func gather(
    _ picks: [UInt32], _ old: RankedBatch, _ fresh: RankedBatch, _ ranks: [StringRanks]
  ) throws -> EventBatch {
    let schema = old.batch.schema
    var columns: [EventColumn] = []
    for field in schema.fields.indices {
      let (left, right) = (old.batch.columns[field], fresh.batch.columns[field])
      let validity = gatherValidity(picks, left.validity, right.validity)
      switch schema.fields[field].type {
      case .int32:
        let values = gather(picks, left.int32s, right.int32s)
        columns.append(EventColumn(values: .int32(values), validity: validity))
      case .timestamp:
        let values = gather(picks, left.timestamps, right.timestamps)
        columns.append(EventColumn(values: .timestamp(values), validity: validity))
      case .string:
        var codes = gather(picks, left.codes, right.codes)
        let (leftRanks, rightRanks) = (old.ranks[field], fresh.ranks[field])
        var isUsed = [Bool](repeating: false, count: ranks[field].count)
        for (row, pick) in picks.enumerated() where validity?[row] ?? true {
          let code = Int(codes[row])
          let rank = pick & newRow == 0 ? leftRanks[code] : rightRanks[code]
          codes[row] = rank
          isUsed[Int(rank)] = true
        }
        let (dictionary, recoded) = try ranks[field].dictionary(of: isUsed)
        for row in codes.indices {
          codes[row] = validity?[row] ?? true ? recoded[Int(codes[row])] : 0
        }
        columns.append(
          EventColumn(values: .string(codes: codes, dictionary: dictionary), validity: validity))
      }
    }
    return try EventBatch(schema: schema, columns: columns, count: picks.count)
  }

  @inline(__always)
  private static func gather<Value>(
    _ picks: [UInt32], _ left: [Value], _ right: [Value]
  ) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(picks.count)
    for pick in picks {
      values.append(pick & newRow == 0 ? left[Int(pick)] : right[Int(pick & ~newRow)])
    }
    return values
  }

  private static func gatherValidity(
    _ picks: [UInt32], _ left: [Bool]?, _ right: [Bool]?
  ) -> [Bool]? {
    guard left != nil || right != nil else { return nil }
    var flags = [Bool](repeating: true, count: picks.count)
    var hasNull = false
    for (row, pick) in picks.enumerated() {
      let isValid =
        pick & newRow == 0 ? left?[Int(pick)] ?? true : right?[Int(pick & ~newRow)] ?? true
      if !isValid {
        flags[row] = false
        hasNull = true
      }
    }
    return hasNull ? flags : nil
  }

  /// Which row of which batch stands at a position of the outcome.
  fileprivate struct RankedGroups {
    let picks: [UInt32]
    let old: RankedBatch
    let fresh: RankedBatch

    @inline(__always)
    func rank(_ field: Int, _ position: Int) -> Int {
      let pick = picks[position]
      return pick & newRow == 0
        ? Int(old.ranks[field][Int(old.batch.columns[field].codes[Int(pick)])])
        : Int(fresh.ranks[field][Int(fresh.batch.columns[field].codes[Int(pick & ~newRow)])])
    }
  }
}

/// Counts rows by their group. Groups are few: their number is bounded by the product of the
/// distinct values, and a table of that size is used where it is small.
private struct GroupTally {
  private let schema: EventSchema
  private let ranks: [StringRanks]
  private var slots: [Int: Int] = [:]
  private var table: [Int32] = []
  private var counted: [(key: Int, group: MergeOutcome.Group)] = []
  private(set) var hasChanges = false

  init(schema: EventSchema, ranks: [StringRanks]) {
    self.schema = schema
    self.ranks = ranks
    var size = 1
    for field in schema.group {
      let (product, overflow) = size.multipliedReportingOverflow(by: max(1, ranks[field].count))
      size = overflow ? .max : product
    }
    if size <= 1 << 20 { table = [Int32](repeating: -1, count: size) }
  }

  /// Mixed radix over the ranks. With so many distinct values that this wraps around, groups could
  /// share a slot; 64 bits hold the product of any two numbers of rows.
  @inline(__always)
  private func key(_ rank: (Int) -> Int) -> Int {
    var key = 0
    for field in schema.group { key = key &* max(1, ranks[field].count) &+ rank(field) }
    return key
  }

  @inline(__always)
  private mutating func slot(_ key: Int, _ rank: (Int) -> Int) -> Int {
    if !table.isEmpty {
      let slot = table[key]
      if slot >= 0 { return Int(slot) }
    } else if let slot = slots[key] {
      return slot
    }
    let values = schema.group.map { ranks[$0].string(rank($0)) }
    counted.append((key, MergeOutcome.Group(values: values)))
    let slot = counted.count - 1
    if table.isEmpty { slots[key] = slot } else { table[key] = Int32(slot) }
    return slot
  }

  enum Event {
    case offered
    case added
    case replaced
    case kept
  }

  mutating func count(_ event: Event, _ batch: RankedBatch, _ index: Int) {
    let row = batch.rows?[index] ?? index
    let rank = { (field: Int) in
      Int(batch.ranks[field][Int(batch.batch.columns[field].codes[row])])
    }
    let slot = slot(key(rank), rank)
    switch event {
    case .offered: counted[slot].group.offered += 1
    case .kept: counted[slot].group.rows += 1
    case .added:
      counted[slot].group.added += 1
      hasChanges = true
    case .replaced:
      counted[slot].group.replaced += 1
      hasChanges = true
    }
  }

  @inline(__always)
  mutating func countRow(_ rows: BatchMerge.RankedGroups, _ position: Int) {
    let rank = { (field: Int) in rows.rank(field, position) }
    let slot = slot(key(rank), rank)
    counted[slot].group.rows += 1
  }

  func groups() -> [MergeOutcome.Group] {
    counted.map(\.group).sorted { left, right in
      left.values.map { Array($0.utf8) }.lexicographicallyPrecedes(
        right.values.map { Array($0.utf8) }
      ) { $0.lexicographicallyPrecedes($1) }
    }
  }
}

/// Why batches cannot be merged.
struct MergeError: Error, Hashable, CustomStringConvertible {
  let description: String

  static let differentSchemas = MergeError(description: "The rows are of different event types.")
  static let tooManyRows = MergeError(
    description: "A checkpoint cannot hold more than 2,147,483,647 rows; use a key template with "
      + "more placeholders, such as {year}.")
  static let orderBeyondIdentity = MergeError(
    description: "The event type is sorted by fields that do not identify an event.")
}
