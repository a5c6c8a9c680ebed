/// A file's columns: the leaves of its schema tree, in order.
public struct ParquetSchema: Sendable, Hashable {
  /// Leaves of the tree; a column chunk's position in a row group is its index here.
  public let columns: [ColumnDescriptor]
  /// The tree as the footer lists it, depth first, the root included.
  public let elements: [SchemaElement]

  /// A flat schema: every column is required or optional, none is nested or repeated.
  ///
  /// - Throws: `invalidArgument` when there is no column, two have the same name, a column is
  ///   repeated, or a type and its annotation contradict one another.
  public init(_ columns: [ColumnDescriptor]) throws(ParquetError) {
    if columns.isEmpty {
      throw ParquetError(.invalidArgument, "A Parquet schema needs at least one column.")
    }
    var names: Set<String> = []
    for column in columns {
      guard names.insert(column.name).inserted else {
        throw ParquetError(.invalidArgument, "There are two columns named \"\(column.name)\".")
      }
      try column.validate()
    }
    self.columns = columns
    var elements = [
      SchemaElement(
        type: nil, typeLength: nil, repetition: nil, name: "schema", childCount: columns.count,
        logicalType: nil, fieldID: nil)
    ]
    elements += columns.map(\.element)
    self.elements = elements
  }

  /// The schema that a footer states.
  init(elements: [SchemaElement]) throws(ParquetError) {
    guard let root = elements.first else {
      throw ParquetError(.corrupt, "The footer's schema is empty.")
    }
    var builder = TreeWalk(elements: elements)
    for _ in 0..<root.childCount {
      try builder.walk(path: [], definitionLevel: 0, repetitionLevel: 0)
    }
    guard builder.next == elements.count else {
      throw ParquetError(
        .corrupt,
        "The footer's schema has \(elements.count - builder.next) elements that belong to no group."
      )
    }
    self.columns = builder.columns
    self.elements = elements
  }

  /// The index of the column with this path (its parts joined by dots), or nil.
  public func index(of path: String) -> Int? {
    columns.firstIndex { $0.name == path }
  }
}

/// Walks a depth-first list of schema elements and collects the leaves.
private struct TreeWalk {
  private static let maximumDepth = 64

  let elements: [SchemaElement]
  var next = 1
  var columns: [ColumnDescriptor] = []

  mutating func walk(
    path: [String], definitionLevel: Int, repetitionLevel: Int
  ) throws(ParquetError) {
    guard next < elements.count else {
      throw ParquetError(
        .corrupt, "A group of the footer's schema states more children than there are elements.")
    }
    guard path.count < Self.maximumDepth else {
      throw ParquetError(
        .limitExceeded, "The schema is nested more than \(Self.maximumDepth) groups deep.")
    }
    let element = elements[next]
    next += 1
    let path = path + [element.name]
    let repetition = element.repetition ?? .required
    let definitionLevel = definitionLevel + (repetition == .required ? 0 : 1)
    let repetitionLevel = repetitionLevel + (repetition == .repeated ? 1 : 0)
    if element.childCount > 0 {
      for _ in 0..<element.childCount {
        try walk(path: path, definitionLevel: definitionLevel, repetitionLevel: repetitionLevel)
      }
      return
    }
    guard let type = element.type else {
      // A group without children has no values; some writers produce them for empty structs.
      return
    }
    columns.append(
      try ColumnDescriptor(
        path: path, element: element, type: type, maximumDefinitionLevel: definitionLevel,
        maximumRepetitionLevel: repetitionLevel))
  }
}
