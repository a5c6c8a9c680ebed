/// Shortened bounds of long byte arrays.
enum StatisticsBound {
  /// The bytes of `value` to keep: at most `size`, and for text none of a character cut in half.
  static func prefix(of value: ArraySlice<UInt8>, _ size: Int, _ isText: Bool) -> Int {
    guard value.count > size else { return value.count }
    var end = size
    if isText {
      // A continuation byte at the cut means that the character before it is incomplete.
      while end > 0 && value[value.startIndex + end] & 0xC0 == 0x80 { end -= 1 }
    }
    return end
  }

  /// A byte array of at most `size` bytes that is greater than everything that begins like
  /// `value`; nil when there is none.
  static func above(_ value: ArraySlice<UInt8>, _ size: Int, _ isText: Bool) -> [UInt8]? {
    var bytes = Array(value.prefix(prefix(of: value, size, isText)))
    if !isText {
      while let last = bytes.popLast() {
        if last < 0xFF {
          bytes.append(last + 1)
          return bytes
        }
      }
      return nil
    }
    // Text stays text: the last character that has a successor of the same length gets it. What is not
    // UTF-8 has no characters, and repaired it would be another value.
    guard let prefix = String(validating: bytes, as: UTF8.self) else { return nil }
    var scalars = Array(prefix.unicodeScalars)
    while let last = scalars.popLast() {
      let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
      if let successor = Unicode.Scalar(next), UTF8.width(successor) == UTF8.width(last) {
        scalars.append(successor)
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return Array(text.utf8)
      }
    }
    return nil
  }
}
