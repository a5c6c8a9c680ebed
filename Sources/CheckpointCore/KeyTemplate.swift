public import EventLogModel

/// The key of a checkpoint with placeholders for values of its events, such as
/// `{study}/{datatype}/events-{year}.parquet`: one file for each combination of their values.
///
/// Placeholders are the group fields of the schema, and `{year}` and `{month}` of the event's
/// timestamp in UTC. A value keeps `A-Z a-z 0-9 _ . -`; every other byte of its UTF-8 becomes `%`
/// and two hexadecimal digits, and so do, where they could be mistaken,
/// - a value that is `.` or `..` (all of it), and an empty one becomes `%empty`;
/// - a `_` or `.` that begins a segment of the key, since query engines pass over such files;
/// - the separator that divides a value from the next placeholder.
///
/// What would have more than 200 bytes is cut off, and ends with `%x` and a hash of the value: neither
/// a file's name nor a key may be as long as a value can be.
///
/// So no value leaves or collapses its directory, and different values never give the same key.
public struct KeyTemplate: Sendable, Hashable {
  /// The template as it was written.
  public let text: String
  /// The literal beginning up to and with the last `/` before the first placeholder, or empty:
  /// where the state and the reports lie.
  public let directory: String
  /// The string fields that occur, as indices into the fields of the schema, ascending.
  public let fields: [Int]
  /// Whether `{year}` occurs.
  public let hasYear: Bool
  /// Whether `{month}` occurs.
  public let hasMonth: Bool
  private let parts: [Part]

  private enum Part: Sendable, Hashable {
    case literal(String)
    /// - separator: a byte that must not occur in the value, since it ends it.
    /// - beginsSegment: whether the value stands behind a `/` or at the beginning.
    case field(Int, separator: UInt8?, beginsSegment: Bool)
    case year
    case month
  }

  private enum Token {
    case literal(String)
    case placeholder(String)
  }

  /// Reads a template.
  ///
  /// - Parameters:
  ///   - text: A key relative to the store's root.
  ///   - schema: Whose group fields may occur.
  /// - Throws: ``KeyTemplateError`` for an unknown placeholder, an unbalanced brace, text that
  ///   cannot be a key, and placeholders that run into each other.
  public init(_ text: String, schema: EventSchema) throws(KeyTemplateError) {
    let names = schema.group.map { schema.fields[$0].name } + ["year", "month"]
    let tokens = try KeyTemplate.tokens(of: text, known: names)
    var parts: [Part] = []
    var fields: Set<Int> = []
    var beginsSegment = true
    for (index, token) in tokens.enumerated() {
      switch token {
      case .literal(let literal):
        parts.append(.literal(literal))
        beginsSegment = literal.utf8.last == UInt8(ascii: "/")
      case .placeholder(let name):
        // Two group fields can be called like the parts of a date; the field then goes first.
        if let field = schema.group.first(where: { schema.fields[$0].name == name }) {
          let separator = try KeyTemplate.separator(after: index, in: tokens, name: name)
          parts.append(.field(field, separator: separator, beginsSegment: beginsSegment))
          fields.insert(field)
        } else {
          parts.append(name == "year" ? .year : .month)
        }
        beginsSegment = false
      }
    }
    self.text = text
    self.parts = parts
    self.fields = fields.sorted()
    hasYear = parts.contains(.year)
    hasMonth = parts.contains(.month)
    if case .literal(let literal)? = parts.first {
      directory = String(ObjectKey.directory(literal))
    } else {
      directory = ""
    }
    // With harmless values in the places of the placeholders the whole must be a key.
    let sample = parts.map { part in
      switch part {
      case .literal(let literal): literal
      case .field: "x"
      case .year: "2000"
      case .month: "01"
      }
    }.joined()
    do {
      try ObjectKey.check(sample)
    } catch {
      throw KeyTemplateError(.invalidKey, "The key template \"\(text)\" is not usable: \(error)")
    }
    let last = ObjectKey.lastSegment(sample)
    guard last.first != "_", last.first != "." else {
      throw KeyTemplateError(
        .invalidKey,
        "The file name in the key template \"\(text)\" begins with \"\(last.prefix(1))\", and query "
          + "engines pass over such files.")
    }
  }

  /// The key for an event.
  ///
  /// - Parameters:
  ///   - values: The values of ``fields``, in their order.
  ///   - eventTime: The timestamp of the event.
  public func key(values: [String], eventTime: Timestamp) -> String {
    let date = eventTime.date
    var key = ""
    for part in parts {
      switch part {
      case .literal(let literal): key += literal
      case .field(let field, let separator, let beginsSegment):
        let position = fields.firstIndex(of: field) ?? 0
        let value = position < values.count ? values[position] : ""
        key += KeyTemplate.encode(value, separator: separator, beginsSegment: beginsSegment)
      case .year: key += KeyTemplate.decimal(date.year, digits: 4)
      case .month: key += KeyTemplate.decimal(date.month, digits: 2)
      }
    }
    return key
  }

  // MARK: - Parts

  private static func tokens(
    of text: String, known names: [String]
  ) throws(KeyTemplateError) -> [Token] {
    guard !text.isEmpty else { throw KeyTemplateError(.empty, "The key template is empty.") }
    var tokens: [Token] = []
    var rest = text[...]
    func unbalanced() -> KeyTemplateError {
      KeyTemplateError(
        .unbalancedBrace, "The key template \"\(text)\" has a brace without its counterpart.")
    }
    while !rest.isEmpty {
      let literal = rest.prefix { $0 != "{" && $0 != "}" }
      if !literal.isEmpty { tokens.append(.literal(String(literal))) }
      rest = rest[literal.endIndex...]
      guard let brace = rest.first else { break }
      guard brace == "{", let end = rest.firstIndex(of: "}") else { throw unbalanced() }
      let name = String(rest[rest.index(after: rest.startIndex)..<end])
      guard !name.contains("{") else { throw unbalanced() }
      guard names.contains(name) else {
        let known = names.map { "{\($0)}" }.joined(separator: ", ")
        throw KeyTemplateError(
          .unknownPlaceholder,
          "The key template \"\(text)\" has the unknown placeholder {\(name)}; known are \(known).")
      }
      tokens.append(.placeholder(name))
      rest = rest[rest.index(after: end)...]
    }
    return tokens
  }

  /// The byte that ends the value of a text placeholder, or nil where nothing variable follows and
  /// the end of the key does.
  private static func separator(
    after index: Int, in tokens: [Token], name: String
  ) throws(KeyTemplateError) -> UInt8? {
    let following = tokens[(index + 1)...]
    let isLast = !following.contains { if case .placeholder = $0 { true } else { false } }
    guard !isLast else { return nil }
    if case .literal(let literal)? = following.first, let first = literal.utf8.first,
      !isLetterOrDigit(first), first != UInt8(ascii: "%")
    {
      return first
    }
    throw KeyTemplateError(
      .ambiguous,
      "In the key template {\(name)} runs into what follows it; a separator such as \"/\", \"-\" or "
        + "\"_\" must stand between {\(name)} and the next placeholder, so that different values "
        + "give different keys.")
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  private static func encode(_ value: String, separator: UInt8?, beginsSegment: Bool) -> String {
    // "em" are no hexadecimal digits: no other value is written like this.
    if value.isEmpty { return "%empty" }
    let isDots = value == "." || value == ".."
    var key = ""
    for (position, byte) in value.utf8.enumerated() {
      let isMark =
        byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
      let isHiding = beginsSegment && position == 0 && byte != UInt8(ascii: "-") && isMark
      if isLetterOrDigit(byte) || (isMark && !isDots && !isHiding && byte != separator) {
        key.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        key += "%" + ContentHash.hexadecimal([byte]).uppercased()
      }
    }
    guard key.utf8.count > longestValue else { return key }
    // "x" is no hexadecimal digit either.
    let ending = "%x" + ContentHash.eTag(of: Array(value.utf8)).rawValue
    var beginning = key.utf8.prefix(longestValue - ending.utf8.count)
    // No escape is cut in two.
    if let percent = beginning.suffix(2).lastIndex(of: UInt8(ascii: "%")) {
      beginning = beginning[..<percent]
    }
    return String(Substring(beginning)) + ending
  }

  /// In bytes. A file's name has 255 at most, and a key of S3 has 1,024.
  private static let longestValue = 200

  /// A number with zeros before it, as years and months are written.
  static func decimal(_ value: Int, digits: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

/// Why a text is no ``KeyTemplate``.
public struct KeyTemplateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of an error; more may come.
  public struct Code: Sendable, Hashable, RawRepresentable {
    /// A stable name.
    public let rawValue: String

    /// The kind of a name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// There is no text.
    public static let empty = Code(rawValue: "empty")
    /// A placeholder that the schema does not have.
    public static let unknownPlaceholder = Code(rawValue: "unknown-placeholder")
    /// A brace that is not opened or not closed.
    public static let unbalancedBrace = Code(rawValue: "unbalanced-brace")
    /// The text could never be a key.
    public static let invalidKey = Code(rawValue: "invalid-key")
    /// Different values could give the same key.
    public static let ambiguous = Code(rawValue: "ambiguous")
  }

  /// The kind of the error.
  public let code: Code
  /// What is wrong, as a sentence.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
