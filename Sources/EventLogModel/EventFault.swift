/// One reason why an event is refused.
///
/// The message reads on from the name of the field: `module: must not be null`.
public struct EventFault: Error, Sendable, Hashable, Codable {
  /// The path of the field, such as `module` or `extra.list[3]`; empty where the fault is one of
  /// the object as a whole.
  public let field: String
  /// What kind of fault it is; stable.
  public let code: Code
  /// What is wrong, for people.
  public let message: String
  /// The value at fault, at most about 80 characters of it, with control characters escaped; nil
  /// where there is none.
  public let value: String?

  /// Describes a fault; the value is taken as it is.
  public init(field: String, code: Code, message: String, value: String? = nil) {
    self.field = field
    self.code = code
    self.message = message
    self.value = value
  }

  /// The kinds of faults. Codes are stable: programs may compare them.
  public struct Code: RawRepresentable, Sendable, Hashable, Codable {
    /// The code's text, such as `missing-field`.
    public let rawValue: String

    /// A code with a text.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    private init(_ rawValue: String) {
      self.rawValue = rawValue
    }

    // MARK: The object as a whole

    /// The input holds nothing, or only white space.
    public static let emptyInput = Code("empty-input")
    /// The input is larger than the limit.
    public static let tooLarge = Code("too-large")
    /// The input begins with a byte order mark.
    public static let byteOrderMark = Code("byte-order-mark")
    /// The input is JSON, but not an object.
    public static let notAnObject = Code("not-an-object")
    /// The input ends too early.
    public static let unexpectedEnd = Code("unexpected-end")
    /// A character stands where JSON asks for another one.
    public static let unexpectedCharacter = Code("unexpected-character")
    /// A word is not `true`, `false` or `null`.
    public static let invalidLiteral = Code("invalid-literal")
    /// A number has a leading zero or lacks digits.
    public static let invalidNumber = Code("invalid-number")
    /// A string holds a control character that is not escaped.
    public static let controlCharacter = Code("control-character")
    /// A backslash is not followed by what JSON knows.
    public static let invalidEscape = Code("invalid-escape")
    /// A `\u` escape is half of a surrogate pair.
    public static let loneSurrogate = Code("lone-surrogate")
    /// The input is not UTF-8.
    public static let invalidUTF8 = Code("invalid-utf8")
    /// Objects and arrays are nested deeper than the limit.
    public static let tooDeep = Code("too-deep")
    /// Something follows the object.
    public static let trailingContent = Code("trailing-content")
    /// There are more faults than are reported.
    public static let tooManyFaults = Code("too-many-faults")

    // MARK: Single fields

    /// A name occurs twice in one object.
    public static let duplicateField = Code("duplicate-field")
    /// The schema has no field of this name.
    public static let unknownField = Code("unknown-field")
    /// A field that is needed is not there.
    public static let missingField = Code("missing-field")
    /// A field that must not be null is null.
    public static let nullValue = Code("null-value")
    /// The value is of another JSON type.
    public static let wrongType = Code("wrong-type")
    /// The string is empty.
    public static let emptyValue = Code("empty-value")
    /// The string is none of those that are allowed.
    public static let notAllowed = Code("not-allowed")
    /// The string is too short or too long.
    public static let wrongLength = Code("wrong-length")
    /// The string holds a character that is not allowed.
    public static let invalidCharacter = Code("invalid-character")
    /// The string is not a day of the calendar.
    public static let invalidDate = Code("invalid-date")
    /// The string is not a date-time.
    public static let invalidTimestamp = Code("invalid-timestamp")
    /// The instant lies outside the years 0001 to 9999.
    public static let timestampOutOfRange = Code("timestamp-out-of-range")
    /// The number or string is not an integer.
    public static let notAnInteger = Code("not-an-integer")
    /// The integer does not fit 32 bits.
    public static let integerOutOfRange = Code("integer-out-of-range")

    // MARK: Fields together

    /// A field is null that another field's value asks for.
    public static let requiredByRule = Code("required-by-rule")
    /// A field has a value that another field's value rules out.
    public static let forbiddenByRule = Code("forbidden-by-rule")
  }
}

extension EventFault.Code: CustomStringConvertible {
  /// The code's text.
  public var description: String { rawValue }
}

extension EventFault: CustomStringConvertible {
  /// `field: message [code] (value)`.
  public var description: String {
    (field.isEmpty ? "" : "\(field): ") + "\(message) [\(code)]" + (value.map { " (\($0))" } ?? "")
  }
}
