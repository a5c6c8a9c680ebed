import EventLogModel
import FoundationEssentials
import ParquetKit

/// What this program says in the footer's key-value metadata of the files that it writes.
struct CheckpointFooter {
  /// Until when the file is complete.
  let mark: CheckpointFile.Mark?
  /// The event type, by name and fingerprint.
  let schema: String?
  /// The rows of each group.
  let groups: [CheckpointState.Checkpoint.Group]?
  /// The versions that the file came from, the last one first: it holds all that they held.
  let ancestors: [ETag]

  /// The most ancestors that are written: more than runs can write between two commits of the state.
  static let maximumAncestors = 32

  private static let completeUntilKey = "event_checkpoint.complete_until"
  private static let basisKey = "event_checkpoint.basis"
  private static let schemaKey = "event_checkpoint.schema"
  private static let groupsKey = "event_checkpoint.groups"
  private static let ancestorsKey = "event_checkpoint.ancestors"
  private static let writer = "ParquetKit "

  /// Reads what a footer says; nil where another tool wrote the file: some take the metadata along
  /// while they change the rows.
  init?(_ metadata: FileMetadata) {
    guard let writer = metadata.createdBy, writer.hasPrefix(CheckpointFooter.writer) else {
      return nil
    }
    if let text = metadata.value(forKey: CheckpointFooter.completeUntilKey),
      let basis = metadata.value(forKey: CheckpointFooter.basisKey),
      let completeUntil = Timestamp(parsing: text)
    {
      mark = CheckpointFile.Mark(completeUntil: completeUntil, basis: basis)
    } else {
      mark = nil
    }
    schema = metadata.value(forKey: CheckpointFooter.schemaKey)
    groups = metadata.value(forKey: CheckpointFooter.groupsKey).flatMap { text in
      try? JSONDecoder().decode(
        [CheckpointState.Checkpoint.Group].self, from: Data(text.utf8))
    }
    let tags = metadata.value(forKey: CheckpointFooter.ancestorsKey).flatMap { text in
      try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
    ancestors = (tags ?? []).prefix(CheckpointFooter.maximumAncestors).map { ETag(rawValue: $0) }
  }

  private static func name(_ schema: EventSchema) -> String {
    "\(schema.name) \(CheckpointState.text(of: schema.fingerprint))"
  }

  /// The metadata of a file that is written.
  static func keyValues(
    schema: EventSchema, mark: CheckpointFile.Mark?,
    groups: [CheckpointState.Checkpoint.Group], ancestors: [ETag]
  ) throws -> [KeyValue] {
    var metadata: [KeyValue] = []
    if let mark {
      metadata.append(KeyValue(key: completeUntilKey, value: mark.completeUntil.description))
      metadata.append(KeyValue(key: basisKey, value: mark.basis))
    }
    metadata.append(KeyValue(key: schemaKey, value: name(schema)))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(groups), as: UTF8.self)
    metadata.append(KeyValue(key: groupsKey, value: text))
    if !ancestors.isEmpty {
      let tags = try encoder.encode(ancestors.prefix(maximumAncestors).map(\.rawValue))
      metadata.append(KeyValue(key: ancestorsKey, value: String(decoding: tags, as: UTF8.self)))
    }
    return metadata
  }

  /// How the rows of a file are spread; nil unless its columns are those that would be written now,
  /// in their order, its rows are sorted as they should be, and its numbers agree.
  func outline(
    of file: ParquetFile, schema: EventSchema, places: [Int?]
  ) -> CheckpointFile.Outline? {
    guard self.schema == CheckpointFooter.name(schema), let groups,
      places.elementsEqual(schema.fields.indices, by: { $0 == $1 }),
      let leading = schema.order.first
    else { return nil }
    let order = CheckpointWriter.sorting(schema)
    var rowGroups: [MergePlan.RowGroup] = []
    for (index, rowGroup) in file.metadata.rowGroups.enumerated() {
      guard rowGroup.sortingColumns == order, rowGroup.rowCount > 0,
        let range = try? file.ranges(rowGroup: index, columns: [leading]).first,
        let keys = KeyRange(range), keys.lowest <= keys.highest,
        rowGroups.last.map({ $0.keys.highest <= keys.lowest }) ?? true
      else { return nil }
      rowGroups.append(
        MergePlan.RowGroup(keys: keys, rows: rowGroup.rowCount, bytes: rowGroup.totalByteSize))
    }
    var stated = 0
    for group in groups {
      let (sum, overflow) = stated.addingReportingOverflow(group.rows)
      guard !overflow, group.rows > 0 else { return nil }
      stated = sum
    }
    guard stated == file.rowCount else { return nil }
    return CheckpointFile.Outline(rowGroups: rowGroups, groups: groups)
  }
}
