/// A program that gives credentials (`credential_process`).
///
/// AWS SDKs and Tools Reference Guide, "Process credential provider". The command is split into words
/// at white space; quotes (`'` and `"`) and `\` work as in a shell. There is no shell: nothing is
/// expanded, no other program is run, whatever the command holds.
struct CredentialProgram: Sendable, Hashable {
  /// The program, which is looked for in `PATH` unless it has a slash, and its arguments.
  let words: [String]
  /// How long it may take.
  var timeout = Duration.seconds(60)
  /// How many bytes it may write.
  var outputLimit = 64 << 10

  /// A command's words, or nil where a quote does not end, or there is no word.
  init?(command: String) {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var rest = command.makeIterator()
    while let character = rest.next() {
      switch (quote, character) {
      case ("'", "'"), ("\"", "\""):
        quote = nil
      case ("'", _):
        word?.append(character)
      case ("\"", "\\"):
        guard let next = rest.next() else { return nil }
        if !"\"\\$`\n".contains(next) { word?.append("\\") }
        word?.append(next)
      case (nil, "\\"):
        guard let next = rest.next() else { return nil }
        word = (word ?? "") + String(next)
      case (nil, "'"), (nil, "\""):
        quote = character
        word = word ?? ""
      case (nil, _) where character.isWhitespace:
        if let word { words.append(word) }
        word = nil
      default:
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else { return nil }
    if let word { words.append(word) }
    guard let first = words.first, !first.isEmpty, !command.utf8.contains(0) else { return nil }
    self.words = words
  }

  /// The program without its arguments, which may be secret.
  var name: String { words.first ?? "" }
}

extension CredentialProgram: CustomStringConvertible, CustomReflectable {
  /// The program's name.
  var description: String { name }

  /// Shows the name.
  var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
