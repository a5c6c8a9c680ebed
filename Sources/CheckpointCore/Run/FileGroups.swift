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
  let files: [File]

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
}
