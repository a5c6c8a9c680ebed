import ArgumentParser

/// What an argument names: a file of this machine, or an object of a bucket.
enum ObjectLocation: Equatable {
  /// A file or directory, by its path.
  case file(String)
  /// A key of a bucket, or the beginning of keys.
  case object(bucket: String, key: String)

  /// From a path, a `file:` URL of this machine (RFC 8089), or an `s3://` URL as the AWS command
  /// line writes it: nothing in it is percent-decoded.
  init(_ text: String) throws {
    guard let colon = text.firstIndex(of: ":"), text.startIndex < colon,
      text[..<colon].utf8.allSatisfy({ Self.isSchemeByte($0) })
    else {
      self = .file(text)
      return
    }
    switch text[..<colon].lowercased() {
    case "file": self = .file(try Self.path(ofFileURL: text, after: colon))
    case "s3" where text[colon...].hasPrefix("://"):
      let rest = text[colon...].dropFirst(3)
      let bucket = rest.prefix { $0 != "/" }
      // Amazon S3 User Guide, "General purpose bucket naming rules"; old buckets of us-east-1 and
      // other servers have longer names, capitals and underscores as well.
      guard (1...255).contains(bucket.utf8.count),
        bucket.utf8.allSatisfy({
          (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            || "-._".utf8.contains($0)
        })
      else {
        throw ValidationError(
          "\"\(text)\" names no bucket: \"\(bucket)\" must be letters, digits, hyphens, underscores "
            + "and dots.")
      }
      self = .object(bucket: String(bucket), key: String(rest[bucket.endIndex...].dropFirst()))
    default:
      // A path with a colon in its first part is rarer than a mistaken URL.
      guard text[colon...].hasPrefix("://") else {
        self = .file(text)
        return
      }
      throw ValidationError(
        "\"\(text)\" is no path, no file: URL and no s3: URL; other kinds are not supported.")
    }
  }

  private static func path(ofFileURL text: String, after colon: String.Index) throws -> String {
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
