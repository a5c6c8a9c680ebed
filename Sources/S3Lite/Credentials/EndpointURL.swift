#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A URL of an endpoint, `http` or `https`, without user, password and fragment.
struct EndpointURL: Sendable, Hashable {
  /// `http` or `https`.
  let scheme: String
  /// A name or an address in lower case; an IPv6 address without its brackets.
  let host: String
  /// The port, where the URL names one.
  let port: Int?
  /// Path and query; begins with `/`.
  let target: String

  /// The parts of a URL, or nil where it is not such a one: strict, since a URL that two readers
  /// understand differently leads to a host that was not checked.
  init?(_ text: String) {
    guard let separator = text.firstRange(of: "://"),
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\\\"<>^`{|}#".utf8.contains($0) })
    else { return nil }
    scheme = text[..<separator.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = text[separator.upperBound...]
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let authority = rest[..<end]
    let behind = rest[end...]
    target = behind.hasPrefix("/") ? String(behind) : "/\(behind)"
    guard !authority.contains("@") else { return nil }

    let name: Substring
    let portText: Substring?
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { return nil }
      name = authority[authority.index(after: authority.startIndex)..<close]
      let after = authority[authority.index(after: close)...]
      guard after.isEmpty || after.hasPrefix(":"), Self.address(name, AF_INET6) != nil
      else { return nil }
      portText = after.isEmpty ? nil : after.dropFirst()
    } else {
      let colon = authority.firstIndex(of: ":")
      name = authority[..<(colon ?? authority.endIndex)]
      portText = colon.map { authority[authority.index(after: $0)...] }
      let isName = name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
      }
      guard !name.isEmpty, name.utf8.count <= 253, isName else { return nil }
    }
    if let portText {
      guard (1...5).contains(portText.utf8.count),
        portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(portText),
        (1...65_535).contains(number)
      else { return nil }
      port = number
    } else {
      port = nil
    }
    host = name.lowercased()
  }

  /// Host and port as in the URL and the `Host` header; the scheme's own port is left out.
  var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    guard let port, port != (scheme == "https" ? 443 : 80) else { return name }
    return "\(name):\(port)"
  }

  /// Scheme, host and port.
  var origin: String { "\(scheme)://\(authority)" }

  /// The whole URL.
  var text: String { origin + target }

  /// Whether the host is this machine itself: `localhost`, 127.0.0.0/8 or ::1.
  var isLoopback: Bool {
    if host == "localhost" { return true }
    if let address = Self.address(Substring(host), AF_INET) { return address.first == 127 }
    return isAddress("::1")
  }

  /// Whether the host is an address, in whatever way it is written.
  func isAddress(_ other: String) -> Bool {
    for family in [AF_INET, AF_INET6] {
      if let address = Self.address(Substring(host), family) {
        return address == Self.address(Substring(other), family)
      }
    }
    return false
  }

  /// The bytes of an address, or nil where the text is none in the usual notation.
  private static func address(_ text: Substring, _ family: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let isRead = bytes.withUnsafeMutableBytes { buffer in
      inet_pton(family, String(text), buffer.baseAddress) == 1
    }
    return isRead ? Array(bytes.prefix(family == AF_INET ? 4 : 16)) : nil
  }
}
