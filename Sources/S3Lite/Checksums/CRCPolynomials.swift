/// Arithmetic on polynomials over GF(2) modulo a CRC's polynomial, for checksums of concatenated
/// bytes. Numbers are reflected as in the CRCs: the highest bit is the coefficient of x^0.
enum CRCPolynomials {
  /// The checksum of two runs of bytes, one behind the other, from the checksum of each and the length
  /// of the second: the first is shifted by that many bytes, which is a multiplication by x^(8n). The
  /// ones before and after cancel out.
  static func combine<Word: FixedWidthInteger & UnsignedInteger>(
    _ first: Word, _ second: Word, secondLength: Int, polynomial: Word
  ) -> Word {
    // x^8, squared again and again: one factor for each bit of the length.
    var square: Word = 1 << (Word.bitWidth - 9)
    var shifted = first
    var bits = UInt(secondLength.magnitude)
    while bits > 0 {
      if bits & 1 == 1 { shifted = multiply(shifted, square, polynomial) }
      square = multiply(square, square, polynomial)
      bits >>= 1
    }
    return shifted ^ second
  }

  private static func multiply<Word: FixedWidthInteger & UnsignedInteger>(
    _ left: Word, _ right: Word, _ polynomial: Word
  ) -> Word {
    var product: Word = 0
    var multiple = right
    var mask: Word = 1 << (Word.bitWidth - 1)
    while mask > 0 {
      if left & mask != 0 { product ^= multiple }
      multiple = multiple >> 1 ^ (multiple & 1 == 1 ? polynomial : 0)
      mask >>= 1
    }
    return product
  }
}
