/// Percent-encoding, written once more and as simply as can be, so that the server shares nothing
/// with what it tests.
enum PercentCode {
  /// Decodes `%XX`; a plus sign stays one, and a `%` that begins no code stays, too.
  static func decode(_ text: String) -> String {
    String(decoding: bytes(of: text), as: UTF8.self)
  }

  /// The bytes that an encoded text stands for.
  static func bytes(of text: String) -> [UInt8] {
    let source = Array(text.utf8)
    var bytes: [UInt8] = []
    var index = 0
    while index < source.count {
      if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
        let code = UInt8(String(decoding: source[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        bytes.append(code)
        index += 3
      } else {
        bytes.append(source[index])
        index += 1
      }
    }
    return bytes
  }

  /// Encodes all but unreserved characters and those in `kept`.
  static func encode(_ bytes: some Sequence<UInt8>, keeping kept: String = "") -> String {
    let plain = Set(
      ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" + kept).utf8)
    var text: [UInt8] = []
    for byte in bytes {
      if plain.contains(byte) {
        text.append(byte)
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        text += Array(("%" + (digits.utf8.count == 1 ? "0" : "") + digits).utf8)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Encodes as S3 does in listings with `encoding-type=url`: a space is a plus sign.
  static func encodeForm(_ bytes: some Sequence<UInt8>) -> String {
    encode(bytes, keeping: "/* ").split(separator: " ", omittingEmptySubsequences: false)
      .joined(separator: "+")
  }
}
