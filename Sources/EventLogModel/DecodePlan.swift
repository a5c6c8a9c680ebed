/// A schema, laid out for decoding: names in a table, rules as bytes.
struct DecodePlan: Sendable {
  /// One field as the decoder sees it.
  struct Field: Sendable {
    /// What to do with the value.
    enum Kind: UInt8, Sendable {
      case anyString, nonEmptyString, enumeration, printableASCII, calendarDate, int32, timestamp
    }

    let name: String
    let kind: Kind
    let isNullable: Bool
    /// Whether the values come from the JSON.
    let isInJSON: Bool
    /// For an enumeration, its index in ``DecodePlan/enumerations``.
    let enumeration: Int
    let length: ClosedRange<Int>
    /// What an absent field stands for.
    let defaultValue: [UInt8]?
  }

  /// A rule between fields.
  struct Rule: Sendable {
    let field: Int
    let requirement: CrossFieldRule.Requirement
    let condition: Int
    let value: [UInt8]
    let holdsWhenEqual: Bool
    /// When the rule holds, for people: `datatype is "form"`.
    let occasion: String
  }

  /// A prefix that leaves an event out.
  struct Exclusion: Sendable {
    let field: Int
    let prefix: [UInt8]
  }

  let fields: [Field]
  /// The kind of each field and whether it may be null, apart from ``fields`` because every value
  /// asks for them.
  let kinds: [Field.Kind]
  let isNullable: [Bool]
  let enumerations: [StringDictionary]
  let rules: [Rule]
  let exclusions: [Exclusion]
  /// The names of the fields that are in the JSON.
  let names: StringDictionary
  /// The number of ``names``, or 0 where one of them holds what JSON escapes: up to this one a name
  /// can be compared with the bytes of the input.
  let plainNames: UInt32
  /// For each entry of ``names``, the index of the field.
  let fieldOfName: [Int]
  let sourceModified: Int?

  init(_ schema: EventSchema) {
    var enumerations: [StringDictionary] = []
    var names = StringDictionary()
    var fieldOfName: [Int] = []
    var fields: [Field] = []
    for (index, field) in schema.fields.enumerated() {
      if field.origin == .json {
        names.insertDistinct(field.name)
        fieldOfName.append(index)
      }
      var kind: Field.Kind =
        switch field.type {
        case .string: .anyString
        case .int32: .int32
        case .timestamp: .timestamp
        }
      var length = 0...Int.max
      var enumeration = 0
      if field.type == .string {
        switch field.rule {
        case .anything: break
        case .nonEmpty: kind = .nonEmptyString
        case .calendarDate: kind = .calendarDate
        case .printableASCII(let range):
          kind = .printableASCII
          length = range
        case .oneOf(let values):
          kind = .enumeration
          enumeration = enumerations.count
          var dictionary = StringDictionary()
          for value in values { dictionary.insertDistinct(value) }
          enumerations.append(dictionary)
        }
      }
      fields.append(
        Field(
          name: field.name, kind: kind, isNullable: field.isNullable,
          isInJSON: field.origin == .json, enumeration: enumeration, length: length,
          defaultValue: field.defaultValue.map { Array($0.utf8) }))
    }
    self.fields = fields
    kinds = fields.map(\.kind)
    isNullable = fields.map(\.isNullable)
    self.enumerations = enumerations
    self.names = names
    let arePlain = names.bytes.allSatisfy { byte in
      byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
    plainNames = arePlain ? UInt32(names.count) : 0
    self.fieldOfName = fieldOfName
    sourceModified = schema.sourceModified
    rules = schema.rules.compactMap { rule in
      guard let field = schema.index(of: rule.field),
        let condition = schema.index(of: rule.condition)
      else { return nil }
      return Rule(
        field: field, requirement: rule.requirement, condition: condition,
        value: Array(rule.value.utf8), holdsWhenEqual: rule.holdsWhenEqual,
        occasion: "\(rule.condition) is \(rule.holdsWhenEqual ? "" : "not ")\"\(rule.value)\"")
    }
    exclusions = schema.exclusions.compactMap { exclusion in
      schema.index(of: exclusion.field).map {
        Exclusion(field: $0, prefix: Array(exclusion.prefix.utf8))
      }
    }
  }
}

extension StringDictionary {
  /// Adds a string of a schema, which is far too short to fill the dictionary.
  fileprivate mutating func insertDistinct(_ value: String) {
    _ = try? intern(value)
  }
}
