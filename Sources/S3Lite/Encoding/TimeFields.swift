/// Reads a time stamp field by field; it holds what has not been read yet.
struct TimeFields: ~Escapable {
  private let bytes: RawSpan
  private var offset = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  var isEmpty: Bool { offset == bytes.byteCount }

  /// Reads a number of so many digits; where there is none, nothing.
  mutating func number(_ digits: Int) -> Int? {
    guard bytes.byteCount - offset >= digits else { return nil }
    var value = 0
    for index in offset..<(offset + digits) {
      let digit = bytes.byte(at: index) &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
    }
    offset += digits
    return value
  }

  /// Reads a character; where it is another one, nothing.
  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard !isEmpty, UInt32(bytes.byte(at: offset)) == character.value else { return false }
    offset += 1
    return true
  }

  /// Reads so many bytes, whatever they are but spaces; where there are fewer, nothing.
  mutating func skipWord(_ length: Int) -> Bool {
    guard bytes.byteCount - offset >= length else { return false }
    for index in offset..<(offset + length) where bytes.byte(at: index) == 0x20 { return false }
    offset += length
    return true
  }

  /// Reads one of some words, all of three bytes, and returns its index; where there is none of
  /// them, nothing.
  mutating func index(in words: [StaticString]) -> Int? {
    guard bytes.byteCount - offset >= 3 else { return nil }
    for (index, word) in words.enumerated() where isNext(word) {
      offset += 3
      return index
    }
    return nil
  }

  /// Whether a word of three bytes stands next, of which there are enough.
  private func isNext(_ word: StaticString) -> Bool {
    word.withUTF8Buffer { word in
      for index in word.indices where bytes.byte(at: offset + index) != word[index] {
        return false
      }
      return true
    }
  }
}
