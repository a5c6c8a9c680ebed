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
}
