/// The declaration of an event type: its fields in column order, the rules between them, and what
/// makes two events the same, sorts them and groups them.
///
/// Validation, the columns of an ``EventBatch``, the exported JSON Schema and the checkpoint files
/// all follow from this value, so a new column is one line of it.
public struct EventSchema: Sendable, Hashable {
  /// The name of the event type, such as `visit-event`.
  public let name: String
  /// What the event type is, for people.
  public let summary: String
  /// The fields, in column order.
  public let fields: [EventField]
  /// The fields that make an event the same as another one, as indices into ``fields``. Null
  /// equals null.
  public let identity: [Int]
  /// The fields that events are sorted by, first the most significant; it covers the identity,
  /// so that the order is total. Null comes first.
  public let order: [Int]
  /// The string fields, never null, by which events are grouped.
  public let group: [Int]
  /// The timestamp field, never null, that says when the event happened.
  public let eventTime: Int
  /// The rules between fields.
  public let rules: [CrossFieldRule]
  /// Which valid events are left out.
  public let exclusions: [EventExclusion]
  /// The field that holds the time at which the source object was modified, if there is one.
  public let sourceModified: Int?
  /// A hash of everything but the summaries, the same in every process: two schemas of one
  /// fingerprint accept the same events and give the same columns.
  public let fingerprint: UInt64

  /// Declares an event type.
  ///
  /// - Parameters:
  ///   - name: The name of the event type.
  ///   - summary: What it is, for people.
  ///   - fields: The fields in column order.
  ///   - identity: The names of the fields that identify an event.
  ///   - order: The names of the fields that events are sorted by; those of the identity that are
  ///     not named follow in their order.
  ///   - group: The names of the string fields that events are grouped by.
  ///   - eventTime: The name of the timestamp field that says when the event happened.
  ///   - rules: The rules between fields.
  ///   - exclusions: Which valid events are left out.
  /// - Throws: ``EventSchemaError`` where a name is unknown, a column is declared twice or a
  ///   declaration contradicts another one.
  public init(
    name: String, summary: String = "", fields: [EventField], identity: [String],
    order: [String], group: [String], eventTime: String, rules: [CrossFieldRule] = [],
    exclusions: [EventExclusion] = []
  ) throws(EventSchemaError) {
    try SchemaCheck(
      fields: fields, identity: identity, order: order, group: group, eventTime: eventTime,
      rules: rules, exclusions: exclusions
    ).run()
    self.init(
      checkedName: name, summary: summary, fields: fields, identity: identity, order: order,
      group: group, eventTime: eventTime, rules: rules, exclusions: exclusions)
  }

  /// Takes a declaration that is known to be right; a name that is not found is left out.
  init(
    checkedName name: String, summary: String, fields: [EventField], identity: [String],
    order: [String], group: [String], eventTime: String, rules: [CrossFieldRule],
    exclusions: [EventExclusion]
  ) {
    func indices(_ names: [String]) -> [Int] {
      names.compactMap { name in fields.firstIndex { $0.name == name } }
    }
    self.name = name
    self.summary = summary
    self.fields = fields
    self.identity = indices(identity)
    self.order = indices(order + identity.filter { !order.contains($0) })
    self.group = indices(group)
    self.eventTime = indices([eventTime]).first ?? 0
    self.rules = rules
    self.exclusions = exclusions
    sourceModified = fields.firstIndex { $0.origin == .objectModified }
    fingerprint = SchemaFingerprint.make(
      name: name, fields: fields, identity: self.identity, order: self.order, group: self.group,
      eventTime: self.eventTime, rules: rules, exclusions: exclusions)
  }

  /// The index of the field with a name.
  public func index(of name: String) -> Int? {
    fields.firstIndex { $0.name == name }
  }

  /// The same event type without the column for the time at which the source was modified.
  public func withoutSourceModified() -> EventSchema {
    EventSchema(
      checkedName: name, summary: summary, fields: fields.filter { $0.origin == .json },
      identity: identity.map { fields[$0].name }, order: order.map { fields[$0].name },
      group: group.map { fields[$0].name }, eventTime: fields[eventTime].name, rules: rules,
      exclusions: exclusions)
  }
}

extension EventSchema {
  /// Whether two declarations are the same but for their summaries.
  public static func == (left: EventSchema, right: EventSchema) -> Bool {
    left.fingerprint == right.fingerprint
  }

  /// Hashes the fingerprint.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(fingerprint)
  }
}

/// A rule that ties one field to the value of another one.
public struct CrossFieldRule: Sendable, Hashable {
  /// What is asked of ``field``.
  public enum Requirement: String, Sendable, Hashable {
    /// It must be there and not be null.
    case present
    /// It must be absent or null.
    case null
  }

  /// The nullable field that something is asked of.
  public let field: String
  /// What is asked of it.
  public let requirement: Requirement
  /// The string field, never null, that decides whether the rule holds.
  public let condition: String
  /// The value that ``condition`` is compared with.
  public let value: String
  /// Whether the rule holds where the two are equal (true) or where they differ (false).
  public let holdsWhenEqual: Bool

  /// The field must not be null when another one has a value.
  public static func require(
    _ field: String, when condition: String, is value: String
  ) -> CrossFieldRule {
    CrossFieldRule(
      field: field, requirement: .present, condition: condition, value: value,
      holdsWhenEqual: true)
  }

  /// The field must be null when another one has a value.
  public static func forbid(
    _ field: String, when condition: String, is value: String
  ) -> CrossFieldRule {
    CrossFieldRule(
      field: field, requirement: .null, condition: condition, value: value, holdsWhenEqual: true)
  }

  /// The field must not be null unless another one has a value.
  public static func require(
    _ field: String, unless condition: String, is value: String
  ) -> CrossFieldRule {
    CrossFieldRule(
      field: field, requirement: .present, condition: condition, value: value,
      holdsWhenEqual: false)
  }

  /// The field must be null unless another one has a value.
  public static func forbid(
    _ field: String, unless condition: String, is value: String
  ) -> CrossFieldRule {
    CrossFieldRule(
      field: field, requirement: .null, condition: condition, value: value,
      holdsWhenEqual: false)
  }
}

/// Valid events that are left out: those whose field begins with a text.
public struct EventExclusion: Sendable, Hashable {
  /// The string field that decides.
  public let field: String
  /// What its value begins with.
  public let prefix: String
  /// Why such events are left out, for people.
  public let reason: String

  /// Leaves out the events whose field begins with a prefix.
  public init(field: String, prefix: String, reason: String) {
    self.field = field
    self.prefix = prefix
    self.reason = reason
  }
}
