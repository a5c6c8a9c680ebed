/// A value of a row. Null comes first, texts compare by their bytes (they are ASCII here).
package enum Cell: Hashable, Comparable, Sendable, CustomStringConvertible {
  case null
  case number(Int64)
  case text(String)

  package var description: String {
    switch self {
    case .null: "null"
    case .number(let number): String(number)
    case .text(let text): text
    }
  }
}

/// A row of a checkpoint as the design describes it: columns, identity, order and the choice
/// between versions, written down once more and without any of the code that is tested.
package struct ModelRow: Hashable, Sendable, CustomStringConvertible {
  package static let columns = [
    "action", "study", "pipeline_adcid", "project_label", "center_label", "gear_name", "ptid",
    "naccid", "visit_date", "visit_number", "datatype", "module", "packet", "modality", "timestamp",
    "source_modified",
  ]
  static let (study, datatype, timestamp, sourceModified) = (1, 10, 14, 15)
  /// timestamp, ptid, action, then study, visit_date, datatype, module, pipeline_adcid.
  private static let order = [14, 6, 0, 1, 8, 10, 11, 2]

  /// One for each of ``columns``.
  package let cells: [Cell]
  /// What names the event; its order is that of the rows in a file.
  package let identity: [Cell]

  package init(cells: [Cell]) {
    self.cells = cells
    identity = ModelRow.order.map { cells[$0] }
  }

  /// The row with another time of modification.
  func modified(_ cell: Cell) -> ModelRow {
    var cells = cells
    cells[ModelRow.sourceModified] = cell
    return ModelRow(cells: cells)
  }

  /// Whether this version of an event gives way to another: the one modified earlier does, and in
  /// the same instant the smaller one.
  package func givesWay(to other: ModelRow) -> Bool {
    let (mine, theirs) = (cells[ModelRow.sourceModified], other.cells[ModelRow.sourceModified])
    if mine != theirs { return mine < theirs }
    return cells.lexicographicallyPrecedes(other.cells)
  }

  package var description: String {
    "[" + cells.map(\.description).joined(separator: " ") + "]"
  }
}
