import ArgumentParser
import CheckpointCore
import EventLogModel

/// Where `run` reads and writes, from paths and `file:` URLs.
enum RunLocation {
  /// A key template, and the directory that its keys are relative to.
  struct Target {
    /// The directory, a path.
    let root: String
    /// The template relative to it.
    let template: KeyTemplate
    /// What stands before the keys where they are shown.
    let prefix: String
  }

  /// The path of a directory.
  static func directory(_ text: String) throws -> String {
    let path = try path(text)
    guard !path.isEmpty else { throw ValidationError("The source is empty.") }
    return path
  }

  /// A template, divided after the literal directory at its beginning.
  static func template(_ text: String, schema: EventSchema) throws -> Target {
    let path = try path(text)
    let literal = path.prefix { $0 != "{" && $0 != "}" }
    let split = literal.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let prefix = String(path[..<split])
    let rest = String(path[split...])
    guard !rest.isEmpty else {
      throw ValidationError(
        "The checkpoint \"\(text)\" names no file; give it one, such as "
          + "\"\(text)events.parquet\".")
    }
    do {
      return Target(
        root: prefix.isEmpty ? "." : prefix, template: try KeyTemplate(rest, schema: schema),
        prefix: prefix)
    } catch {
      throw ValidationError(error.description)
    }
  }

  /// The path that a text names: it may be a `file:` URL (RFC 8089) of this machine.
  private static func path(_ text: String) throws -> String {
    guard let colon = text.firstIndex(of: ":"), text.startIndex < colon,
      text[..<colon].utf8.allSatisfy({ isSchemeByte($0) }), !text[..<colon].contains("/")
    else { return text }
    guard text[..<colon].lowercased() == "file" else {
      // A path with a colon in its first part is rarer than a mistaken URL.
      guard text[colon...].hasPrefix("://") else { return text }
      throw ValidationError(
        "\"\(text)\" is no path and no file: URL; other kinds of URLs are not supported here.")
    }
    var rest = text[text.index(after: colon)...]
    if rest.hasPrefix("//") {
      rest = rest.dropFirst(2)
      let host = rest.prefix { $0 != "/" }
      guard host.isEmpty || host == "localhost" else {
        throw ValidationError(
          "\"\(text)\" names the host \"\(host)\"; a file: URL of another machine cannot be read.")
      }
      rest = rest[host.endIndex...]
    }
    guard rest.hasPrefix("/") else {
      throw ValidationError("\"\(text)\" is no file: URL with an absolute path.")
    }
    return try decode(rest, of: text)
  }

  private static func isSchemeByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }

  /// Decodes `%` and two hexadecimal digits.
  private static func decode(_ encoded: Substring, of text: String) throws -> String {
    var bytes: [UInt8] = []
    var rest = encoded.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      guard digits.count == 2, digits.allSatisfy({ $0 != UInt8(ascii: "+") }),
        let value = UInt8(String(decoding: Array(digits), as: UTF8.self), radix: 16)
      else { throw ValidationError("\"\(text)\" has a \"%\" without two hexadecimal digits.") }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    guard let path = String(validating: bytes, as: UTF8.self) else {
      throw ValidationError("\"\(text)\" does not stand for a path in UTF-8.")
    }
    return path
  }
}
