import ArgumentParser
import FoundationEssentials
import ParquetKit

/// `event-checkpoint parquet schema`: names and types.
struct ParquetSchemaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Show the schema of a Parquet file.")

  @OptionGroup var parquet: ParquetFileArguments

  @Flag(name: .long, help: "One JSON object with a list of the columns.")
  var json = false

  func run() async throws {
    try await parquet.with { parquet in try print(parquet) }
  }

  private func print(_ parquet: ParquetFile) throws {
    var output = StandardOutput()
    if json {
      let report = ["columns": parquet.schema.columns.map(ColumnReport.init)]
      try output.writeJSON(report)
    } else {
      var lines = SchemaText(elements: parquet.schema.elements)
      output.write(lines.text())
    }
    output.flush()
  }
}

/// A column as `schema --json` and `meta --json` show it.
struct ColumnReport: Encodable {
  let name: String
  let type: String
  let typeLength: Int?
  let logicalType: String?
  let repetition: String
  let maxDefinitionLevel: Int
  let maxRepetitionLevel: Int

  init(_ column: ColumnDescriptor) {
    name = column.name
    type = column.physicalType.name
    typeLength = column.physicalType == .fixedLengthByteArray ? column.typeLength : nil
    logicalType = column.logicalType?.name
    repetition = SchemaText.name(column.repetition)
    maxDefinitionLevel = column.maximumDefinitionLevel
    maxRepetitionLevel = column.maximumRepetitionLevel
  }

  enum CodingKeys: String, CodingKey {
    case name, type
    case typeLength = "type_length"
    case logicalType = "logical_type"
    case repetition
    case maxDefinitionLevel = "max_definition_level"
    case maxRepetitionLevel = "max_repetition_level"
  }
}

/// The schema tree in the notation of Dremel and parquet-mr: `required binary ptid (STRING);`.
struct SchemaText {
  private let elements: [SchemaElement]
  private var next = 0

  init(elements: [SchemaElement]) {
    self.elements = elements
  }

  mutating func text() -> String {
    guard let root = elements.first else { return "" }
    next = 1
    var text = "message \(root.name) {\n"
    for _ in 0..<root.childCount { text += element(indent: "  ") }
    return text + "}\n"
  }

  private mutating func element(indent: String) -> String {
    guard next < elements.count else { return "" }
    let element = elements[next]
    next += 1
    let repetition = element.repetition.map { Self.name($0) } ?? "required"
    let annotation = element.logicalType.map { " (\($0.name))" } ?? ""
    guard let type = element.type else {
      var text = "\(indent)\(repetition) group \(element.name)\(annotation) {\n"
      for _ in 0..<element.childCount { text += self.element(indent: indent + "  ") }
      return text + "\(indent)}\n"
    }
    let length = type == .fixedLengthByteArray ? "(\(element.typeLength ?? 0))" : ""
    return "\(indent)\(repetition) \(Self.name(type))\(length) \(element.name)\(annotation);\n"
  }

  static func name(_ repetition: SchemaElement.Repetition) -> String {
    switch repetition {
    case .required: "required"
    case .optional: "optional"
    case .repeated: "repeated"
    }
  }

  private static func name(_ type: PhysicalType) -> String {
    switch type {
    case .byteArray: "binary"
    case .fixedLengthByteArray: "fixed_len_byte_array"
    default: type.name.lowercased()
    }
  }
}
