/// Writes the hybrid of run lengths and bit-packed groups (Parquet format, "Encodings": RLE).
///
/// A value that comes 8 times or more in a row becomes a run; everything between is packed in
/// groups of 8.
struct HybridEncoder {
  /// The packed groups of one run are counted in a header of few bytes and buffered: 512 values.
  private static let maximumGroups = 64

  private let bitWidth: Int
  private(set) var bytes: [UInt8] = []
  /// Values that wait for their group of 8 or their run.
  private var pending: [UInt32] = []
  private var repeated: UInt32 = 0
  /// How often `repeated` came last; the occurrences are not in `pending`.
  private var repeats = 0

  /// - Precondition: `bitWidth` is 0...32 and no value is wider.
  init(bitWidth: Int) {
    self.bitWidth = bitWidth
    pending.reserveCapacity(Self.maximumGroups * 8)
  }

  mutating func append(_ value: UInt32, count: Int = 1) {
    if value == repeated && repeats > 0 {
      repeats += count
      return
    }
    flushRepeats()
    repeated = value
    repeats = count
  }

  /// Ends the last run and returns all bytes.
  mutating func finish() -> [UInt8] {
    flushRepeats()
    flushPacked()
    return bytes
  }

  /// Decides what becomes of the repeated value before another one comes.
  private mutating func flushRepeats() {
    // A group that was begun is filled up first: a run can only start at a whole group.
    let fill = min(repeats, (8 - pending.count % 8) % 8)
    if repeats - fill >= 8 {
      appendPending(fill)
      flushPacked()
      bytes.appendVarint(UInt64(repeats) << 1)
      let value = repeated
      for index in 0..<((bitWidth + 7) / 8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(index * 8)))
      }
      repeats = 0
    } else {
      appendPending(repeats)
    }
  }

  private mutating func appendPending(_ count: Int) {
    for _ in 0..<count {
      pending.append(repeated)
      if pending.count == Self.maximumGroups * 8 { flushPacked() }
    }
    repeats -= count
  }

  private mutating func flushPacked() {
    if pending.isEmpty { return }
    let groups = (pending.count + 7) / 8
    while pending.count < groups * 8 { pending.append(0) }
    bytes.appendVarint(UInt64(groups) << 1 | 1)
    Self.pack(pending, bitWidth: bitWidth, into: &bytes)
    pending.removeAll(keepingCapacity: true)
  }

  private static func pack(_ values: [UInt32], bitWidth: Int, into bytes: inout [UInt8]) {
    BitPacking.pack(values.span, bitWidth: bitWidth, into: &bytes)
  }
}
