import EventLogModel

/// The rows that are to be merged into one checkpoint.
struct CommitJob: Sendable {
  let file: FileGroups.File
  /// Why the checkpoint was found to be unreadable before anything was merged.
  let failure: String?
  let trust: Commit.Trust
  /// What the state knows of the checkpoint.
  let known: CheckpointState.Checkpoint?
  /// The version that was there when the run began, where that was looked up.
  var found: ETag?

  func run(
    _ commit: Commit, _ batch: EventBatch, _ mark: CheckpointFile.Mark?
  ) async throws -> CommitResult {
    do {
      if let failure { throw FailedCheckpoint(description: failure) }
      let outcome = try await commit.run(
        file.key, batch, rows: file.rows, trust: trust, mark: mark, known: known, found: found)
      return CommitResult(file: file, outcome: .success(outcome))
    } catch let error as CancellationError {
      throw error
    } catch let error as CheckpointFileError {
      let failure = FailedCheckpoint(description: error.descriptionWithRemedy)
      return CommitResult(file: file, outcome: .failure(failure))
    } catch {
      return CommitResult(file: file, outcome: .failure(error))
    }
  }
}

/// What became of the rows for one checkpoint.
struct CommitResult: Sendable {
  let file: FileGroups.File
  let outcome: Result<Commit.Outcome, any Error>
}

/// Why a checkpoint could not be brought up to date, in words for the summary.
private struct FailedCheckpoint: Error, CustomStringConvertible {
  let description: String
}

extension Commit {
  /// Brings several checkpoints up to date, some at the same time.
  ///
  /// - Parameters:
  ///   - jobs: What is to be merged into each.
  ///   - batch: The batch that holds the rows.
  ///   - mark: Until when the files are complete then; nil where they say what they said before.
  ///   - concurrency: How many are merged at the same time.
  ///   - report: Where progress is reported.
  /// - Returns: What became of each, ordered by key.
  func run(
    _ jobs: [CommitJob], _ batch: EventBatch, _ mark: CheckpointFile.Mark?, concurrency: Int,
    report: AsyncStream<RunProgress>.Continuation
  ) async throws -> [CommitResult] {
    report.yield(.committing(done: 0, total: jobs.count))
    let results = try await withThrowingTaskGroup(of: CommitResult.self) { group in
      var results: [CommitResult] = []
      for (started, job) in jobs.enumerated() {
        if started >= max(1, concurrency), let result = try await group.next() {
          results.append(result)
          report.yield(.committing(done: results.count, total: jobs.count))
        }
        group.addTask { try await job.run(self, batch, mark) }
      }
      for try await result in group {
        results.append(result)
        report.yield(.committing(done: results.count, total: jobs.count))
      }
      return results
    }
    return results.sorted { ObjectKey.precedes($0.file.key, $1.file.key) }
  }
}
