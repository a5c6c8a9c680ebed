/// Which bytes are characters of XML (XML 1.0, fifth edition, sections 2.2 and 2.3).
enum XMLCharacters {
  /// The offset of the first byte that is not UTF-8 or begins a character that XML does not allow,
  /// or nil.
  static func firstInvalid(in bytes: RawSpan) -> Int? {
    let count = bytes.byteCount
    var offset = 0
    while offset < count {
      if offset + 8 <= count {
        let word = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        // No byte has its top bit set, and none is below 0x20.
        let below = (word &- 0x2020_2020_2020_2020) & ~word
        if (word | below) & 0x8080_8080_8080_8080 == 0 {
          offset += 8
          continue
        }
      }
      let length = characterLength(bytes, at: offset)
      if length == 0 { return offset }
      offset += length
    }
    return nil
  }

  /// The length of the character at an offset, or 0 where there is none that XML allows.
  private static func characterLength(_ bytes: RawSpan, at offset: Int) -> Int {
    let lead = bytes.byte(at: offset)
    if lead < 0x80 {
      return lead >= 0x20 || lead == 0x09 || lead == 0x0A || lead == 0x0D ? 1 : 0
    }
    // The second byte's range is where overlong forms, surrogates and the upper end are decided
    // (RFC 3629).
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
    guard bytes.byteCount - offset >= length, second.contains(bytes.byte(at: offset + 1)) else {
      return 0
    }
    var index = 2
    while index < length {
      guard bytes.byte(at: offset + index) & 0xC0 == 0x80 else { return 0 }
      index += 1
    }
    // U+FFFE and U+FFFF are no characters.
    if lead == 0xEF, bytes.byte(at: offset + 1) == 0xBF, bytes.byte(at: offset + 2) >= 0xBE {
      return 0
    }
    return length
  }

  /// The scalar at an offset of bytes that are known to be valid, and its length.
  static func scalar(_ bytes: RawSpan, at offset: Int) -> (value: UInt32, length: Int) {
    let lead = UInt32(bytes.byte(at: offset))
    if lead < 0x80 { return (lead, 1) }
    let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    var value = lead & (0x7F >> UInt32(length))
    for index in 1..<length {
      value = value << 6 | UInt32(bytes.byte(at: offset + index) & 0x3F)
    }
    return (value, length)
  }

  /// Whether a scalar may be written as a character reference.
  static func isAllowed(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }

  /// Whether a scalar is one that XML 1.0 has no place for, and that S3 writes as a reference all the
  /// same, since its keys may hold it.
  static func isReferenceOfS3(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x01...0x1F, 0xFFFE, 0xFFFF: true
    default: false
    }
  }

  /// White space (production S).
  @inline(__always)
  static func isWhiteSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D
  }

  /// Whether a name may begin with a scalar (production NameStartChar).
  static func beginsName(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3A, 0x41...0x5A, 0x5F, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF,
      0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D, 0x2070...0x218F, 0x2C00...0x2FEF,
      0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF:
      true
    default: false
    }
  }

  /// Whether a byte is one of A-Z and a-z, with which most names begin.
  @inline(__always)
  static func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26
  }

  /// Whether a byte is an ASCII character that a name may go on with.
  @inline(__always)
  static func continuesName(_ byte: UInt8) -> Bool {
    // A bit for each of -.0-9: and of A-Z_a-z.
    let low: UInt64 = 0x07FF_6000_0000_0000
    let high: UInt64 = 0x07FF_FFFE_87FF_FFFE
    return byte < 128 && ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
  }

  /// Whether a name may go on with a scalar (production NameChar).
  static func continuesName(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x2D, 0x2E, 0x30...0x39, 0xB7, 0x300...0x36F, 0x203F...0x2040: true
    default: beginsName(scalar)
    }
  }
}

extension RawSpan {
  /// The byte at an offset within the span.
  @inline(__always)
  func byte(at offset: Int) -> UInt8 {
    unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}
