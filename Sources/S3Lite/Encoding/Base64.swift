/// Base64 with padding (RFC 4648, section 4).
enum Base64 {
  /// The encoded form of bytes.
  static func encode(_ source: UnsafeRawBufferPointer) -> String {
    let length = (source.count + 2) / 3 * 4
    return String(unsafeUninitializedCapacity: length) { text in
      var position = 0
      var offset = 0
      while offset < source.count {
        let left = source.count - offset
        var group = UInt32(source[offset]) << 16
        if left > 1 { group |= UInt32(source[offset + 1]) << 8 }
        if left > 2 { group |= UInt32(source[offset + 2]) }
        text[position] = character(group >> 18)
        text[position + 1] = character(group >> 12)
        text[position + 2] = left > 1 ? character(group >> 6) : UInt8(ascii: "=")
        text[position + 3] = left > 2 ? character(group) : UInt8(ascii: "=")
        position += 4
        offset += 3
      }
      return position
    }
  }

  /// The character of the lowest six bits.
  private static func character(_ bits: UInt32) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: bits & 63)
    switch value {
    case 0..<26: return UInt8(ascii: "A") + value
    case 26..<52: return UInt8(ascii: "a") + (value - 26)
    case 52..<62: return UInt8(ascii: "0") + (value - 52)
    case 62: return UInt8(ascii: "+")
    default: return UInt8(ascii: "/")
    }
  }

  /// The bytes of an encoded text, or nil where it is not one: padding must be there, and the bits
  /// behind the last byte must be zero.
  static func decode(_ text: String) -> [UInt8]? {
    let text = Array(text.utf8)
    guard text.count % 4 == 0 else { return nil }
    let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var group: UInt32 = 0
    var bits = 0
    for character in text.dropLast(padding) {
      guard let value = value(of: character) else { return nil }
      group = (group << 6 | value) & 0xFFFF
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
      }
    }
    return group & ((1 << UInt32(bits)) - 1) == 0 ? bytes : nil
  }

  /// The six bits of a character.
  private static func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
