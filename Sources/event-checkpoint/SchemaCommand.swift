import ArgumentParser
import EventLogModel

/// Shows the event schema.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Show the fields of an event and their rules.",
    discussion: """
      Without an option, a table for people. With --json-schema, the same as a JSON Schema (draft
      2020-12), which any validator of JSON Schema can use.

      EXAMPLES
        event-checkpoint schema
        event-checkpoint schema --json-schema > visit-event.schema.json
      """)

  @Flag(name: .long, help: "Print a JSON Schema (draft 2020-12).")
  var jsonSchema = false

  func run() {
    let schema = EventSchema.visitEvent
    print(jsonSchema ? schema.jsonSchema() : schema.table, terminator: "")
  }
}

extension EventSchema {
  /// The schema as a text for people.
  fileprivate var table: String {
    var table = TextTable(["COLUMN", "TYPE", "NULL", "RULE"])
    for field in fields {
      table.append([field.name, field.typeName, field.isNullable ? "yes" : "no", ruleText(field)])
    }
    var text = "\(name): \(summary)\n\n\(table)"
    text += "\nidentity  \(names(identity))\norder     \(names(order))\ngroup     \(names(group))\n"
    for exclusion in exclusions {
      text += "left out  \(exclusion.field) begins with \"\(exclusion.prefix)\"\n"
    }
    return text
  }

  private func names(_ indices: [Int]) -> String {
    indices.map { fields[$0].name }.joined(separator: ", ")
  }

  private func ruleText(_ field: EventField) -> String {
    var parts: [String] = []
    if field.origin == .objectModified {
      parts.append("not in the JSON: when the object was last modified")
    } else {
      parts.append(field.ruleText)
    }
    if let value = field.defaultValue { parts.append("absent means \(value)") }
    for rule in rules where rule.field == field.name {
      parts.append(
        (rule.requirement == .present ? "required" : "must be null") + " when \(rule.condition) is "
          + (rule.holdsWhenEqual ? "" : "not ") + rule.value)
    }
    return parts.joined(separator: "; ")
  }
}

extension EventField {
  fileprivate var typeName: String {
    switch type {
    case .string: "string"
    case .int32: "int32"
    case .timestamp: "timestamp(us, UTC)"
    }
  }

  fileprivate var ruleText: String {
    switch (type, rule) {
    case (.int32, _): "an integer, also as 42.0 or \"42\""
    case (.timestamp, _): "an ISO 8601 date-time"
    case (_, .anything): "any string"
    case (_, .nonEmpty): "not empty"
    case (_, .oneOf(let values)): "one of " + values.joined(separator: ", ")
    case (_, .printableASCII(let length)):
      "\(length.lowerBound) to \(length.upperBound) printable ASCII characters, no white space"
    case (_, .calendarDate): "YYYY-MM-DD, a day of the calendar"
    }
  }
}
