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
    /// The versions that the checkpoint came from by merging alone.
    var ancestors: [ETag]
    /// What a person should know, as sentences.
    var warnings: [String]
  }

  /// What the run knows of the version that it expects.
  enum Trust: Sendable {
    /// Whatever version there is: all objects, or all that can belong to it, have been read.
    case any
    /// This version, of which the state vouches, or whose footer was looked at and what lies after
    /// its mark has been read, and those that came from it by merging. Any other came about during
    /// the run: its own mark holds, not ours.
    case only(ETag)
    /// No version: what the file holds is to be looked at by the next run.
    case unknown
  }

  /// Whether all sources have been read to make checkpoints anew.
  enum RebuildMode: Sendable, Equatable {
    /// New rows are merged into what is there; a damaged file is an error.
    case no
    /// A damaged file is put aside and replaced; the rows of what can be read stay.
    case keepingRows
    /// Likewise, but rows that no object was read for are left out. In a version that came about
    /// since the run began those stay whose object was modified at or after an instant: the listing
    /// need not have shown it.
    case onlySources(since: Timestamp)
  }

  let store: any ObjectStore
  let schema: RowSchema
  let compression: Compression
  let layout: RowGroupLayout
  let maximumAttempts: Int
  let rebuild: RebuildMode
  let isDryRun: Bool
  let environment: RunEnvironment
  let clock: RunClock
  /// Whether a file is written also where only its mark is another one. An earlier mark of its own
  /// does not take the place of a later one.
  var stamps = false

  /// Merges rows into a checkpoint.
  ///
  /// - Parameters:
  ///   - key: The checkpoint.
  ///   - batch: The batch that holds the new rows.
  ///   - rows: Which of its rows are new.
  ///   - trust: Which versions of the file the mark holds for.
  ///   - mark: Until when the file is complete once the rows are in it; nil where it says what it
  ///     said before.
  ///   - known: What the state says of the checkpoint.
  ///   - found: The version that was there when the run began, where that was looked up.
  /// - Throws: ``CheckpointFileError`` for a damaged file, and what the store throws.
  func run(
    _ key: String, _ batch: EventBatch, rows: [Int], trust: Trust, mark: CheckpointFile.Mark?,
    known: CheckpointState.Checkpoint?, found: ETag?
  ) async throws -> Outcome {
    let fresh = try BatchMerge.merge(
      existing: EventBatch(schema: schema.rows), new: batch, rows: rows)
    var attempt = 1
    while true {
      do {
        return try await attemptOnce(key, fresh, trust, mark, known, found)
      } catch let error as ObjectStoreError where error.code == .preconditionFailed {
        // Somebody else has written, while this run read or before it could write.
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
    }
  }

  private func attemptOnce(
    _ key: String, _ fresh: MergeOutcome, _ trust: Trust, _ mark: CheckpointFile.Mark?,
    _ known: CheckpointState.Checkpoint?, _ found: ETag?
  ) async throws -> Outcome {
    let base = try await load(key)
    var file: CheckpointFile?
    if case .no = rebuild, let source = base.source {
      file = try await CheckpointFile(source, schema: schema.file)
    }
    let isTrusted =
      switch trust {
      case .any: true
      case .only(let eTag): base.eTag == eTag || file?.ancestors.contains(eTag) ?? false
      case .unknown: false
      }
    // Of a version that came about meanwhile this run can only say what it says of itself.
    func effective(_ own: CheckpointFile.Mark?) -> CheckpointFile.Mark? {
      guard let mark else { return own }
      if stamps, let own, own.basis == mark.basis, own.completeUntil > mark.completeUntil {
        return own
      }
      return isTrusted ? mark : own?.earlier(mark)
    }
    var warnings: [String] = []
    let merged: CheckpointMerge.Outcome
    if case .no = rebuild {
      merged = try await merge.run(file, base.source, fresh, mark: effective(file?.mark))
    } else {
      var since: Timestamp?
      if case .onlySources(let instant) = rebuild {
        since = base.eTag == found ? .latest : instant
      }
      let rebuilt = try await Rebuild(schema: schema, merge: merge, leavesOutBefore: since)
        .run(key, base.source, fresh, mark: effective)
      merged = rebuilt.outcome
      warnings = rebuilt.warnings
      if let damage = rebuilt.damage {
        warnings.append(try await putAside(key, base, damage, merged, known))
      }
    }
    var eTag = base.eTag
    if merged.isChanged, !isDryRun { eTag = try await write(key, base, merged.pieces) }
    return Outcome(
      checkpoint: CheckpointState.Checkpoint(
        key: key, eTag: isTrusted ? eTag : nil, rows: merged.rows, groups: merged.counts),
      groups: merged.groups,
      ancestors: merged.isChanged && !isDryRun ? merged.ancestors : file?.ancestors ?? [],
      warnings: warnings)
  }

  private var merge: CheckpointMerge {
    CheckpointMerge(schema: schema, compression: compression, layout: layout, stamps: stamps)
  }

  /// The version of a checkpoint that is there, or that there is none.
  private struct Base {
    let source: ObjectByteSource?
    var eTag: ETag? { source?.eTag }
  }

  private func load(_ key: String) async throws -> Base {
    do {
      return Base(
        source: try await ObjectByteSource(store, key, tail: CheckpointFile.tailSize))
    } catch let error as ObjectStoreError where error.code == .notFound {
      return Base(source: nil)
    }
  }

  private func write(_ key: String, _ base: Base, _ pieces: [ObjectPiece]) async throws -> ETag {
    let keepsSome = pieces.contains { piece in
      if case .range = piece { true } else { false }
    }
    if keepsSome, let eTag = base.eTag {
      return try await store.replace(key, version: eTag, with: pieces)
    }
    return try await store.put(
      key, bytes: pieces.newBytes, condition: base.eTag.map { .ifMatch($0) } ?? .ifAbsent)
  }

  /// Keeps a damaged file under another name, and says what it means.
  private func putAside(
    _ key: String, _ base: Base, _ damage: Rebuild.Damage, _ outcome: CheckpointMerge.Outcome,
    _ known: CheckpointState.Checkpoint?
  ) async throws -> String {
    guard let eTag = base.eTag else { return damage.reason }
    let aside = Commit.asideKey(of: key, eTag)
    // The name says which bytes they are, so what is there already is the same.
    if !isDryRun {
      let bytes = try await store.get(key, range: nil, ifMatch: eTag, limit: .max).bytes
      try await store.putOnce(aside, bytes, environment)
    }
    let sentence =
      "\"\(key)\" \(isDryRun ? "would be" : "is") replaced, and the old file kept as "
      + "\"\(aside)\". \(damage.reason)"
    guard let had = known?.rows ?? damage.rows else {
      return sentence + " How many rows it had is not known; \(outcome.rows) were brought back."
    }
    guard damage.kept < had else { return sentence }
    guard outcome.rows < had else {
      return sentence + " Of its \(had) rows \(damage.kept) could be read; the others were brought "
        + "back as far as their objects are there still."
    }
    return sentence
      + " Of its \(had) rows, at least \(had - outcome.rows) could not be brought back, "
      + "since their objects are gone\(Commit.groupsThatShrank(known, kept: outcome))."
  }

  /// The groups that have fewer rows than the state says, as part of a sentence.
  private static func groupsThatShrank(
    _ known: CheckpointState.Checkpoint?, kept outcome: CheckpointMerge.Outcome
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
