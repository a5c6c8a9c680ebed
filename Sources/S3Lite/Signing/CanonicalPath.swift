/// The path of a canonical request.
enum CanonicalPath {
  /// Appends a path in its canonical form.
  ///
  /// - Throws: ``SigV4Error/Code/invalidPath``.
  static func append(_ path: String, rules: SigningRules, to bytes: inout [UInt8])
    throws(SigV4Error)
  {
    var path = path
    let fault = path.withUTF8 { Self.fault(of: $0) }
    if let fault { throw SigV4Error(.invalidPath, fault) }
    if path.isEmpty {
      bytes.append(UInt8(ascii: "/"))
      return
    }
    if rules.normalizesPath { path = normalized(path) }
    switch rules.pathEncoding {
    case .once: appendOnce(path, to: &bytes)
    case .twice: PercentEncoding.append(path, keepingSlashes: true, to: &bytes)
    }
  }

  /// Why a path cannot be sent.
  private static func fault(of path: UnsafeBufferPointer<UInt8>) -> String? {
    guard let first = path.first else { return nil }
    if first != UInt8(ascii: "/") { return "The path to be signed must begin with a slash." }
    for byte in path
    where byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") {
      return "The path to be signed holds a question mark, a number sign or a control character; "
        + "percent-encode it, and pass the query apart from it."
    }
    return nil
  }

  /// Appends a path as it is sent. What a client should have encoded is encoded, since S3 does so
  /// with what it has decoded; a `%` that begins no escape is such a byte too.
  private static func appendOnce(_ path: String, to bytes: inout [UInt8]) {
    var path = path
    path.withUTF8 { path in
      var start = 0
      for offset in path.indices {
        let byte = path[offset]
        if PercentEncoding.isUnreserved(byte) || byte == UInt8(ascii: "/") { continue }
        if byte == UInt8(ascii: "%"), offset + 2 < path.count,
          Hexadecimal.value(ofDigit: path[offset + 1]) != nil,
          Hexadecimal.value(ofDigit: path[offset + 2]) != nil
        {
          continue
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: path[start..<offset]))
        PercentEncoding.append(byte, keepingSlashes: true, to: &bytes)
        start = offset + 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: path[start...]))
    }
  }

  /// Removes the segments `.` and `..` with what they undo (RFC 3986, section 5.2.4) and empty ones.
  static func normalized(_ path: String) -> String {
    var segments: [Substring.UTF8View] = []
    for segment in path.utf8.split(separator: UInt8(ascii: "/")) {
      if segment.elementsEqual(".".utf8) { continue }
      if segment.elementsEqual("..".utf8) {
        _ = segments.popLast()
      } else {
        segments.append(segment)
      }
    }
    var bytes: [UInt8] = []
    for segment in segments {
      bytes.append(UInt8(ascii: "/"))
      bytes.append(contentsOf: segment)
    }
    if bytes.isEmpty || path.utf8.last == UInt8(ascii: "/") { bytes.append(UInt8(ascii: "/")) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
