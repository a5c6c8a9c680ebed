/// A walk over the headers of ZSTD frames and blocks, for the size of their contents.
///
/// RFC 8878, section 3.1. libzstd reports what a frame header states; this also adds up what the
/// blocks can hold, so that a header that lies costs no memory.
enum ZstdFrames {
  /// How many bytes frames decompress to.
  enum ContentSize: Hashable {
    /// Every frame states its size.
    case exactly(Int)
    /// A frame does not state its size; its blocks hold no more.
    case atMost(Int)
  }

  private static let frameMagic: UInt64 = 0xFD2F_B528
  private static let skippableMagic: UInt64 = 0x184D_2A50
  private static let maximumBlockSize = 128 << 10

  /// The size of the contents of all frames in `source`, skippable ones left out.
  static func contentSize(of source: RawSpan) throws(ParquetError) -> ContentSize {
    guard source.byteCount > 0 else {
      throw ParquetError(.truncated, "A ZSTD page has no bytes at all.")
    }
    // No addition below overflows: positions stay near the input's end, and the total within
    // 128 KiB for every three bytes of input.
    var position = 0
    var total = 0
    var isExact = true
    while position < source.byteCount {
      let magic = try read(4, at: &position, source)
      if magic & ~0xF == skippableMagic {
        let size = try read(4, at: &position, source)
        try skip(Int(size), at: &position, source)
        continue
      }
      guard magic == frameMagic else {
        throw ParquetError(.corrupt, "A ZSTD page does not begin with a ZSTD frame.")
      }
      let frame = try readFrameHeader(at: &position, source)
      let bound = try walkBlocks(frame, at: &position, source)
      if frame.hasChecksum { try skip(4, at: &position, source) }
      if let stated = frame.contentSize {
        guard stated <= UInt64(bound) else {
          throw ParquetError(
            .corrupt, "A ZSTD frame states \(stated) bytes, but its blocks hold at most \(bound).")
        }
        total += Int(stated)
      } else {
        total += bound
        isExact = false
      }
    }
    return isExact ? .exactly(total) : .atMost(total)
  }

  private struct FrameHeader {
    var contentSize: UInt64?
    var maximumBlockSize: Int
    var hasChecksum: Bool
  }

  private static func readFrameHeader(
    at position: inout Int, _ source: RawSpan
  ) throws(ParquetError) -> FrameHeader {
    let descriptor = try read(1, at: &position, source)
    let isSingleSegment = descriptor >> 5 & 1 == 1
    var windowSize = UInt64.max
    if !isSingleSegment {
      let window = try read(1, at: &position, source)
      let base = UInt64(1) << (10 + window >> 3)  // at most 2^41
      windowSize = base + base / 8 * (window & 7)
    }
    let dictionaryIDSizes = [0, 1, 2, 4]
    try skip(dictionaryIDSizes[Int(descriptor & 3)], at: &position, source)

    var contentSize: UInt64?
    switch descriptor >> 6 {
    case 0: contentSize = isSingleSegment ? try read(1, at: &position, source) : nil
    case 1: contentSize = try read(2, at: &position, source) + 256
    case 2: contentSize = try read(4, at: &position, source)
    default: contentSize = try read(8, at: &position, source)
    }
    if isSingleSegment, let contentSize { windowSize = contentSize }
    return FrameHeader(
      contentSize: contentSize,
      maximumBlockSize: windowSize < UInt64(maximumBlockSize) ? Int(windowSize) : maximumBlockSize,
      hasChecksum: descriptor >> 2 & 1 == 1)
  }

  /// Steps over a frame's blocks and returns the most bytes that they decompress to.
  private static func walkBlocks(
    _ frame: FrameHeader, at position: inout Int, _ source: RawSpan
  ) throws(ParquetError) -> Int {
    var total = 0
    while true {
      let header = try read(3, at: &position, source)
      let size = Int(header >> 3)
      switch header >> 1 & 3 {
      case 0:  // raw: the bytes themselves
        try skip(size, at: &position, source)
        total += min(size, frame.maximumBlockSize)
      case 1:  // one byte, repeated
        try skip(1, at: &position, source)
        total += min(size, frame.maximumBlockSize)
      case 2:
        try skip(size, at: &position, source)
        total += frame.maximumBlockSize
      default:
        throw ParquetError(.corrupt, "A ZSTD block is of the reserved type.")
      }
      if header & 1 == 1 { return total }
    }
  }

  private static func read(
    _ size: Int, at position: inout Int, _ source: RawSpan
  ) throws(ParquetError) -> UInt64 {
    let start = position
    try skip(size, at: &position, source)
    var value: UInt64 = 0
    for index in 0..<size {
      let byte = source.unsafeLoad(fromByteOffset: start + index, as: UInt8.self)
      value |= UInt64(byte) << UInt64(8 * index)
    }
    return value
  }

  private static func skip(
    _ size: Int, at position: inout Int, _ source: RawSpan
  ) throws(ParquetError) {
    guard size <= source.byteCount - position else {
      throw ParquetError(.truncated, "A ZSTD page ends in the middle of a frame.")
    }
    position += size
  }
}
