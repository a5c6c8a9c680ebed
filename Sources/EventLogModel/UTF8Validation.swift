/// Checks of UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF).
enum UTF8Validation {
  /// The length of the valid multi-byte sequence that begins at an offset, or 0 where the bytes
  /// there are not one (an ASCII byte is none either).
  @inline(__always)
  static func multiByteLength(_ bytes: RawSpan, at offset: Int) -> Int {
    let lead = bytes.byte(at: offset)
    let rest = bytes.byteCount - offset
    // The second byte's range is where overlong forms, surrogates and the upper end are decided.
    let second: ClosedRange<UInt8>
    let length: Int
    switch lead {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return 0
    }
    guard rest >= length, second.contains(bytes.byte(at: offset + 1)) else { return 0 }
    var index = 2
    while index < length {
      guard bytes.byte(at: offset + index) & 0xC0 == 0x80 else { return 0 }
      index += 1
    }
    return length
  }

  /// Whether the bytes are wholly valid UTF-8.
  static func isValid(_ bytes: RawSpan) -> Bool {
    let count = bytes.byteCount
    var offset = 0
    while offset < count {
      if offset + 8 <= count, bytes.word(at: offset) & 0x8080_8080_8080_8080 == 0 {
        offset += 8
      } else if bytes.byte(at: offset) < 0x80 {
        offset += 1
      } else {
        let length = multiByteLength(bytes, at: offset)
        if length == 0 { return false }
        offset += length
      }
    }
    return true
  }
}
