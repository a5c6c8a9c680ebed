import EventLogModel

/// How the checkpoints are compared with what the state says of them.
///
/// A version that the state does not know was written by somebody else: a run that crashed before
/// its state, an operator who restored an older version, another tool. Its footer says until when
/// it is complete, and what lies after that is read again.
struct Inspection {
  /// The version of each checkpoint that is known for what it holds.
  var trusted: [String: ETag] = [:]
  /// The checkpoints that others wrote, as they are now.
  var observed: [String: CheckpointState.Checkpoint] = [:]
  /// Why a checkpoint cannot be read, as a sentence. It is not touched by this run.
  var failed: [String: String] = [:]
  /// The checkpoints that are not there any more.
  var gone: Set<String> = []
  /// Objects modified at or after this instant are to be read again.
  var readsFrom: Timestamp?
  /// All objects are to be read again.
  var readsEverything = false
  /// What a person should know, as sentences.
  var warnings: [String] = []

  private struct Finding: Sendable {
    let key: String
    let kind: Kind
  }

  private enum Kind: Sendable {
    case asKnown(ETag)
    case gone
    case failed(String)
    case foreign(CheckpointState.Checkpoint, CheckpointFile.Mark?)
  }

  /// Looks at all checkpoints of a state.
  static func run(
    _ checkpoints: [CheckpointState.Checkpoint], in store: any ObjectStore, schema: RowSchema,
    basis: String, concurrency: Int
  ) async throws -> Inspection {
    var inspection = Inspection()
    let findings = try await withThrowingTaskGroup(of: Finding.self) { group in
      var findings: [Finding] = []
      for (started, checkpoint) in checkpoints.enumerated() {
        if started >= max(1, concurrency), let finding = try await group.next() {
          findings.append(finding)
        }
        group.addTask {
          Finding(key: checkpoint.key, kind: try await look(at: checkpoint, store, schema))
        }
      }
      for try await finding in group { findings.append(finding) }
      return findings
    }
    for finding in findings { inspection.add(finding.key, finding.kind, basis: basis) }
    inspection.warnings.sort()
    return inspection
  }

  private static func look(
    at checkpoint: CheckpointState.Checkpoint, _ store: any ObjectStore, _ schema: RowSchema
  ) async throws -> Kind {
    do {
      if let known = checkpoint.eTag, try await store.head(checkpoint.key).eTag == known {
        return .asKnown(known)
      }
      // Read whole, not only the footer: a file that is damaged further inside must not have its
      // sources read again run after run, only to fail when they are merged.
      let stored = try await store.get(checkpoint.key)
      let file = try await CheckpointFile.decode(stored.bytes, schema: schema.file)
      let groups = try BatchMerge.merge(existing: file.batch, new: EventBatch(schema: schema.file))
        .groups
      return .foreign(
        CheckpointState.Checkpoint(
          key: checkpoint.key, eTag: stored.eTag, rows: file.batch.count,
          groups: groups.map { .init(values: $0.values, rows: $0.rows) }),
        file.mark)
    } catch let error as ObjectStoreError where error.code == .notFound {
      return .gone
    } catch let error as CancellationError {
      throw error
    } catch let error as CheckpointFileError {
      return .failed(error.descriptionWithRemedy)
    } catch {
      return .failed("\(error)")
    }
  }

  private mutating func add(_ key: String, _ kind: Kind, basis: String) {
    switch kind {
    case .asKnown(let eTag): trusted[key] = eTag
    case .gone:
      gone.insert(key)
      readsEverything = true
      warnings.append(
        "The checkpoint \"\(key)\" is gone; it is made anew from all sources, as far as they are "
          + "still there.")
    case .failed(let reason):
      failed[key] = reason
    case .foreign(let checkpoint, let mark):
      trusted[key] = checkpoint.eTag
      observed[key] = checkpoint
      if let mark, mark.basis == basis {
        readsFrom = min(readsFrom ?? mark.completeUntil, mark.completeUntil)
        warnings.append(
          "The checkpoint \"\(key)\" was written by somebody else since the last run; objects "
            + "modified from \(mark.completeUntil) on are read again.")
      } else {
        readsEverything = true
        warnings.append(
          "The checkpoint \"\(key)\" was written by somebody else since the last run and does not "
            + "say until when it is complete; all objects are read again.")
      }
    }
  }
}
