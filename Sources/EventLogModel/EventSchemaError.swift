/// Why an ``EventSchema`` contradicts itself.
public struct EventSchemaError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, as a sentence.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// The checks that a declaration of an event type must pass.
struct SchemaCheck {
  let fields: [EventField]
  let identity: [String]
  let order: [String]
  let group: [String]
  let eventTime: String
  let rules: [CrossFieldRule]
  let exclusions: [EventExclusion]

  func run() throws(EventSchemaError) {
    try checkFields()
    try checkNames(identity, of: "identity", mayBeEmpty: false)
    try checkNames(order, of: "order", mayBeEmpty: false)
    try checkNames(group, of: "group", mayBeEmpty: true)
    for name in identity + order where field(name)?.origin == .objectModified {
      throw EventSchemaError(
        "\"\(name)\" is not part of the event and cannot identify or order it.")
    }
    for name in group {
      try checkDecider(name, of: "The group")
    }
    guard let time = field(eventTime), time.type == .timestamp, !time.isNullable,
      time.origin == .json
    else {
      throw EventSchemaError(
        "The event time \"\(eventTime)\" is not a timestamp field that is never null.")
    }
    try checkRules()
  }

  private func field(_ name: String) -> EventField? {
    fields.first { $0.name == name }
  }

  private func checkFields() throws(EventSchemaError) {
    guard (1...1024).contains(fields.count) else {
      throw EventSchemaError("An event has 1 to 1024 fields, not \(fields.count).")
    }
    var names: Set<String> = []
    for field in fields {
      guard !field.name.isEmpty else { throw EventSchemaError("A field has no name.") }
      guard names.insert(field.name).inserted else {
        throw EventSchemaError("The field \"\(field.name)\" is declared twice.")
      }
      if field.type != .string, field.rule != .anything {
        throw EventSchemaError(
          "The rule of \"\(field.name)\" is one for strings, but it is not a string.")
      }
      if let value = field.defaultValue {
        guard field.type == .string, !field.isNullable, field.origin == .json else {
          throw EventSchemaError(
            "Only a string field that is never null can have a default, not \"\(field.name)\".")
        }
        guard field.rule.admits(value), value == value.strippingWhiteSpace() else {
          throw EventSchemaError(
            "The default \"\(value)\" of \"\(field.name)\" breaks the field's own rule.")
        }
      }
      if case .oneOf(let values) = field.rule {
        guard !values.isEmpty, Set(values).count == values.count,
          values.allSatisfy({ $0 == $0.strippingWhiteSpace() })
        else {
          throw EventSchemaError(
            "The values of \"\(field.name)\" are none, not distinct, or have white space at "
              + "their ends.")
        }
      }
      if case .printableASCII(let length) = field.rule, length.lowerBound < 0 {
        throw EventSchemaError("The length of \"\(field.name)\" cannot be negative.")
      }
      if field.origin == .objectModified, field.type != .timestamp || !field.isNullable {
        throw EventSchemaError(
          "\"\(field.name)\" holds when the source was modified and must be a nullable timestamp.")
      }
    }
    guard fields.count(where: { $0.origin == .objectModified }) <= 1 else {
      throw EventSchemaError("Only one field can hold when the source was modified.")
    }
  }

  private func checkNames(
    _ names: [String], of part: String, mayBeEmpty: Bool
  ) throws(EventSchemaError) {
    guard mayBeEmpty || !names.isEmpty else {
      throw EventSchemaError("The \(part) names no field.")
    }
    for name in names where field(name) == nil {
      throw EventSchemaError("The \(part) names \"\(name)\", which is not a field.")
    }
    guard Set(names).count == names.count else {
      throw EventSchemaError("The \(part) names a field twice.")
    }
  }

  /// A field that something depends on is a string and always there.
  private func checkDecider(_ name: String, of part: String) throws(EventSchemaError) {
    guard let field = field(name) else {
      throw EventSchemaError("\(part) names \"\(name)\", which is not a field.")
    }
    guard field.type == .string, !field.isNullable else {
      throw EventSchemaError(
        "\(part) depends on \"\(name)\", which is not a string field that is never null.")
    }
  }

  private func checkRules() throws(EventSchemaError) {
    for rule in rules {
      try checkDecider(rule.condition, of: "A rule")
      guard let target = field(rule.field) else {
        throw EventSchemaError("A rule names \"\(rule.field)\", which is not a field.")
      }
      guard target.isNullable, target.origin == .json else {
        throw EventSchemaError(
          "A rule asks something of \"\(rule.field)\", which is not a nullable field of the event.")
      }
      if field(rule.condition)?.rule.admits(rule.value) == false {
        throw EventSchemaError(
          "A rule compares \"\(rule.condition)\" with \"\(rule.value)\", which it can never be.")
      }
    }
    for exclusion in exclusions {
      try checkDecider(exclusion.field, of: "An exclusion")
      guard !exclusion.prefix.isEmpty else {
        throw EventSchemaError("An exclusion by \"\(exclusion.field)\" would leave out everything.")
      }
    }
  }
}

extension EventField.Rule {
  /// Whether a string that is stripped of white space keeps the rule.
  func admits(_ value: String) -> Bool {
    let utf8 = Array(value.utf8)
    switch self {
    case .anything: return true
    case .nonEmpty: return !utf8.isEmpty
    case .oneOf(let values): return values.contains(value)
    case .printableASCII(let length):
      return length.contains(utf8.count) && utf8.allSatisfy { (0x21...0x7E).contains($0) }
    case .calendarDate:
      return utf8.count == 10 && CivilDate.scan(utf8.span.bytes)?.isReal == true
    }
  }
}
