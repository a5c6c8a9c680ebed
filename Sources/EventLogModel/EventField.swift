/// One field of an event, and the column that it becomes.
public struct EventField: Sendable, Hashable {
  /// What the values of a field are.
  public enum ValueType: String, Sendable, Hashable, CaseIterable {
    /// UTF-8, stripped of white space (Unicode White_Space) at both ends.
    case string
    /// A 32-bit signed integer.
    case int32
    /// Microseconds since 1970-01-01T00:00:00Z: see ``Timestamp``.
    case timestamp
  }

  /// What a string must be, beyond being a string.
  public enum Rule: Sendable, Hashable {
    /// Any value of the type.
    case anything
    /// At least one character.
    case nonEmpty
    /// One of these strings.
    case oneOf([String])
    /// A number of characters within the range, all of them ASCII `!` to `~`.
    case printableASCII(length: ClosedRange<Int>)
    /// `YYYY-MM-DD`, a day that the calendar has, in the years 0001 to 9999.
    case calendarDate
  }

  /// Where the values come from.
  public enum Origin: Sendable, Hashable {
    /// From the field of the same name in the JSON object.
    case json
    /// The time at which the object that the row came from was modified; not in the JSON.
    case objectModified
  }

  /// The name, in the JSON and of the column.
  public let name: String
  /// What the values are.
  public let type: ValueType
  /// Whether the field may be null; null and absent mean the same.
  public let isNullable: Bool
  /// What a string must be.
  public let rule: Rule
  /// What an absent field stands for; the field may then be left out, but not be null.
  public let defaultValue: String?
  /// Where the values come from.
  public let origin: Origin
  /// What the field means, for people.
  public let summary: String

  /// Declares a field.
  ///
  /// - Parameters:
  ///   - name: The name, in the JSON and of the column.
  ///   - type: What the values are.
  ///   - isNullable: Whether the field may be null or absent.
  ///   - rule: What a string must be; only `.anything` for other types.
  ///   - defaultValue: What an absent string field stands for.
  ///   - origin: Where the values come from.
  ///   - summary: What the field means, for people.
  public init(
    _ name: String, _ type: ValueType, isNullable: Bool = false, rule: Rule = .anything,
    defaultValue: String? = nil, origin: Origin = .json, summary: String = ""
  ) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
    self.rule = rule
    self.defaultValue = defaultValue
    self.origin = origin
    self.summary = summary
  }
}
