/// Reads a shared file line by line.
struct ProfileFileParser {
  typealias Line = Substring.UTF8View

  private let kind: ProfileFile.Kind
  private let path: String
  private var lineNumber = 0
  /// The section that lines belong to; its name is nil where it is passed over.
  private var section: (kind: ProfileFile.SectionKind, name: String?)?
  /// The property that a line with white space at its beginning goes on with; its name is nil where it
  /// is passed over.
  private var property: (name: String?, hasValue: Bool)?
  /// Whether `[profile default]` was there, which outdoes `[default]`.
  private var hasPrefixedDefault = false
  private(set) var sections: [ProfileFile.SectionKind: [String: Profile]] = [:]

  init(kind: ProfileFile.Kind, path: String) {
    self.kind = kind
    self.path = path
  }

  /// Reads the next line, which has no line break any more.
  mutating func read(_ line: Line) throws(ProfileFileError) {
    lineNumber += 1
    let text = ProfileFileParser.trimmed(line)
    guard let first = text.first, !ProfileFileParser.beginsComment(first) else { return }
    if line.first.map(ProfileFileParser.isBlank) == true {
      try readContinuation(text)
    } else if first == UInt8(ascii: "[") {
      try readSection(text)
    } else {
      try readProperty(text)
    }
  }

  // MARK: Sections

  private mutating func readSection(_ text: Line) throws(ProfileFileError) {
    property = nil
    guard let end = text.firstIndex(of: UInt8(ascii: "]")) else {
      throw error("begins a section that does not end with ]")
    }
    let behind = ProfileFileParser.trimmed(text[text.index(after: end)...])
    guard behind.first.map(ProfileFileParser.beginsComment) ?? true else {
      throw error("has text behind the ] of a section")
    }
    let inside = ProfileFileParser.trimmed(text[text.index(after: text.startIndex)..<end])
    let word = inside.prefix { !ProfileFileParser.isBlank($0) }
    let rest = ProfileFileParser.trimmed(inside[word.endIndex...])
    switch (kind, Substring(word), rest.isEmpty) {
    case (.config, "profile", false): beginPrefixedProfile(named: rest)
    case (.config, "services", false): begin(.services, rest)
    case (.config, "sso-session", false): begin(.ssoSession, rest)
    case (.config, "default", true):
      // Without the word it counts only where there is none with it.
      if hasPrefixedDefault { section = (.profile, nil) } else { begin(.profile, word) }
    case (.credentials, _, true): begin(.profile, word)
    case (.credentials, let first, false) where first != "profile" && first != "sso-session":
      // In config such a name stands in quotes.
      begin(.profile, named: Substring(inside))
    default: section = (.profile, nil)
    }
  }

  private mutating func beginPrefixedProfile(named text: Line) {
    if Substring(text) == "default", !hasPrefixedDefault {
      hasPrefixedDefault = true
      sections[.profile]?["default"] = nil
    }
    begin(.profile, text)
  }

  /// Begins a section whose name is a word, or anything in quotes.
  private mutating func begin(_ kind: ProfileFile.SectionKind, _ text: Line) {
    if let first = text.first, first == UInt8(ascii: "\"") || first == UInt8(ascii: "'"),
      text.count > 2, text.last == first
    {
      begin(kind, named: Substring(text.dropFirst().dropLast()))
    } else if text.allSatisfy(ProfileFileParser.isInName) {
      begin(kind, named: Substring(text))
    } else {
      section = (kind, nil)
    }
  }

  private mutating func begin(_ kind: ProfileFile.SectionKind, named name: Substring) {
    let name = String(name)
    section = (kind, name)
    if sections[kind]?[name] == nil { sections[kind, default: [:]][name] = Profile() }
  }

  // MARK: Properties

  private mutating func readProperty(_ text: Line) throws(ProfileFileError) {
    guard let section else { throw error("has a property before the first section") }
    guard let (name, value) = ProfileFileParser.split(text) else {
      throw error("has neither a section nor a property with =")
    }
    guard !name.isEmpty else { throw error("has a property without a name") }
    let content = ProfileFileParser.withoutComment(value)
    guard let sectionName = section.name, name.utf8.allSatisfy(ProfileFileParser.isInName) else {
      property = (nil, !content.isEmpty)
      return
    }
    let lowered = name.lowercased()
    sections[section.kind]?[sectionName]?.properties[lowered] = String(content)
    sections[section.kind]?[sectionName]?.nested[lowered] = nil
    property = (lowered, !content.isEmpty)
  }

  private mutating func readContinuation(_ text: Line) throws(ProfileFileError) {
    guard let section, let property else {
      throw error("begins with white space, but there is no property that it could go on with")
    }
    if property.hasValue {
      guard let name = property.name, let sectionName = section.name else { return }
      sections[section.kind]?[sectionName]?.properties[name, default: ""] += "\n\(Substring(text))"
      return
    }
    guard let (name, value) = ProfileFileParser.split(text) else {
      throw error("has a property below another one, but no =")
    }
    guard !name.isEmpty else { throw error("has a property without a name below another one") }
    guard let outer = property.name, let sectionName = section.name else { return }
    sections[section.kind]?[sectionName]?.nested[outer, default: [:]][name.lowercased()] =
      String(ProfileFileParser.withoutComment(value))
  }

  // MARK: Text

  private func error(_ reason: String) -> ProfileFileError {
    ProfileFileError(path: path, line: lineNumber, reason: reason)
  }

  /// Name and value around the first `=`.
  private static func split(_ text: Line) -> (name: Substring, value: Line)? {
    guard let sign = text.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    return (Substring(trimmed(text[..<sign])), text[text.index(after: sign)...])
  }

  /// A value up to a comment, which begins with `#` or `;` behind white space.
  private static func withoutComment(_ value: Line) -> Substring {
    var wasBlank = false
    for index in value.indices {
      let byte = value[index]
      if wasBlank, beginsComment(byte) { return Substring(trimmed(value[..<index])) }
      wasBlank = isBlank(byte)
    }
    return Substring(trimmed(value))
  }

  private static func trimmed(_ text: Line) -> Line {
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text = text.dropLast() }
    return text
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private static func beginsComment(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";")
  }

  private static func isInName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default:
      "-/.%@_:+".utf8.contains(byte)
    }
  }
}
