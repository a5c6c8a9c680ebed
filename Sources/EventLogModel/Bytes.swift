// Reading and writing short runs of bytes. Every load is bounds-checked by RawSpan.

extension RawSpan {
  /// The byte at an offset within the span.
  @inline(__always)
  func byte(at offset: Int) -> UInt8 {
    unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// Eight bytes from an offset, the first one in the lowest bits.
  @inline(__always)
  func word(at offset: Int) -> UInt64 {
    UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Four bytes from an offset, the first one in the lowest bits.
  @inline(__always)
  func halfWord(at offset: Int) -> UInt32 {
    UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The value of the ASCII digit at an offset, or nil where there is another byte.
  @inline(__always)
  func digit(at offset: Int) -> Int? {
    let value = Int(byte(at: offset)) - 0x30
    return value >= 0 && value <= 9 ? value : nil
  }

  /// The value of two ASCII digits, or -1 where there is another byte.
  @inline(__always)
  func twoDigits(at offset: Int) -> Int {
    guard let tens = digit(at: offset), let ones = digit(at: offset + 1) else { return -1 }
    return tens * 10 + ones
  }

  /// Whether both hold the same bytes.
  @inline(__always)
  func equals(_ other: RawSpan) -> Bool {
    let count = byteCount
    guard count == other.byteCount else { return false }
    if count >= 8 {
      var offset = 0
      while offset + 8 <= count {
        if word(at: offset) != other.word(at: offset) { return false }
        offset += 8
      }
      // The last word overlaps the one before it, which spares a loop over the tail.
      return word(at: count - 8) == other.word(at: count - 8)
    }
    if count >= 4 {
      return halfWord(at: 0) == other.halfWord(at: 0)
        && halfWord(at: count - 4) == other.halfWord(at: count - 4)
    }
    var offset = 0
    while offset < count {
      if byte(at: offset) != other.byte(at: offset) { return false }
      offset += 1
    }
    return true
  }

  /// Whether the bytes begin with those of another span.
  func hasPrefix(_ prefix: RawSpan) -> Bool {
    guard byteCount >= prefix.byteCount else { return false }
    return extracting(0..<prefix.byteCount).equals(prefix)
  }
}

extension [UInt8] {
  /// Appends the bytes of a span.
  @inline(__always)
  mutating func append(bytesOf span: RawSpan) {
    span.withUnsafeBytes { append(contentsOf: $0) }
  }

  /// Appends a number that is not negative, with leading zeros up to a number of digits.
  mutating func appendDecimal(_ value: Int, digits: Int) {
    var divisor = 1
    var width = 1
    while width < digits || value / divisor >= 10 {
      // Numbers here are years and parts of a time; the width ends the growth long before
      // overflow.
      divisor *= 10
      width += 1
    }
    while divisor > 0 {
      append(UInt8(truncatingIfNeeded: 0x30 + value / divisor % 10))
      divisor /= 10
    }
  }
}

/// A 64-bit hash over bytes (in the manner of wyhash), seeded at random once per process: nobody can
/// prepare strings that collide. Nothing that is written anywhere may depend on it.
enum ByteHash {
  static let seed = UInt64.random(in: .min ... .max)

  /// Folds a word into a hash by a full-width multiplication.
  @inline(__always)
  static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  /// The hash of the bytes, with a salt that tells apart sets of strings in one table.
  @inline(__always)
  static func hash(_ bytes: RawSpan, seed: UInt64, salt: UInt64 = 0) -> UInt64 {
    let count = bytes.byteCount
    var state = seed ^ ((UInt64(truncatingIfNeeded: count) &+ salt << 32) &* 0x9E37_79B9_7F4A_7C15)
    var first: UInt64 = 0
    var last: UInt64 = 0
    if count >= 8 {
      // The last two words may overlap those before them, which spares a loop over the tail.
      if count > 16 {
        var offset = 0
        while offset + 16 < count {
          state = mix(bytes.word(at: offset) ^ state, bytes.word(at: offset + 8) ^ secret)
          offset += 16
        }
        first = bytes.word(at: count - 16)
      } else {
        first = bytes.word(at: 0)
      }
      last = bytes.word(at: count - 8)
    } else if count >= 4 {
      first = UInt64(bytes.halfWord(at: 0))
      last = UInt64(bytes.halfWord(at: count - 4))
    } else if count > 0 {
      first =
        UInt64(bytes.byte(at: 0)) | UInt64(bytes.byte(at: count / 2)) << 8
        | UInt64(bytes.byte(at: count - 1)) << 16
    }
    return mix(mix(first ^ state, last ^ secret) ^ seed, 0x5895_65BB_A97D_2C11)
  }

  private static let secret: UInt64 = 0xE703_7ED1_A0B4_28DB
}
