extension EventSchema {
  /// The event type as a JSON Schema (draft 2020-12), indented, in a fixed order.
  ///
  /// A document is valid by it exactly when ``EventDecoder`` accepts the event (or leaves it out),
  /// but for what a JSON Schema cannot say: that no name occurs twice in an object, the limits on
  /// size and depth, and that an instant at the very ends of the years 0001 and 9999 stays within
  /// them when its offset from UTC is applied.
  ///
  /// - Parameter unknownFields: Whether the schema forbids other fields.
  public func jsonSchema(
    unknownFields: EventDecoder.UnknownFieldPolicy = .refuse
  ) -> String {
    let inputs = fields.filter { $0.origin == .json }
    var members: [(String, JSONTree)] = [
      ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      ("$id", .string("urn:event-log-checkpoint:\(name)")),
      ("title", .string(name)),
    ]
    if !summary.isEmpty { members.append(("description", .string(summary))) }
    members.append(("type", .string("object")))
    members.append(
      ("properties", .object(inputs.map { ($0.name, JSONSchemaExport.property($0)) })))
    let required = inputs.filter { !$0.isNullable && $0.defaultValue == nil }
    members.append(("required", .array(required.map { .string($0.name) })))
    if unknownFields == .refuse { members.append(("additionalProperties", .boolean(false))) }
    if !rules.isEmpty {
      members.append(("allOf", .array(rules.map { JSONSchemaExport.rule($0, in: self) })))
    }
    var text = ""
    JSONTree.object(members).write(into: &text, indentation: 0)
    return text + "\n"
  }
}

/// The parts of a JSON Schema that fields and rules become.
enum JSONSchemaExport {
  static func property(_ field: EventField) -> JSONTree {
    var members: [(String, JSONTree)] = []
    if !field.summary.isEmpty { members.append(("description", .string(field.summary))) }
    if let value = field.defaultValue { members.append(("default", .string(value))) }
    switch field.type {
    case .string: members += string(field)
    case .int32: members.append(("anyOf", .array(integer + (field.isNullable ? [null] : []))))
    case .timestamp:
      members.append(type(["string"], orNull: field.isNullable))
      members.append(("pattern", .string(RegularExpression.timestamp)))
    }
    return .object(members)
  }

  private static func string(_ field: EventField) -> [(String, JSONTree)] {
    let type = type(["string"], orNull: field.isNullable)
    switch field.rule {
    case .anything: return [type]
    case .nonEmpty:
      return [type, ("pattern", .string(RegularExpression.notWhiteSpace))]
    case .printableASCII(let length):
      let most = length.upperBound == .max ? "" : "\(length.upperBound)"
      let pattern = "[!-~]{\(length.lowerBound),\(most)}"
      return [type, ("pattern", .string(RegularExpression.surroundedByWhiteSpace(pattern)))]
    case .calendarDate:
      return [
        type,
        ("pattern", .string(RegularExpression.surroundedByWhiteSpace(RegularExpression.date))),
      ]
    case .oneOf(let values):
      // The enumeration is there for people and code generators; the pattern says the same, and
      // allows white space around.
      var choices: [JSONTree] = [
        .object([("enum", .array(values.map { .string($0) }))]),
        .object([
          ("type", .string("string")), ("pattern", .string(RegularExpression.oneOf(values))),
        ]),
      ]
      if field.isNullable { choices.append(null) }
      return [("anyOf", .array(choices))]
    }
  }

  private static let null = JSONTree.object([("type", .string("null"))])

  private static let integer: [JSONTree] = [
    .object([
      ("type", .string("integer")), ("minimum", .integer(Int(Int32.min))),
      ("maximum", .integer(Int(Int32.max))),
    ]),
    .object([
      ("type", .string("string")), ("pattern", .string(RegularExpression.int32)),
    ]),
  ]

  private static func type(_ names: [String], orNull: Bool) -> (String, JSONTree) {
    if !orNull, names.count == 1 { return ("type", .string(names[0])) }
    return ("type", .array((names + (orNull ? ["null"] : [])).map { .string($0) }))
  }

  static func rule(_ rule: CrossFieldRule, in schema: EventSchema) -> JSONTree {
    var matches = JSONTree.object([
      ("type", .string("string")),
      ("pattern", .string(RegularExpression.oneOf([rule.value]))),
    ])
    if !rule.holdsWhenEqual {
      matches = .object([("type", .string("string")), ("not", matches)])
    }
    var condition: [(String, JSONTree)] = [
      ("properties", .object([(rule.condition, matches)]))
    ]
    // An absent field has its default: it must be there for the rule to hold unless the default
    // does what the rule asks.
    let defaultValue = schema.index(of: rule.condition).flatMap { schema.fields[$0].defaultValue }
    let holdsWhenAbsent = defaultValue.map { ($0 == rule.value) == rule.holdsWhenEqual } ?? false
    if !holdsWhenAbsent { condition.append(("required", .array([.string(rule.condition)]))) }

    let consequence: JSONTree =
      switch rule.requirement {
      case .present:
        .object([
          ("properties", .object([(rule.field, .object([("not", null)]))])),
          ("required", .array([.string(rule.field)])),
        ])
      case .null: .object([("properties", .object([(rule.field, null)]))])
      }
    return .object([("if", .object(condition)), ("then", consequence)])
  }
}
