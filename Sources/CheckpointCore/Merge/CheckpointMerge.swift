import EventLogModel
import ParquetKit

/// Merges new rows into a checkpoint. Of a file that this program has written only the row groups
/// are decoded that a new row can meet; any other file is read whole, once.
struct CheckpointMerge {
  let schema: RowSchema
  let compression: Compression
  let layout: RowGroupLayout
  /// Whether a file is written also where only its mark is another one.
  var stamps = false

  /// The new version of a checkpoint.
  struct Outcome {
    /// What the file is made of; empty where nothing changed.
    var pieces: [ObjectPiece] = []
    /// What happened to each group.
    var groups: [MergeOutcome.Group]
    /// All rows.
    var rows: Int
    /// Whether the rows are other ones, or in another order, than before.
    var isChanged: Bool
    /// How many row groups were decoded.
    var decoded = 0
    /// The versions whose rows are all in this one.
    var ancestors: [ETag] = []

    /// The groups that have rows, for footer and state.
    var counts: [CheckpointState.Checkpoint.Group] {
      groups.filter { $0.rows > 0 }.map { .init(values: $0.values, rows: $0.rows) }
    }
  }

  /// A file whose rows are not where its footer says they are.
  private struct MisleadingFooter: Error {}

  /// Merges.
  ///
  /// - Parameters:
  ///   - file: The version that is there; nil where there is none.
  ///   - source: Where its bytes are.
  ///   - fresh: New rows, each in their order and each event once, and what they are in each group.
  ///   - mark: Until when the new version is complete.
  func run(
    _ file: CheckpointFile?, _ source: ObjectByteSource?, _ fresh: MergeOutcome,
    mark: CheckpointFile.Mark?
  ) async throws -> Outcome {
    if let file, let outline = file.outline {
      do {
        return try await touched(file, outline, source, fresh, mark)
      } catch is MisleadingFooter {
        // Read it whole, which puts it right.
      }
    }
    return try await whole(file, source, fresh, mark)
  }

  /// The ancestors of a version that replaces another one and keeps its rows.
  static func ancestors(_ file: CheckpointFile?, _ source: ObjectByteSource?) -> [ETag] {
    (source.map { [$0.eTag] } ?? []) + (file?.ancestors ?? [])
  }

  // MARK: - All rows

  private func whole(
    _ file: CheckpointFile?, _ source: ObjectByteSource?, _ fresh: MergeOutcome,
    _ mark: CheckpointFile.Mark?
  ) async throws -> Outcome {
    var existing = EventBatch(schema: schema.rows)
    if let file {
      existing = try schema.rows(
        of: try await file.read(), completeUntil: file.mark?.completeUntil)
    }
    var outcome = try await replace(
      existing, fresh, mark: mark, ancestors: CheckpointMerge.ancestors(file, source),
      isChanged: isStamped(file, mark))
    outcome.decoded = file?.rowGroups.count ?? 0
    return outcome
  }

  /// Makes a file anew from the rows of an old one and new ones.
  ///
  /// - Parameters:
  ///   - ancestors: The versions whose rows are all among the existing ones.
  ///   - isChanged: Whether the file is written even if its rows are those that there were.
  func replace(
    _ existing: EventBatch, _ fresh: MergeOutcome, mark: CheckpointFile.Mark?, ancestors: [ETag],
    isChanged: Bool
  ) async throws -> Outcome {
    let merged = try BatchMerge.merge(existing: existing, new: fresh.batch, hidden: schema.hidden)
    var tally = GroupCounts(fresh)
    tally.add(merged, countsRows: true)
    var outcome = Outcome(
      groups: tally.groups, rows: merged.batch.count, isChanged: isChanged || merged.isChanged)
    guard outcome.isChanged else { return outcome }
    var writer = try CheckpointWriter(schema.file, compression: compression, layout: layout)
    try await writer.append(try schema.stored(merged.batch), isLast: true)
    outcome.pieces = try await writer.finish(
      mark: mark, groups: outcome.counts, ancestors: ancestors)
    outcome.ancestors = ancestors
    return outcome
  }

  // MARK: - Only what is touched

  private func touched(
    _ file: CheckpointFile, _ outline: CheckpointFile.Outline, _ source: ObjectByteSource?,
    _ fresh: MergeOutcome, _ mark: CheckpointFile.Mark?
  ) async throws -> Outcome {
    var tally = GroupCounts(fresh)
    tally.add(outline.groups)
    var outcome = Outcome(groups: [], rows: file.rows, isChanged: isStamped(file, mark))
    let leading = fresh.batch.columns[schema.rows.order.first ?? 0]
    let plan = MergePlan(outline.rowGroups, newRows: fresh.batch.count, layout: layout) {
      LeadingKey(leading, at: $0)
    }
    var writer = try CheckpointWriter(
      schema.file, compression: compression, layout: layout, base: source)
    // Row groups that stay as they are, until one changes: page indexes are read for many at once.
    var kept: Range<Int>?
    func keep(_ groups: Range<Int>) {
      kept = (kept?.lowerBound ?? groups.lowerBound)..<groups.upperBound
    }
    for (index, segment) in plan.segments.enumerated() {
      switch segment {
      case .adopt(let groups): keep(groups)
      case .merge(let groups, let rows):
        let merged = try await merge(file, outline, groups, fresh.batch, rows)
        outcome.decoded += groups.count
        guard merged.isChanged else {
          keep(groups)
          continue
        }
        outcome.isChanged = true
        tally.add(merged, countsRows: false)
        if let range = kept { try await adopt(range, file, &writer) }
        kept = nil
        outcome.rows += merged.groups.reduce(0) { $0 + $1.added }
        try await writer.append(
          try schema.stored(merged.batch), isLast: index == plan.segments.count - 1)
      }
    }
    outcome.groups = tally.groups
    guard outcome.isChanged else { return outcome }
    if let range = kept { try await adopt(range, file, &writer) }
    outcome.ancestors = CheckpointMerge.ancestors(file, source)
    outcome.pieces = try await writer.finish(
      mark: mark, groups: outcome.counts, ancestors: outcome.ancestors)
    return outcome
  }

  private func isStamped(_ file: CheckpointFile?, _ mark: CheckpointFile.Mark?) -> Bool {
    stamps && file != nil && file?.mark != mark
  }

  private func adopt(
    _ groups: Range<Int>, _ file: CheckpointFile, _ writer: inout CheckpointWriter
  ) async throws {
    guard !groups.isEmpty else { return }
    do {
      try await writer.adopt(groups, of: file)
    } catch let error as ParquetError {
      throw CheckpointFileError(.damaged, "The checkpoint is damaged: \(error)", underlying: error)
    }
  }

  private func merge(
    _ file: CheckpointFile, _ outline: CheckpointFile.Outline, _ groups: Range<Int>,
    _ fresh: EventBatch, _ rows: Range<Int>
  ) async throws -> MergeOutcome {
    let existing = try schema.rows(
      of: try await file.read(groups), completeUntil: file.mark?.completeUntil)
    var new = EventBatch(schema: schema.rows)
    try new.append(rows: rows, of: fresh)
    let merged = try BatchMerge.merge(existing: existing, new: new, hidden: schema.hidden)
    // Rows out of order, or beyond the bounds that the footer states, belong elsewhere.
    guard !merged.repaired else { throw MisleadingFooter() }
    if existing.count > 0 {
      let leading = existing.columns[schema.rows.order.first ?? 0]
      guard LeadingKey(leading, at: 0) >= outline.rowGroups[groups.lowerBound].keys.lowest,
        LeadingKey(leading, at: existing.count - 1)
          <= outline.rowGroups[groups.upperBound - 1].keys.highest
      else { throw MisleadingFooter() }
    }
    return merged
  }
}

/// Adds up what happened to each group over several merges.
private struct GroupCounts {
  private var counted: [[String]: MergeOutcome.Group] = [:]

  /// Begins with the new rows that were offered.
  init(_ fresh: MergeOutcome) {
    for group in fresh.groups {
      counted[group.values] = MergeOutcome.Group(values: group.values, offered: group.offered)
    }
  }

  /// Adds rows that are there.
  mutating func add(_ groups: [CheckpointState.Checkpoint.Group]) {
    for group in groups {
      counted[group.values, default: MergeOutcome.Group(values: group.values)].rows += group.rows
    }
  }

  /// Adds the outcome of a merge.
  ///
  /// - Parameter countsRows: Whether its rows are counted, or only those that came in addition.
  mutating func add(_ merged: MergeOutcome, countsRows: Bool) {
    for group in merged.groups {
      counted[group.values, default: MergeOutcome.Group(values: group.values)].added += group.added
      counted[group.values]?.replaced += group.replaced
      counted[group.values]?.rows += countsRows ? group.rows : group.added
    }
  }

  /// The groups, ordered by their values.
  var groups: [MergeOutcome.Group] {
    counted.values.sorted { left, right in
      left.values.map { Array($0.utf8) }.lexicographicallyPrecedes(
        right.values.map { Array($0.utf8) }
      ) { $0.lexicographicallyPrecedes($1) }
    }
  }
}
