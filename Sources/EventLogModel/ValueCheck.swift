/// What is wrong with a value of the right JSON type.
enum ValueProblem: Sendable, Hashable {
  case empty
  case notAllowed
  case wrongLength
  case invalidCharacter
  case malformedDate
  case noSuchDate
  case timestamp(TimestampError)
  case notAnInteger
  case integerOutOfRange

  var code: EventFault.Code {
    switch self {
    case .empty: .emptyValue
    case .notAllowed: .notAllowed
    case .wrongLength: .wrongLength
    case .invalidCharacter: .invalidCharacter
    case .malformedDate, .noSuchDate: .invalidDate
    case .timestamp(.outOfRange): .timestampOutOfRange
    case .timestamp: .invalidTimestamp
    case .notAnInteger: .notAnInteger
    case .integerOutOfRange: .integerOutOfRange
    }
  }
}

extension DecodePlan {
  /// Checks a string and narrows the staged value to what is stored of it.
  @inline(__always)
  func check(_ text: RawSpan, field: Int, _ value: inout StagedValue) -> ValueProblem? {
    let range = WhiteSpace.strippedRange(text)
    value.narrow(to: range)
    let kind = kinds[field]
    if kind == .anyString { return nil }
    return check(stripped: text.extracting(range), field: field, kind: kind, &value)
  }

  @inline(__always)
  private func check(
    stripped text: RawSpan, field: Int, kind: Field.Kind, _ value: inout StagedValue
  ) -> ValueProblem? {
    switch kind {
    case .anyString: return nil
    case .nonEmptyString: return text.isEmpty ? .empty : nil
    case .enumeration:
      return enumerations[fields[field].enumeration].code(of: text) == nil ? .notAllowed : nil
    case .printableASCII: return printableProblem(text, length: fields[field].length)
    case .calendarDate:
      guard text.byteCount == 10, let date = CivilDate.scan(text) else { return .malformedDate }
      return date.isReal ? nil : .noSuchDate
    case .timestamp:
      do throws(TimestampError) {
        value.number = try Timestamp.parse(text).microsecondsSinceEpoch
        return nil
      } catch {
        return .timestamp(error)
      }
    case .int32:
      switch DecimalInteger.readString(text) {
      case .value(let number):
        value.number = Int64(number)
        return nil
      case .outOfRange: return .integerOutOfRange
      case .notIntegral, nil: return .notAnInteger
      }
    }
  }

  @inline(__always)
  private func printableProblem(_ text: RawSpan, length: ClosedRange<Int>) -> ValueProblem? {
    var offset = 0
    while offset < text.byteCount {
      // "!" to "~".
      if text.byte(at: offset) &- 0x21 > 0x5D { return .invalidCharacter }
      offset += 1
    }
    return length.contains(text.byteCount) ? nil : .wrongLength
  }

  /// What is wrong, for people: it reads on from the field's name.
  func message(_ problem: ValueProblem, field: Int) -> String {
    switch problem {
    case .empty: return "must not be empty"
    case .notAllowed:
      let allowed = enumerations[fields[field].enumeration]
      let values = (0..<UInt32(allowed.count)).map { "\"\(allowed[$0])\"" }
      return "must be one of " + values.joined(separator: ", ")
    case .wrongLength:
      let length = fields[field].length
      return "must be \(length.lowerBound) to \(length.upperBound) characters long"
    case .invalidCharacter:
      return "must consist of printable ASCII characters without white space"
    case .malformedDate: return "must be a date of the form YYYY-MM-DD"
    case .noSuchDate: return "is not a day of the calendar, years 0001 to 9999"
    case .timestamp(let error):
      switch error {
      case .malformed:
        return "must be an ISO 8601 date-time such as 2024-01-31T09:30:00Z, with at most 9 digits "
          + "of a fraction"
      case .noSuchDate: return "names a day that is not in the calendar, years 0001 to 9999"
      case .noSuchTime: return "names a time that is not within 00:00:00 to 23:59:59"
      case .noSuchOffset: return "names an offset from UTC that is not within 23:59"
      case .outOfRange: return "is, in UTC, outside the years 0001 to 9999"
      }
    case .notAnInteger: return "must be an integer"
    case .integerOutOfRange: return "must be within \(Int32.min) to \(Int32.max)"
    }
  }
}

extension DecodePlan.Field.Kind {
  /// The JSON types that are accepted, for people.
  var jsonTypes: String {
    switch self {
    case .int32: "an integer"
    case .timestamp: "a date-time string"
    default: "a string"
    }
  }

  /// Whether the values are stored as strings.
  var isString: Bool { self != .int32 && self != .timestamp }
}

/// The type of a JSON value, by its first byte.
enum JSONKind {
  case object, array, string, number, boolean, null, other

  init(_ first: UInt8) {
    switch first {
    case UInt8(ascii: "{"): self = .object
    case UInt8(ascii: "["): self = .array
    case UInt8(ascii: "\""): self = .string
    case UInt8(ascii: "-"), 0x30...0x39: self = .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .boolean
    case UInt8(ascii: "n"): self = .null
    default: self = .other
    }
  }

  /// The type with its article.
  var name: String {
    switch self {
    case .object: "an object"
    case .array: "an array"
    case .string: "a string"
    case .number: "a number"
    case .boolean: "a boolean"
    case .null: "null"
    case .other: "something else"
    }
  }
}
