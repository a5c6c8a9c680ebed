import EventLogModel
import ParquetKit

/// Holds what a file says of its rows against the rows: bounds and nulls of column chunks and pages,
/// and the order that is stated.
struct StatisticsVerifier {
  let file: CheckpointFile
  let key: String

  func verify(_ report: inout VerificationReport) async throws {
    let columns = Array(file.parquet.schema.columns.indices)
    for rowGroup in file.rowGroups {
      let batch = try await file.read(rowGroup: rowGroup)
      if file.outline != nil,
        file.parquet.metadata.rowGroups[rowGroup].sortingColumns
          != CheckpointWriter.sorting(file.schema)
      {
        report.add(.statistics, key, "Row group \(rowGroup) of \"\(key)\" states another order.")
      }
      let ranges: [ColumnRange]
      let pages: [[PageRange]?]
      do {
        ranges = try file.parquet.ranges(rowGroup: rowGroup, columns: columns)
        pages = try await file.parquet.pageRanges(rowGroup: rowGroup, columns: columns)
      } catch let error as ParquetError {
        report.add(
          .statistics, key,
          "The page index of row group \(rowGroup) of \"\(key)\" is damaged: \(error)")
        continue
      }
      for column in columns {
        let name = file.parquet.schema.columns[column].name
        guard let field = file.schema.index(of: name), isComparable(field, column) else { continue }
        let values = batch.columns[field]
        if !holds(ranges[column], values, 0..<batch.count) {
          report.add(
            .statistics, key,
            "The statistics of \"\(name)\" in row group \(rowGroup) of \"\(key)\" do not hold.")
        }
        for page in pages[column] ?? [] {
          guard page.rows.upperBound <= batch.count else {
            report.add(
              .statistics, key,
              "A page of \"\(name)\" in row group \(rowGroup) of \"\(key)\" ends beyond its rows.")
            continue
          }
          if !holds(page.range, values, page.rows) {
            report.add(
              .statistics, key,
              "The page index of \"\(name)\" in row group \(rowGroup) of \"\(key)\" does not hold.")
          }
        }
      }
    }
  }

  /// Whether the file's values are stored in the unit that they have here.
  private func isComparable(_ field: Int, _ column: Int) -> Bool {
    guard file.schema.fields[field].type == .timestamp else { return true }
    if case .timestamp(.microseconds, _)? = file.parquet.schema.columns[column].logicalType {
      return true
    }
    return false
  }

  private func holds(_ range: ColumnRange, _ column: EventColumn, _ rows: Range<Int>) -> Bool {
    let nulls = rows.count { column.isNull(at: $0) }
    if let stated = range.nullCount, stated != nulls { return false }
    if range.isAllNull { return nulls == rows.count }
    guard let actual = extremes(column, rows) else { return true }
    if let minimum = range.minimum, let least = key(minimum.value) {
      guard minimum.isExact ? least == actual.least : least <= actual.least else { return false }
    }
    if let maximum = range.maximum, let greatest = key(maximum.value) {
      guard maximum.isExact ? greatest == actual.greatest : greatest >= actual.greatest else {
        return false
      }
    }
    return true
  }

  private func key(_ value: BoundValue) -> LeadingKey? {
    switch value {
    case .signed(let number): .number(number)
    case .bytes(let bytes): .bytes(bytes)
    default: nil
    }
  }

  private func extremes(
    _ column: EventColumn, _ rows: Range<Int>
  ) -> (least: LeadingKey, greatest: LeadingKey)? {
    if column.type == .string {
      // Each different string once.
      var isUsed = [Bool](repeating: false, count: column.dictionary.count)
      for row in rows where !column.isNull(at: row) { isUsed[Int(column.codes[row])] = true }
      let (bytes, offsets) = (column.dictionary.bytes, column.dictionary.offsets)
      let used = isUsed.indices.filter { isUsed[$0] }
        .map { bytes[Int(offsets[$0])..<Int(offsets[$0 + 1])] }
      guard let least = used.min(by: { $0.lexicographicallyPrecedes($1) }),
        let greatest = used.max(by: { $0.lexicographicallyPrecedes($1) })
      else { return nil }
      return (.bytes(Array(least)), .bytes(Array(greatest)))
    }
    var extremes: (least: Int64, greatest: Int64)?
    for row in rows where !column.isNull(at: row) {
      let value = column.type == .int32 ? Int64(column.int32s[row]) : column.timestamps[row]
      guard let known = extremes else {
        extremes = (value, value)
        continue
      }
      extremes = (min(known.least, value), max(known.greatest, value))
    }
    return extremes.map { (.number($0.least), .number($0.greatest)) }
  }
}
