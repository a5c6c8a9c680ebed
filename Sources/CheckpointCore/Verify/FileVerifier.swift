import EventLogModel
import ParquetKit

/// Compares one checkpoint with the rows that it must have.
struct FileVerifier {
  let store: any ObjectStore
  let schema: RowSchema
  let template: KeyTemplate

  /// - Parameters:
  ///   - mustBe: The rows of the objects that runs have come to, in order, each event once.
  ///   - mayBe: The rows of all objects, likewise.
  func verify(
    _ key: String, mustBe: EventBatch, mayBe: EventBatch, _ report: inout VerificationReport
  ) async throws {
    let file: CheckpointFile
    let batch: EventBatch
    do {
      let source = try await ObjectByteSource(store, key, tail: CheckpointFile.tailSize)
      file = try await CheckpointFile(source, schema: schema.file)
      batch = try schema.rows(of: try await file.read(), completeUntil: file.mark?.completeUntil)
    } catch let error as ObjectStoreError where error.code == .notFound && mustBe.count == 0 {
      return
    } catch let error as CancellationError {
      throw error
    } catch {
      report.add(.unreadable, key, "The checkpoint \"\(key)\" cannot be read: \(error)")
      return
    }
    report.checkpoints.append(VerificationReport.Checkpoint(key: key, rows: batch.count))
    if !file.missingColumns.isEmpty {
      report.warnings.append(
        "\"\(key)\" lacks the columns \(file.missingColumns.joined(separator: ", ")), which the next "
          + "run with news adds.")
    }
    try compare(key, batch, mustBe, mayBe, &report)
    places(key, batch, &report)
    try await StatisticsVerifier(file: file, key: key).verify(&report)
    if let outline = file.outline {
      let counted = try await file.countGroups()
      if counted != outline.groups.sorted(by: { $0.values.lexicographicallyPrecedes($1.values) }) {
        report.add(
          .statistics, key,
          "The numbers of rows of each group in the footer of \"\(key)\" are wrong.")
      }
    }
  }

  // MARK: - Rows

  private func compare(
    _ key: String, _ actual: EventBatch, _ mustBe: EventBatch, _ mayBe: EventBatch,
    _ report: inout VerificationReport
  ) throws {
    let ranks = schema.rows.fields.indices.map { field in
      StringRanks([actual, mustBe, mayBe].map { $0.columns[field].dictionary })
    }
    func ranked(_ batch: EventBatch, _ index: Int) -> RankedBatch {
      RankedBatch(batch, ranks: ranks.map { $0.ranks[index] })
    }
    let (found, due, all) = (ranked(actual, 0), ranked(mustBe, 1), ranked(mayBe, 2))
    order(key, found, &report)
    let rows = found.orderedUnique() ?? Array(0..<found.count)
    var nextDue = 0
    var nextAll = 0
    var withoutObject = 0
    for row in rows {
      while nextDue < due.count, compareKeys(due, nextDue, found, row) < 0 {
        report.add(.missing, key, "\(describe(mustBe, nextDue)) has no row in \"\(key)\".")
        nextDue += 1
      }
      while nextAll < all.count, compareKeys(all, nextAll, found, row) < 0 { nextAll += 1 }
      let isKnown = nextAll < all.count && compareKeys(all, nextAll, found, row) == 0
      let isDue = nextDue < due.count && compareKeys(due, nextDue, found, row) == 0
      defer { if isDue { nextDue += 1 } }
      if isKnown, isSame(all, nextAll, found, row) { continue }
      guard isDue else {
        // Its object is gone, or an earlier version of one that is pending is.
        withoutObject += 1
        continue
      }
      if isSame(due, nextDue, found, row) { continue }
      if schema.hidden == nil, RankedBatch.compareVersions(due, nextDue, found, row) < 0 {
        // Later than any object that is there now.
        withoutObject += 1
      } else {
        report.add(
          .outdated, key,
          "\(describe(mustBe, nextDue)) has another content in \"\(key)\" than its latest version.")
      }
    }
    while nextDue < due.count {
      report.add(.missing, key, "\(describe(mustBe, nextDue)) has no row in \"\(key)\".")
      nextDue += 1
    }
    report.checkpoints[report.checkpoints.count - 1].rowsWithoutObject = withoutObject
  }

  private func isSame(
    _ left: RankedBatch, _ leftIndex: Int, _ right: RankedBatch, _ rightIndex: Int
  ) -> Bool {
    schema.rows.fields.indices.allSatisfy {
      $0 == schema.hidden || left.word($0, leftIndex) == right.word($0, rightIndex)
    }
  }

  private func compareKeys(
    _ left: RankedBatch, _ leftIndex: Int, _ right: RankedBatch, _ rightIndex: Int
  ) -> Int {
    for field in schema.rows.order {
      let (mine, theirs) = (left.word(field, leftIndex), right.word(field, rightIndex))
      if mine != theirs { return mine < theirs ? -1 : 1 }
    }
    return 0
  }

  private func order(_ key: String, _ rows: RankedBatch, _ report: inout VerificationReport) {
    for row in 0..<max(0, rows.count - 1) {
      let order = compareKeys(rows, row, rows, row + 1)
      if order == 0 {
        report.add(
          .duplicate, key, "\(describe(rows.batch, row)) has the rows \(row) and \(row + 1).")
      } else if order > 0 {
        report.add(
          .disorder, key, "The row \(row + 1) of \"\(key)\" should come before the one before it.")
      }
    }
  }

  /// Whether rows are in the checkpoint that the template says, and none that are left out.
  private func places(_ key: String, _ batch: EventBatch, _ report: inout VerificationReport) {
    for file in FileGroups(batch, template).files where file.key != key {
      for row in file.rows {
        report.add(
          .misplaced, key,
          "\(describe(batch, row)) is in \"\(key)\" and belongs to \"\(file.key)\".")
      }
    }
    for exclusion in schema.rows.exclusions {
      guard let field = schema.rows.index(of: exclusion.field) else { continue }
      let column = batch.columns[field]
      let prefix = Array(exclusion.prefix.utf8)
      let isExcluded = (0..<column.dictionary.count).map { code in
        column.dictionary[UInt32(truncatingIfNeeded: code)].utf8.starts(with: prefix)
      }
      guard isExcluded.contains(true) else { continue }
      for row in 0..<batch.count where !column.isNull(at: row) && isExcluded[Int(column.codes[row])]
      {
        report.add(
          .excluded, key, "\(describe(batch, row)) is to be left out and is in \"\(key)\".")
      }
    }
  }

  /// An event in words: the values of its identity.
  private func describe(_ batch: EventBatch, _ row: Int) -> String {
    let values = schema.rows.identity.map { field -> String in
      let column = batch.columns[field]
      let value =
        column.string(at: row) ?? column.int32(at: row).map(String.init)
        ?? column.timestamp(at: row)?.description ?? "null"
      return "\(schema.rows.fields[field].name) \(value)"
    }
    return "The event \(values.joined(separator: ", "))"
  }
}
