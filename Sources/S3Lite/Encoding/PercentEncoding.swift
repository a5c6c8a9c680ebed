/// Percent-encoding as Signature Version 4 wants it: every byte but the unreserved ones of RFC 3986
/// (`A-Z a-z 0-9 - . _ ~`), in upper-case hexadecimal; a space is `%20`.
///
/// AWS IAM User Guide, "Create a signed AWS API request", `UriEncode`.
public enum PercentEncoding {
  /// The encoded form of a query name or value: `/` is encoded too.
  public static func encode(_ text: String) -> String {
    var bytes: [UInt8] = []
    append(text, keepingSlashes: false, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The encoded form of a path that is not encoded yet, such as `/` and an object's key: `/` stays.
  public static func encode(path: String) -> String {
    var bytes: [UInt8] = []
    append(path, keepingSlashes: true, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether RFC 3986 calls the byte unreserved.
  @inline(__always)
  static func isUnreserved(_ byte: UInt8) -> Bool {
    // A bit for each of the ASCII characters "-.0-9" and "A-Z_a-z~".
    let low: UInt64 = 0x03FF_6000_0000_0000
    let high: UInt64 = 0x47FF_FFFE_87FF_FFFE
    return byte < 128 && ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
  }

  /// Appends the encoded form of a text.
  static func append(_ text: String, keepingSlashes: Bool, to bytes: inout [UInt8]) {
    var text = text
    text.withUTF8 { utf8 in
      // What needs no encoding, which is most, is copied in runs.
      var start = 0
      for offset in utf8.indices {
        let byte = utf8[offset]
        if isUnreserved(byte) || (keepingSlashes && byte == UInt8(ascii: "/")) { continue }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<offset]))
        append(byte, keepingSlashes: keepingSlashes, to: &bytes)
        start = offset + 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
    }
  }

  /// Appends a byte, encoded where it must be.
  @inline(__always)
  static func append(_ byte: UInt8, keepingSlashes: Bool, to bytes: inout [UInt8]) {
    if isUnreserved(byte) || (keepingSlashes && byte == UInt8(ascii: "/")) {
      bytes.append(byte)
    } else {
      bytes.append(UInt8(ascii: "%"))
      bytes.append(Hexadecimal.upperCaseDigit(byte >> 4))
      bytes.append(Hexadecimal.upperCaseDigit(byte & 15))
    }
  }

  /// Whether decoding a text in the manner of HTML forms may change it.
  static func isEncoded(_ text: String) -> Bool {
    let utf8 = text.utf8Span.span
    // Without an early exit the compiler takes many bytes at a time.
    var isThere = false
    for index in utf8.indices {
      let byte = utf8[index]
      isThere = (byte == UInt8(ascii: "%") || byte == UInt8(ascii: "+")) || isThere
    }
    return isThere
  }

  /// Decodes in the manner of HTML forms, as S3 encodes keys with `encoding-type=url`: `%XX` is a
  /// byte, `+` a space.
  ///
  /// - Returns: Nil where a `%` is not followed by two hexadecimal digits, or where the outcome is
  ///   not UTF-8.
  package static func decodeForm(_ text: String) -> String? {
    guard isEncoded(text) else { return text }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "+"):
        bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let first = rest.next(), let high = Hexadecimal.value(ofDigit: first),
          let second = rest.next(), let low = Hexadecimal.value(ofDigit: second)
        else { return nil }
        bytes.append(high << 4 | low)
      default:
        bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
