import EventLogModel
import ParquetKit

/// Rewrites checkpoints to their best layout: full row groups, one compression. Rows, order and what
/// the footer says of them stay; a checkpoint that is as it should be is not written.
public struct CheckpointCompaction: Sendable {
  /// What became of a checkpoint.
  public struct File: Sendable, Hashable {
    /// The checkpoint.
    public var key: String
    /// Its rows.
    public var rows = 0
    /// Its row groups before and after.
    public var rowGroups = [0, 0]
    /// Its bytes before and after.
    public var bytes = [0, 0]
    /// Whether it was written.
    public var isChanged = false
    /// Why it could not be compacted, as a sentence.
    public var error: String?
  }

  /// What a compaction did.
  public struct Report: Sendable, Hashable {
    /// The checkpoints, ordered by key.
    public var files: [File] = []
    /// Why the state does not know the new versions, as a sentence: the next run then reads again
    /// what came after them.
    public var stateError: String?

    /// The status of the process: 0 all well, 2 something failed, 3 everything.
    public var exitStatus: Int32 {
      let failures = files.count { $0.error != nil }
      if failures > 0, failures == files.count { return 3 }
      return failures > 0 || stateError != nil ? 2 : 0
    }

    /// The report as one JSON object.
    public var json: JSONValue {
      var members: [(String, JSONValue)] = [
        (
          "checkpoints",
          .array(
            files.map { file in
              var members: [(String, JSONValue)] = [
                ("checkpoint_key", .string(file.key)), ("rows", .integer(file.rows)),
                ("row_groups", .array(file.rowGroups.map { .integer($0) })),
                ("bytes", .array(file.bytes.map { .integer($0) })),
                ("changed", .boolean(file.isChanged)),
              ]
              if let error = file.error { members.append(("error", .string(error))) }
              return .object(members)
            })
        )
      ]
      if let stateError { members.append(("state_error", .string(stateError))) }
      return .object(members)
    }
  }

  private let checkpoints: any ObjectStore
  private let configuration: RunConfiguration
  private let environment: RunEnvironment

  /// A compaction that has not begun.
  public init(
    checkpoints: any ObjectStore, configuration: RunConfiguration,
    environment: RunEnvironment = .system
  ) {
    self.checkpoints = checkpoints
    self.configuration = configuration
    self.environment = environment
  }

  private var stateStore: StateStore {
    StateStore(checkpoints, configuration, environment)
  }

  /// Compacts the checkpoints that the state names.
  ///
  /// - Throws: ``RunError`` where there is no state, and `CancellationError`.
  public func execute() async throws -> Report {
    let state: CheckpointState
    do {
      let loaded = try await stateStore.load()
      guard let known = loaded.state else {
        throw RunError(
          .state,
          "There is no state \"\(configuration.stateKey)\" that names the checkpoints. "
            + (loaded.problem ?? "Run first."))
      }
      state = known
    } catch let error as ObjectStoreError {
      throw RunError(.state, "The state could not be read. \(error)", underlying: error)
    }
    var report = Report()
    var versions: [String: Version] = [:]
    for checkpoint in state.checkpoints where checkpoint.holds(configuration.onlyGroups) {
      var file = File(key: checkpoint.key)
      do {
        versions[checkpoint.key] = try await compact(&file)
      } catch let error as CancellationError {
        throw error
      } catch {
        file.error = "\(error)"
      }
      report.files.append(file)
    }
    if !versions.isEmpty {
      do {
        try await record(versions)
      } catch let error as CancellationError {
        throw error
      } catch {
        report.stateError = "The state could not be brought up to date. \(error)"
      }
    }
    return report
  }

  /// A version that was written, and those that it came from.
  private struct Version {
    let eTag: ETag
    let ancestors: [ETag]
  }

  /// Puts the new versions in the place of the old ones, unless another run has said something else
  /// meanwhile.
  private func record(_ versions: [String: Version]) async throws {
    let loaded = try await stateStore.load()
    guard var state = loaded.state else { return }
    for index in state.checkpoints.indices {
      guard let version = versions[state.checkpoints[index].key],
        state.checkpoints[index].isKept(in: version.eTag, version.ancestors)
      else { continue }
      state.checkpoints[index].eTag = version.eTag
      state.checkpoints[index].descendsFrom = nil
    }
    _ = try await stateStore.commit(state, over: loaded.eTag)
  }

  private func compact(_ file: inout File) async throws -> Version? {
    var attempt = 1
    while true {
      do {
        return try await compactOnce(&file)
      } catch let error as ObjectStoreError where error.code == .preconditionFailed {
        guard attempt < configuration.maximumAttempts else { throw error }
        try await environment.sleep(environment.pause(beforeAttempt: attempt))
        attempt += 1
      }
    }
  }

  private func compactOnce(_ report: inout File) async throws -> Version? {
    let source = try await ObjectByteSource(
      checkpoints, report.key, tail: CheckpointFile.tailSize)
    let file = try await CheckpointFile(source, schema: configuration.schema)
    var writer = try CheckpointWriter(
      configuration.schema, compression: configuration.compression, layout: configuration.layout)
    var counts: [[String]: Int] = [:]
    var pending = EventBatch(schema: configuration.schema)
    report.rows = 0
    for rowGroup in file.rowGroups {
      try pending.append(contentsOf: try await file.read(rowGroup: rowGroup))
      if file.outline == nil { continue }
      let merged = try BatchMerge.merge(
        existing: pending, new: EventBatch(schema: configuration.schema))
      guard !merged.repaired else {
        throw CheckpointFileError(
          .damaged, "The rows of \"\(report.key)\" are not in order; rebuild it with --rebuild.")
      }
      pending = try await writer.appendFull(merged.batch, &counts)
    }
    // Files of other tools may be in any order, and are sorted as a whole.
    let rest = try BatchMerge.merge(
      existing: pending, new: EventBatch(schema: configuration.schema))
    CheckpointWriter.count(rest.batch, 0..<rest.batch.count, &counts)
    try await writer.append(rest.batch, isLast: true)
    let groups = counts.map { CheckpointState.Checkpoint.Group(values: $0.key, rows: $0.value) }
      .sorted { $0.values.lexicographicallyPrecedes($1.values) }
    report.rows = groups.reduce(0) { $0 + $1.rows }
    let ancestors = CheckpointMerge.ancestors(file, source)
    let pieces = try await writer.finish(mark: file.mark, groups: groups, ancestors: ancestors)
    let bytes = pieces.newBytes
    let after = try await CheckpointFile(BytesSource(bytes), schema: configuration.schema)
    report.rowGroups = [file.rowGroups.count, after.rowGroups.count]
    report.bytes = [source.size, bytes.count]
    // The same rows, divided in the same way, give the same bytes, but for the footer: that names
    // the version before.
    let pages = after.parquet.footerOffset
    let before = try await source.read(0..<file.parquet.footerOffset)
    guard file.outline == nil || before != Array(bytes[..<pages]) else {
      report.isChanged = false
      report.rowGroups[1] = report.rowGroups[0]
      report.bytes[1] = report.bytes[0]
      return nil
    }
    report.isChanged = !configuration.isDryRun
    guard !configuration.isDryRun else { return nil }
    let new = try await checkpoints.put(
      report.key, bytes: bytes, condition: .ifMatch(source.eTag))
    return Version(eTag: new, ancestors: ancestors)
  }
}

extension CheckpointWriter {
  /// Writes the full row groups of some rows, and gives back the rows that are left.
  fileprivate mutating func appendFull(
    _ batch: EventBatch, _ counts: inout [[String]: Int]
  ) async throws -> EventBatch {
    let parts = layout.parts(of: batch, isLast: true)
    guard parts.count > 1, let last = parts.last else { return batch }
    CheckpointWriter.count(batch, 0..<last.lowerBound, &counts)
    try await append(batch, parts: Array(parts.dropLast()))
    var rest = EventBatch(schema: batch.schema)
    try rest.append(rows: last, of: batch)
    return rest
  }

  /// Counts rows by their groups.
  fileprivate static func count(
    _ batch: EventBatch, _ rows: Range<Int>, _ counts: inout [[String]: Int]
  ) {
    var last: (codes: [UInt32], values: [String])?
    let columns = batch.schema.group.map { batch.columns[$0] }
    for row in rows {
      let codes = columns.map { $0.codes[row] }
      if last?.codes != codes { last = (codes, columns.map { $0.string(at: row) ?? "" }) }
      if let last { counts[last.values, default: 0] += 1 }
    }
  }
}
