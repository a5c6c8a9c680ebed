import EventLogModel

/// Makes a checkpoint anew once all sources have been read: a readable file keeps the rows whose
/// objects are gone, of a damaged one what can still be read is kept. A file that is whole and holds
/// something else than the event type is left as it is.
struct Rebuild {
  let schema: RowSchema
  let merge: CheckpointMerge
  /// Rows that no object was read for are left out where theirs was modified before this instant;
  /// nil where all stay.
  let leavesOutBefore: Timestamp?

  /// What is known of a damaged file.
  struct Damage {
    /// What is wrong with it, as a sentence.
    let reason: String
    /// How many rows its footer states; nil where that cannot be read either.
    let rows: Int?
    /// How many of them can be read.
    var kept = 0
  }

  struct Outcome {
    var outcome: CheckpointMerge.Outcome
    var damage: Damage?
    var warnings: [String] = []
  }

  /// - Parameters:
  ///   - key: The checkpoint.
  ///   - source: The version that is there; nil where there is none.
  ///   - fresh: The rows of all sources, in order and each event once.
  ///   - mark: Until when the new version is complete, given what the old one says.
  func run(
    _ key: String, _ source: ObjectByteSource?, _ fresh: MergeOutcome,
    mark: (CheckpointFile.Mark?) -> CheckpointFile.Mark?
  ) async throws -> Outcome {
    guard let source else {
      return Outcome(outcome: try await merge.run(nil, nil, fresh, mark: mark(nil)))
    }
    let file: CheckpointFile
    do {
      file = try await CheckpointFile(source, schema: schema.file)
    } catch let error as CheckpointFileError where error.code == .damaged {
      let outcome = try await merge.replace(
        EventBatch(schema: schema.rows), fresh, mark: mark(nil), ancestors: [], isChanged: true)
      return Outcome(outcome: outcome, damage: Damage(reason: error.description, rows: nil))
    }
    var kept = EventBatch(schema: schema.rows)
    var damage: Damage?
    for rowGroup in file.rowGroups {
      do {
        let part = try await file.read(rowGroup: rowGroup)
        try kept.append(
          contentsOf: try schema.rows(of: part, completeUntil: file.mark?.completeUntil))
      } catch let error as CheckpointFileError where error.code == .damaged {
        damage = damage ?? Damage(reason: error.description, rows: file.rows)
      }
    }
    damage?.kept = kept.count
    guard let leavesOutBefore else {
      return Outcome(
        outcome: try await merge.replace(
          kept, fresh, mark: mark(file.mark),
          ancestors: damage == nil ? CheckpointMerge.ancestors(file, source) : [],
          isChanged: damage != nil),
        damage: damage)
    }
    // Others may have merged what became visible after the listing.
    let late = try self.late(kept, since: leavesOutBefore)
    let sound = try BatchMerge.merge(existing: fresh.batch, new: late)
    let gone = try BatchMerge.merge(existing: sound.batch, new: kept)
      .groups.reduce(0) { $0 + $1.added }
    var outcome = Outcome(
      outcome: try await merge.replace(
        gone > 0 ? late : kept, fresh, mark: mark(file.mark),
        ancestors: [], isChanged: gone > 0 || damage != nil),
      damage: damage)
    if gone > 0 {
      outcome.warnings = [
        "\(gone) rows of \"\(key)\" that no object is there for any more are left out, as "
          + "was asked."
      ]
    }
    return outcome
  }

  /// The rows whose object was modified at or after an instant.
  private func late(_ batch: EventBatch, since: Timestamp) throws -> EventBatch {
    guard let column = schema.rows.sourceModified.map({ batch.columns[$0] }) else {
      return EventBatch(schema: schema.rows)
    }
    let rows = (0..<batch.count).filter { row in
      column.timestamp(at: row).map { $0 >= since } ?? false
    }
    return try BatchMerge.merge(existing: EventBatch(schema: schema.rows), new: batch, rows: rows)
      .batch
  }
}
