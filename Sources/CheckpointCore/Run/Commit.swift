import EventLogModel
import ParquetKit

/// Brings one checkpoint up to date: load, merge, write if something changed and nobody else has
/// written in between, and all of it again if somebody has.
struct Commit: Sendable {
  /// What became of a checkpoint.
  struct Outcome: Sendable {
    /// The checkpoint for the state; its ETag is nil where the next run must look at the file.
    var checkpoint: CheckpointState.Checkpoint
    /// The groups that have rows or had new ones.
    var groups: [MergeOutcome.Group]
    /// What a person should know, as sentences.
    var warnings: [String]
  }

  /// What the run knows of the version that it expects.
  enum Trust: Sendable {
    /// Whatever version there is: all objects, or all that can belong to it, have been read.
    case any
    /// This version, of which the state vouches, or whose footer was looked at and what lies after
    /// its mark has been read. Any other came about during the run: its own mark holds, not ours.
    case only(ETag)
    /// No version: what the file holds is to be looked at by the next run.
    case unknown
  }

  /// Whether all sources have been read to make checkpoints anew.
  enum Rebuild: Sendable {
    /// New rows are merged into what is there; a damaged file is an error.
    case no
    /// A damaged file is put aside and replaced; the rows of what can be read stay.
    case keepingRows
    /// Likewise, but rows that no object was read for are left out.
    case onlySources
  }

  let store: any ObjectStore
  let schema: RowSchema
  let compression: Compression
  let maximumAttempts: Int
  let rebuild: Rebuild
  let isDryRun: Bool
  let environment: RunEnvironment
  let clock: RunClock

  /// The loaded version of a checkpoint, or that there is none.
  private struct Base {
    var batch: EventBatch
    var condition: PutCondition
    var eTag: ETag?
    var mark: CheckpointFile.Mark?
    /// What is known of a file that is damaged and to be replaced.
    var damage: Damage?
  }

  private struct Damage {
    let bytes: [UInt8]
    let eTag: ETag
    let reason: String
    /// How many rows the file said it has, as far as it says so.
    let stated: Int?
  }

  /// Merges rows into a checkpoint.
  ///
  /// - Parameters:
  ///   - key: The checkpoint.
  ///   - batch: The batch that holds the new rows.
  ///   - rows: Which of its rows are new.
  ///   - trust: Which versions of the file the mark holds for.
  ///   - mark: Until when the file is complete once the rows are in it.
  ///   - known: What the state says of the checkpoint.
  /// - Throws: ``CheckpointFileError`` for a damaged file, and what the store throws.
  func run(
    _ key: String, _ batch: EventBatch, rows: [Int], trust: Trust, mark: CheckpointFile.Mark,
    known: CheckpointState.Checkpoint?
  ) async throws -> Outcome {
    var attempt = 1
    while true {
      let base = try await load(key)
      let isTrusted =
        switch trust {
        case .any: true
        case .only(let eTag): base.eTag == eTag
        case .unknown: false
        }
      let merged = try merge(key, base, batch, rows)
      var warnings = merged.warnings
      if let damage = base.damage {
        warnings.append(try await putAside(key, damage, merged.outcome, known))
      }
      var eTag = base.eTag
      if merged.isChanged || base.damage != nil, !isDryRun {
        let bytes = try await CheckpointFile.encode(
          schema.stored(merged.outcome.batch), mark: isTrusted ? mark : base.mark?.earlier(mark),
          compression: compression)
        do {
          eTag = try await store.put(key, bytes: bytes, condition: base.condition)
        } catch let error as ObjectStoreError where error.code == .preconditionFailed {
          try await pause(key, &attempt, error)
          continue
        }
      }
      let groups = merged.outcome.groups.filter { $0.rows > 0 }.map {
        CheckpointState.Checkpoint.Group(values: $0.values, rows: $0.rows)
      }
      return Outcome(
        checkpoint: CheckpointState.Checkpoint(
          key: key, eTag: isTrusted ? eTag : nil, rows: merged.outcome.batch.count, groups: groups),
        groups: merged.outcome.groups, warnings: warnings)
    }
  }

  /// Waits before the next try, or gives up.
  private func pause(_ key: String, _ attempt: inout Int, _ error: ObjectStoreError) async throws {
    guard attempt < maximumAttempts, !clock.isOver else {
      throw ObjectStoreError(
        .preconditionFailed, key: key,
        "\"\(key)\" was written by somebody else \(attempt) times while this run merged into "
          + "it; it was left as they wrote it.",
        underlying: error)
    }
    try await environment.sleep(environment.pause(beforeAttempt: attempt))
    attempt += 1
  }

  // MARK: - Merging

  private struct Merged {
    let outcome: MergeOutcome
    let isChanged: Bool
    var warnings: [String] = []
  }

  private func merge(
    _ key: String, _ base: Base, _ batch: EventBatch, _ rows: [Int]
  ) throws -> Merged {
    let outcome = try BatchMerge.merge(
      existing: base.batch, new: batch, rows: rows, hidden: schema.hidden)
    guard case .onlySources = rebuild, base.batch.count > 0 else {
      return Merged(outcome: outcome, isChanged: outcome.isChanged)
    }
    let sources = try BatchMerge.merge(
      existing: EventBatch(schema: schema.rows), new: batch, rows: rows)
    let gone = try BatchMerge.merge(existing: sources.batch, new: base.batch)
      .groups.reduce(0) { $0 + $1.added }
    guard gone > 0 else { return Merged(outcome: outcome, isChanged: outcome.isChanged) }
    return Merged(
      outcome: sources, isChanged: true,
      warnings: [
        "\(gone) rows of \"\(key)\" have no object any more and \(isDryRun ? "would be" : "were") "
          + "left out."
      ])
  }

  // MARK: - Loading

  private func load(_ key: String) async throws -> Base {
    let stored: StoredObject
    do {
      stored = try await store.get(key)
    } catch let error as ObjectStoreError where error.code == .notFound {
      return Base(batch: EventBatch(schema: schema.rows), condition: .ifAbsent)
    }
    var base = Base(
      batch: EventBatch(schema: schema.rows), condition: .ifMatch(stored.eTag), eTag: stored.eTag)
    do {
      let file = try await CheckpointFile.decode(stored.bytes, schema: schema.file)
      base.batch = try schema.rows(of: file.batch, completeUntil: file.mark?.completeUntil)
      base.mark = file.mark
    } catch let error as CheckpointFileError {
      if case .no = rebuild { throw error }
      base.damage = Damage(
        bytes: stored.bytes, eTag: stored.eTag, reason: error.description, stated: nil)
    }
    return base
  }

  /// Keeps a damaged file under another name, and says what it means.
  private func putAside(
    _ key: String, _ damage: Damage, _ outcome: MergeOutcome,
    _ known: CheckpointState.Checkpoint?
  ) async throws -> String {
    let kept = outcome.batch.count
    let aside = Commit.asideKey(of: key, damage.eTag)
    // The name says which bytes they are, so what is there already is the same.
    if !isDryRun { try await store.putOnce(aside, damage.bytes, environment) }
    let sentence =
      "\"\(key)\" \(isDryRun ? "would be" : "is") replaced, and the old file kept as "
      + "\"\(aside)\". \(damage.reason)"
    guard let had = known?.rows ?? damage.stated else {
      return sentence + " How many rows it had is not known; \(kept) were brought back."
    }
    guard kept < had else { return sentence }
    return sentence + " Of its \(had) rows, \(had - kept) could not be brought back, since their "
      + "objects are gone\(Commit.groupsThatShrank(known, kept: outcome))."
  }

  /// The groups that have fewer rows than the state says, as part of a sentence.
  private static func groupsThatShrank(
    _ known: CheckpointState.Checkpoint?, kept outcome: MergeOutcome
  ) -> String {
    var rows: [[String]: Int] = [:]
    for group in outcome.groups { rows[group.values] = group.rows }
    let lost = (known?.groups ?? []).compactMap { group -> String? in
      let missing = group.rows - (rows[group.values] ?? 0)
      return missing > 0 ? "\(missing) of \(group.values.joined(separator: "/"))" : nil
    }
    return lost.isEmpty ? "" : ": " + lost.prefix(20).joined(separator: ", ")
  }

  /// Where a damaged file is kept: beside the checkpoint, under a name that query engines pass over
  /// and that says which bytes it has.
  static func asideKey(of key: String, _ eTag: ETag) -> String {
    ObjectKey.directory(key) + "_damaged-" + eTag.rawValue.filter { $0.isLetter || $0.isNumber }
      + "-" + ObjectKey.lastSegment(key)
  }
}
