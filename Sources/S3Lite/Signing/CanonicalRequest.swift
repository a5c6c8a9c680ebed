/// A request in the one form that both sides hash: method, path, query, headers, the names of the
/// headers, and the hash of the body, each on lines of its own.
///
/// AWS IAM User Guide, "Create a signed AWS API request", step 1.
public struct CanonicalRequest: Sendable, Hashable {
  /// The canonical request in UTF-8. It holds the session token where that is signed.
  public let bytes: [UInt8]
  /// Where in ``bytes`` the names of the signed headers stand.
  let signedHeadersRange: Range<Int>

  /// The names of the signed headers, in lower case, sorted, joined by `;`.
  public var signedHeaders: String {
    String(decoding: bytes[signedHeadersRange], as: UTF8.self)
  }

  /// The canonical request as text. It holds the session token where that is signed.
  public var text: String {
    String(decoding: bytes, as: UTF8.self)
  }

  /// The SHA-256 of ``bytes``, which the string to sign ends with.
  public var hash: SHA256Checksum {
    SHA256Checksum(of: bytes.span.bytes)
  }
}

extension CanonicalRequest: CustomStringConvertible, CustomReflectable {
  /// The hash only, since the text may hold a session token.
  public var description: String { "canonical request with the hash \(hash.hexadecimal)" }

  /// Shows what ``description`` shows.
  public var customMirror: Mirror {
    Mirror(self, children: ["hash": hash.hexadecimal])
  }
}
