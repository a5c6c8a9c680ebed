/// Where the checkpoints lie: a key template and, told independently of it, the key of each row.
package enum Layout: CaseIterable, Sendable {
  case one
  case byGroup
  case byYear

  package var template: String {
    switch self {
    case .one: "out/events.parquet"
    case .byGroup: "out/{study}/{datatype}/events.parquet"
    case .byYear: "out/{study}-{year}.parquet"
    }
  }

  /// The layout of a key template.
  init?(template: String) {
    guard let layout = Layout.allCases.first(where: { $0.template == template }) else { return nil }
    self = layout
  }

  package static let stateKey = "out/_state.json"
  package static let refusedPrefix = "out/_refused/"
  package static let backfillPrefix = "out/_backfill/"

  package func key(of row: ModelRow) -> String {
    let study = row.cells[ModelRow.study].description
    switch self {
    case .one: return "out/events.parquet"
    case .byGroup:
      return "out/\(study)/\(row.cells[ModelRow.datatype])/events.parquet"
    case .byYear:
      let year = ModelEvent.instants.first { .number($0.microseconds) == row.cells[14] }?.year ?? 0
      return "out/\(study)-\(year).parquet"
    }
  }

  /// Whether a key is that of a checkpoint, and not of one that was put aside.
  package static func isCheckpoint(_ key: String) -> Bool {
    key.hasSuffix(".parquet") && !key.contains("/_")
  }
}
