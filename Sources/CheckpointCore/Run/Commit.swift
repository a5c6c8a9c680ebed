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
  }

  let store: any ObjectStore
  let schema: EventSchema
  let compression: Compression
  let maximumAttempts: Int
  /// Whether a damaged file is put aside and replaced.
  let replacesDamaged: Bool
  let isDryRun: Bool
  let environment: RunEnvironment

  /// The loaded version of a checkpoint, or that there is none.
  private struct Base {
    var batch: EventBatch
    var condition: PutCondition
    var eTag: ETag?
    var mark: CheckpointFile.Mark?
    var isReplaced = false
    var warnings: [String] = []
  }

  /// Merges rows into a checkpoint.
  ///
  /// - Parameters:
  ///   - key: The checkpoint.
  ///   - batch: The batch that holds the new rows.
  ///   - rows: Which of its rows are new.
  ///   - trust: Which versions of the file the mark holds for.
  ///   - mark: Until when the file is complete once the rows are in it; nil if unknown.
  /// - Throws: ``CheckpointFileError`` for a damaged file, and what the store throws.
  func run(
    _ key: String, _ batch: EventBatch, rows: [Int], trust: Trust, mark: CheckpointFile.Mark?
  ) async throws -> Outcome {
    var attempt = 1
    while true {
      let base = try await load(key)
      let isTrusted =
        switch trust {
        case .any: true
        case .only(let eTag): base.eTag == eTag
        }
      var effective = mark
      if !isTrusted {
        effective = base.mark.flatMap { own in
          guard let mark, own.basis == mark.basis else { return nil }
          return own.completeUntil < mark.completeUntil ? own : mark
        }
      }
      let merged = try BatchMerge.merge(existing: base.batch, new: batch, rows: rows)
      var eTag = base.eTag
      if merged.isChanged || base.isReplaced, !isDryRun {
        let bytes = try await CheckpointFile.encode(
          merged.batch, mark: effective, compression: compression)
        do {
          eTag = try await store.put(key, bytes: bytes, condition: base.condition)
        } catch let error as ObjectStoreError where error.code == .preconditionFailed {
          guard attempt < maximumAttempts else {
            throw ObjectStoreError(
              .preconditionFailed, key: key,
              "\"\(key)\" was written by somebody else \(attempt) times while this run merged into "
                + "it; it was left as they wrote it.",
              underlying: error)
          }
          try await environment.sleep(environment.pause(beforeAttempt: attempt))
          attempt += 1
          continue
        }
      }
      let groups = merged.groups.filter { $0.rows > 0 }.map {
        CheckpointState.Checkpoint.Group(values: $0.values, rows: $0.rows)
      }
      return Outcome(
        checkpoint: CheckpointState.Checkpoint(
          key: key, eTag: isTrusted ? eTag : nil, rows: merged.batch.count, groups: groups),
        groups: merged.groups, warnings: base.warnings)
    }
  }

  private func load(_ key: String) async throws -> Base {
    let stored: StoredObject
    do {
      stored = try await store.get(key)
    } catch let error as ObjectStoreError where error.code == .notFound {
      return Base(batch: EventBatch(schema: schema), condition: .ifAbsent)
    }
    do {
      let file = try await CheckpointFile.decode(stored.bytes, schema: schema)
      return Base(
        batch: file.batch, condition: .ifMatch(stored.eTag), eTag: stored.eTag, mark: file.mark)
    } catch let error as CheckpointFileError where replacesDamaged {
      let aside = Commit.asideKey(of: key, stored.eTag)
      if !isDryRun {
        do {
          _ = try await store.put(aside, bytes: stored.bytes, condition: .ifAbsent)
        } catch let error as ObjectStoreError where error.code == .preconditionFailed {
          // An earlier run has kept the very same bytes, for the name says which they are.
        }
      }
      let verb = isDryRun ? "would be" : "is"
      return Base(
        batch: EventBatch(schema: schema), condition: .ifMatch(stored.eTag), eTag: stored.eTag,
        isReplaced: true,
        warnings: [
          "\"\(key)\" \(verb) replaced, and the old file kept as \"\(aside)\". \(error.description)"
        ])
    }
  }

  /// Where a damaged file is kept: beside the checkpoint, under a name that query engines pass over
  /// and that says which bytes it has.
  static func asideKey(of key: String, _ eTag: ETag) -> String {
    ObjectKey.directory(key) + "_damaged-" + eTag.rawValue.filter { $0.isLetter || $0.isNumber }
      + "-" + ObjectKey.lastSegment(key)
  }
}
