import EventLogModel

/// The rows of a batch by the checkpoint that they belong to.
struct FileGroups {
  struct File: Sendable {
    /// The key of the checkpoint.
    let key: String
    /// Rows of the batch, ascending.
    var rows: [Int] = []
  }

  /// The checkpoints, ordered by key.
  private(set) var files: [File]

  init(_ batch: EventBatch, _ template: KeyTemplate) {
    var files: [File] = []
    var byKey: [String: Int] = [:]
    var byCode: [[UInt32]: Int] = [:]
    let hasDate = template.hasYear || template.hasMonth
    let times = batch.columns[batch.schema.eventTime].timestamps
    // Neighbours are often of one file, which spares most look-ups.
    var code: [UInt32] = []
    var last: (code: [UInt32], file: Int)?
    for row in 0..<batch.count {
      let time = Timestamp(microsecondsSinceEpoch: times[row])
      code.removeAll(keepingCapacity: true)
      for field in template.fields { code.append(batch.columns[field].codes[row]) }
      if hasDate {
        let date = time.date
        code.append(UInt32(truncatingIfNeeded: date.year * 12 + date.month))
      }
      if let last, last.code == code {
        files[last.file].rows.append(row)
        continue
      }
      let file: Int
      if let known = byCode[code] {
        file = known
      } else {
        let values = template.fields.map { batch.columns[$0].string(at: row) ?? "" }
        let key = template.key(values: values, eventTime: time)
        // A dictionary may hold a string twice, under two codes.
        file = byKey[key] ?? files.count
        if file == files.count { files.append(File(key: key)) }
        byKey[key] = file
        byCode[code] = file
      }
      files[file].rows.append(row)
      last = (code, file)
    }
    self.files = files.sorted { ObjectKey.precedes($0.key, $1.key) }
  }

  /// Leaves out the checkpoints that hold none of some groups.
  ///
  /// - Parameters:
  ///   - groups: The groups that are wanted; nil for all.
  ///   - batch: The rows.
  ///   - known: What the state says of checkpoints: these may hold a group that has no new rows.
  /// - Returns: The rows that are left out.
  mutating func select(
    _ groups: Set<[String]>?, of batch: EventBatch, known: [CheckpointState.Checkpoint]
  ) -> [Int] {
    guard let groups else { return [] }
    let named = Set(known.filter { $0.holds(groups) }.map(\.key))
    let columns = batch.schema.group.map { batch.columns[$0] }
    func isWanted(_ file: File) -> Bool {
      named.contains(file.key)
        || file.rows.contains { row in
          groups.contains(columns.map { $0.string(at: row) ?? "" })
        }
    }
    let rows = files.filter { !isWanted($0) }.flatMap(\.rows)
    files.removeAll { !isWanted($0) }
    return rows
  }
}
