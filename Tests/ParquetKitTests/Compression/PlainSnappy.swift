/// Snappy as its description reads: byte by byte on arrays, too simple to be wrong.
///
/// The fast loops are held against it, on good input and on bad.
enum PlainSnappy {
  struct Refused: Error {}

  /// The contents of a block that must hold exactly `size` bytes.
  static func decompress(_ block: [UInt8], size: Int) throws -> [UInt8] {
    var input = block[...]
    func number(_ count: Int) throws -> Int {
      guard input.count >= count else { throw Refused() }
      defer { input = input.dropFirst(count) }
      return input.prefix(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    var stated = 0
    for index in 0... {
      let byte = try number(1)
      stated |= (byte & 0x7F) << (7 * index)
      if byte < 0x80 { break }
      guard index < 4 else { throw Refused() }
    }
    guard stated == size else { throw Refused() }

    var output: [UInt8] = []
    while !input.isEmpty {
      let tag = try number(1)
      if tag & 3 == 0 {
        var length = tag >> 2 + 1
        if length > 60 { length = try number(length - 60) + 1 }
        guard input.count >= length, output.count + length <= size else { throw Refused() }
        output += input.prefix(length)
        input = input.dropFirst(length)
        continue
      }
      let length: Int
      let offset: Int
      switch tag & 3 {
      case 1:
        length = (tag >> 2) & 7 + 4
        offset = (tag >> 5) << 8 + (try number(1))
      case 2:
        length = tag >> 2 + 1
        offset = try number(2)
      default:
        length = tag >> 2 + 1
        offset = try number(4)
      }
      guard offset > 0, offset <= output.count, output.count + length <= size else {
        throw Refused()
      }
      for _ in 0..<length { output.append(output[output.count - offset]) }
    }
    guard output.count == size else { throw Refused() }
    return output
  }

  /// The block that a greedy search writes which remembers the last place of each slot's word.
  ///
  /// `slot` gives the place in the table of four bytes; `margin` bytes at the end are not searched.
  static func compress(
    _ bytes: [UInt8], window: Int, margin: Int, slot: (UInt32) -> Int
  ) -> [UInt8] {
    func word(_ position: Int) -> UInt32 {
      bytes[position..<position + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    var output: [UInt8] = []
    var rest = bytes.count
    while rest >= 128 {
      output.append(UInt8(rest % 128 + 128))
      rest /= 128
    }
    output.append(UInt8(rest))

    func literal(_ range: Range<Int>) {
      guard !range.isEmpty else { return }
      var last = range.count - 1
      if last < 60 {
        output.append(UInt8(last * 4))
      } else {
        var little: [UInt8] = []
        while last > 0 {
          little.append(UInt8(last % 256))
          last /= 256
        }
        output.append(UInt8((59 + little.count) * 4))
        output += little
      }
      output += bytes[range]
    }
    func copy(_ offset: Int, _ length: Int) {
      var length = length
      while length > 0 {
        let part = length >= 68 ? 64 : length > 64 ? 60 : length
        if part < 12 && offset < 2048 {
          output += [UInt8(1 + (part - 4) * 4 + offset / 256 * 32), UInt8(offset % 256)]
        } else {
          output += [UInt8(2 + (part - 1) * 4), UInt8(offset % 256), UInt8(offset / 256)]
        }
        length -= part
      }
    }

    var table: [Int: Int] = [:]
    var literalStart = 0
    var position = 1
    var stride = 32
    while position < bytes.count - margin {
      let place = slot(word(position))
      let candidate = table[place] ?? 0
      table[place] = position
      guard position - candidate <= window, word(candidate) == word(position) else {
        if literalStart == position {
          // Directly behind a copy the next byte is not skipped over, and the steps begin anew.
          position += 1
          stride = 32
        } else {
          position += stride / 32
          stride += stride / 32
        }
        continue
      }
      literal(literalStart..<position)
      var length = 4
      while position + length < bytes.count, bytes[candidate + length] == bytes[position + length] {
        length += 1
      }
      copy(position - candidate, length)
      position += length
      literalStart = position
      stride = 32
      if position < bytes.count - margin { table[slot(word(position - 1))] = position - 1 }
    }
    literal(literalStart..<bytes.count)
    return output
  }
}
