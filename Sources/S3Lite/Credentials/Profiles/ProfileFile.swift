/// One of the two shared files, `config` or `credentials`, in AWS's dialect of INI.
///
/// A section is `[profile name]` in `config` (`[default]` without the word) and `[name]` in
/// `credentials`. `#` and `;` begin a comment at the beginning of a line, or behind white space in a
/// property. A line that begins with white space goes on with the property before it, or, where that
/// one has no value, is a property of its own below it. The same section may come more than once; of
/// the same property the last one counts. Sections and properties whose names are not made of
/// letters, digits and `-/.%@_:+` are passed over, as AWS's own tools do; a profile's name may be
/// anything in `[profile "my name"]`, which is `[my name]` in `credentials`.
///
/// AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
struct ProfileFile: Sendable {
  /// Which of the two files it is.
  enum Kind: Sendable, Hashable {
    case config
    case credentials
  }

  /// The kinds of sections that mean something.
  enum SectionKind: Sendable, Hashable {
    case profile
    case services
    case ssoSession
  }

  /// The properties of the sections, by kind and name.
  private(set) var sections: [SectionKind: [String: Profile]] = [:]

  /// Reads a file.
  ///
  /// - Parameter path: For errors, which name it and the line, but never what stands there.
  init(_ bytes: [UInt8], kind: Kind, path: String) throws(ProfileFileError) {
    var bytes = bytes[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ProfileFileError(path: path, line: nil, reason: "is not UTF-8")
    }
    var parser = ProfileFileParser(kind: kind, path: path)
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      try parser.read(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }
    sections = parser.sections
  }
}

/// The properties of a profile, or of another section.
struct Profile: Sendable, Hashable {
  /// The properties, by their names in lower case.
  var properties: [String: String] = [:]
  /// The properties below a property, by the names of both in lower case.
  var nested: [String: [String: String]] = [:]

  /// The value of a property; an empty one is none.
  subscript(name: String) -> String? {
    guard let value = properties[name], !value.isEmpty else { return nil }
    return value
  }
}

extension Profile: CustomStringConvertible, CustomReflectable {
  /// The names of the properties; their values may be secret.
  var description: String { "properties \(properties.keys.sorted().joined(separator: ", "))" }

  /// Shows what ``description`` shows.
  var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

/// Why one of the shared files cannot be read.
struct ProfileFileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file.
  var path: String
  /// The line, from 1 on, where one is to blame.
  var line: Int?
  /// What is wrong, as the rest of a sentence that begins with the place.
  var reason: String

  /// A sentence.
  var description: String { "\(path)\(line.map { ", line \($0)," } ?? "") \(reason)." }
}
