import EventLogModel

/// The event type of the rows in memory, which always know when their object was modified, and that
/// of the files, which need not.
///
/// Where the files do not say it, an existing row counts as modified just before the moment until
/// which its file is complete: objects from that moment on may be news, and it gives way to them.
/// Where a file does not say until when it is complete, its rows count as the oldest.
struct RowSchema: Sendable {
  /// The event type of the files.
  let file: EventSchema
  /// The event type of the rows: that of the files, and perhaps a last column more.
  let rows: EventSchema
  /// The column of the rows that files do not have.
  let hidden: Int?

  /// - Throws: ``EventSchemaError`` where no column can be added to the event type.
  init(_ file: EventSchema) throws(EventSchemaError) {
    self.file = file
    guard file.sourceModified == nil else {
      rows = file
      hidden = nil
      return
    }
    var name = "source_modified"
    while file.index(of: name) != nil { name += "_" }
    let names = { (indices: [Int]) in indices.map { file.fields[$0].name } }
    rows = try EventSchema(
      name: file.name,
      fields: file.fields + [
        EventField(name, .timestamp, isNullable: true, origin: .objectModified)
      ],
      identity: names(file.identity), order: names(file.order), group: names(file.group),
      eventTime: file.fields[file.eventTime].name, rules: file.rules, exclusions: file.exclusions)
    hidden = file.fields.count
  }

  /// The rows of a file.
  ///
  /// - Parameter completeUntil: Until when the file is complete.
  func rows(
    of batch: EventBatch, completeUntil: Timestamp?
  ) throws(EventBatchError) -> EventBatch {
    guard hidden != nil else { return batch }
    let times = [Int64](
      repeating: completeUntil.map { $0.microsecondsSinceEpoch - 1 } ?? 0, count: batch.count)
    let validity =
      completeUntil == nil ? [Bool](repeating: false, count: batch.count) : nil
    let column = EventColumn(values: .timestamp(times), validity: validity)
    return try EventBatch(schema: rows, columns: batch.columns + [column], count: batch.count)
  }

  /// The rows as a file holds them.
  func stored(_ batch: EventBatch) throws(EventBatchError) -> EventBatch {
    guard hidden != nil else { return batch }
    return try EventBatch(
      schema: file, columns: Array(batch.columns.dropLast()), count: batch.count)
  }
}
