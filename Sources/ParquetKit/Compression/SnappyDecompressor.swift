// Unsafe pointers: this loop sets the speed of reading, so it copies 16 bytes where the format asks
// for fewer. The caller provides `slack` bytes beyond the output for that; every length and offset
// that the input states is checked here before it is used. The tests hold it against a plain twin.

/// The loop that expands a Snappy block.
enum SnappyDecompressor {
  /// How far beyond the stated size the loop may write, with bytes that mean nothing.
  static let slack = 80

  /// Why a block is refused.
  enum Fault: Hashable {
    case truncated
    case offsetOutside
    case tooLong
    case tooShort

    var sentence: String {
      switch self {
      case .truncated: "A Snappy block ends in the middle of an element."
      case .offsetOutside: "A Snappy block copies from before its beginning."
      case .tooLong: "A Snappy block holds more bytes than it states."
      case .tooShort: "A Snappy block holds fewer bytes than it states."
      }
    }
  }

  /// Expands the elements of `source`, the block without its length, to exactly `size` bytes.
  ///
  /// - Parameter destination: at least `size + slack` bytes.
  /// - Returns: nil when it fits exactly.
  static func run(
    _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer, size: Int
  ) -> Fault? {
    precondition(size >= 0 && destination.count >= size + slack)
    guard let sourceStart = source.baseAddress, let start = destination.baseAddress else {
      return size == 0 ? nil : .tooShort
    }
    var input = sourceStart
    let inputEnd = sourceStart + source.count
    var output = start
    let outputEnd = start + size

    while input < inputEnd {
      let tag = Int(input.load(as: UInt8.self))
      input += 1
      let offset: Int
      let length: Int

      switch tag & 3 {
      case 0:
        var literal = (tag >> 2) + 1
        if literal <= 16 && inputEnd - input >= 16 && literal <= outputEnd - output {
          copy16(input, output)
          input += literal
          output += literal
          continue
        }
        if literal > 60 {
          let extra = literal - 60
          guard inputEnd - input >= extra else { return .truncated }
          literal = 0
          for index in 0..<extra {
            literal |= Int(input.load(fromByteOffset: index, as: UInt8.self)) << (8 * index)
          }
          literal += 1
          input += extra
        }
        guard literal <= inputEnd - input else { return .truncated }
        guard literal <= outputEnd - output else { return .tooLong }
        output.copyMemory(from: input, byteCount: literal)
        input += literal
        output += literal
        continue
      case 1:
        guard inputEnd - input >= 1 else { return .truncated }
        length = ((tag >> 2) & 7) + 4
        offset = (tag & 0xE0) << 3 | Int(input.load(as: UInt8.self))
        input += 1
      case 2:
        guard inputEnd - input >= 2 else { return .truncated }
        length = (tag >> 2) + 1
        offset = Int(UInt16(littleEndian: input.loadUnaligned(as: UInt16.self)))
        input += 2
      default:
        guard inputEnd - input >= 4 else { return .truncated }
        length = (tag >> 2) + 1
        offset = Int(UInt32(littleEndian: input.loadUnaligned(as: UInt32.self)))
        input += 4
      }

      guard offset > 0 && offset <= output - start else { return .offsetOutside }
      guard length <= outputEnd - output else { return .tooLong }
      var from = UnsafeRawPointer(output - offset)
      let end = output + length  // length <= 64, so no copy below passes output + length + slack
      if offset >= 16 {
        copy16(from, output)
        if length > 16 {
          copy16(from + 16, output + 16)
          if length > 32 {
            copy16(from + 32, output + 32)
            copy16(from + 48, output + 48)
          }
        }
      } else {
        // The period is shorter than a word: each round doubles it until words do not overlap.
        var to = output
        while to - UnsafeMutableRawPointer(mutating: from) < 8 && to < end {
          let distance = to - UnsafeMutableRawPointer(mutating: from)
          copy8(from, to)
          to += distance
        }
        while to < end {
          copy8(from, to)
          from += 8
          to += 8
        }
      }
      output = end
    }
    return output == outputEnd ? nil : .tooShort
  }

  @inline(__always)
  private static func copy16(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) {
    to.storeBytes(of: from.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
  }

  @inline(__always)
  private static func copy8(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) {
    to.storeBytes(of: from.loadUnaligned(as: UInt64.self), as: UInt64.self)
  }
}
