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
    case asKnown
    /// A version that came from all those that are known, by merging alone.
    case descendant(CheckpointState.Checkpoint)
    case gone
    case failed(String)
    case foreign(CheckpointState.Checkpoint, CheckpointFile.Mark?)
  }

  /// Looks at all checkpoints of a state.
  static func run(
    _ checkpoints: [CheckpointState.Checkpoint], in store: any ObjectStore, schema: RowSchema,
    basis: String, concurrency: Int, readConcurrency: Int
  ) async throws -> Inspection {
    var inspection = Inspection()
    let known = try await each(checkpoints, concurrency) {
      try await isAsKnown($0, store) ? Finding(key: $0.key, kind: .asKnown) : nil
    }
    let keys = Set(known.map(\.key))
    // These are read whole, so fewer at a time.
    let others = checkpoints.filter { !keys.contains($0.key) }
    let findings =
      known
      + (try await each(others, readConcurrency) {
        Finding(key: $0.key, kind: try await look(at: $0, store, schema))
      })
    for checkpoint in checkpoints where keys.contains(checkpoint.key) {
      inspection.trusted[checkpoint.key] = checkpoint.eTag
    }
    for finding in findings { inspection.add(finding.key, finding.kind, basis: basis) }
    inspection.warnings.sort()
    return inspection
  }

  /// Does something with each checkpoint, some at a time.
  private static func each(
    _ checkpoints: [CheckpointState.Checkpoint], _ concurrency: Int,
    _ body: @escaping @Sendable (CheckpointState.Checkpoint) async throws -> Finding?
  ) async throws -> [Finding] {
    try await withThrowingTaskGroup(of: Finding?.self) { group in
      var findings: [Finding] = []
      for (started, checkpoint) in checkpoints.enumerated() {
        if started >= max(1, concurrency), let finding = try await group.next() {
          if let finding { findings.append(finding) }
        }
        group.addTask { try await body(checkpoint) }
      }
      for try await finding in group {
        if let finding { findings.append(finding) }
      }
      return findings
    }
  }

  private static func isAsKnown(
    _ checkpoint: CheckpointState.Checkpoint, _ store: any ObjectStore
  ) async throws -> Bool {
    guard let known = checkpoint.eTag, checkpoint.descendsFrom == nil else { return false }
    do {
      return try await store.head(checkpoint.key).eTag == known
    } catch let error as CancellationError {
      throw error
    } catch {
      // What is wrong shows when it is read.
      return false
    }
  }

  private static func look(
    at checkpoint: CheckpointState.Checkpoint, _ store: any ObjectStore, _ schema: RowSchema,
    attempt: Int = 1
  ) async throws -> Kind {
    do {
      // Read whole, not only the footer: a file that is damaged further inside must not have its
      // sources read again run after run, only to fail when they are merged.
      let source = try await ObjectByteSource(store, checkpoint.key, tail: CheckpointFile.tailSize)
      let file = try await CheckpointFile(source, schema: schema.file)
      if checkpoint.isKept(in: source.eTag, file.ancestors), let outline = file.outline {
        return .descendant(
          CheckpointState.Checkpoint(
            key: checkpoint.key, eTag: source.eTag, rows: file.rows, groups: outline.groups))
      }
      let groups = try await file.countGroups()
      return .foreign(
        CheckpointState.Checkpoint(
          key: checkpoint.key, eTag: source.eTag, rows: groups.reduce(0) { $0 + $1.rows },
          groups: groups),
        file.mark)
    } catch let error as ObjectStoreError where error.code == .notFound {
      return .gone
    } catch let error as CancellationError {
      throw error
    } catch let error as ObjectStoreError where error.code == .preconditionFailed && attempt < 8 {
      // Somebody writes to it at this moment.
      return try await look(at: checkpoint, store, schema, attempt: attempt + 1)
    } catch let error as CheckpointFileError {
      return .failed(error.descriptionWithRemedy)
    } catch {
      return .failed("\(error)")
    }
  }

  private mutating func add(_ key: String, _ kind: Kind, basis: String) {
    switch kind {
    case .asKnown: break
    case .descendant(let checkpoint):
      trusted[key] = checkpoint.eTag
      observed[key] = checkpoint
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
