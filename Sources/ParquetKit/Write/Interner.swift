/// Numbers different byte strings in the order of their first occurrence.
struct BytesInterner {
  private(set) var strings = ByteArrays()
  private var table = ProbingTable()

  /// The number of `string`, a new one if it was not seen before.
  mutating func intern(_ string: ArraySlice<UInt8>) throws(ParquetError) -> UInt32 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in string { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = mixed(hash)
    var slot = table.firstSlot(hash)
    while let number = table.number(at: slot) {
      if table.hash(at: slot) == hash && strings[Int(number)] == string { return number }
      slot = table.slot(after: slot)
    }
    let number = UInt32(strings.count)  // 4 GiB of offsets hold fewer strings
    try strings.append(string)
    table.insert(number, hash, at: slot)
    return number
  }
}

/// Numbers different bit patterns in the order of their first occurrence.
struct BitsInterner {
  private(set) var values: [UInt64] = []
  private var table = ProbingTable()

  /// The number of `value`, a new one if it was not seen before.
  ///
  /// - Precondition: at most 2^31 different values are interned, as many as a row group has rows.
  mutating func intern(_ value: UInt64) -> UInt32 {
    let hash = mixed(value)
    var slot = table.firstSlot(hash)
    while let number = table.number(at: slot) {
      if values[Int(number)] == value { return number }
      slot = table.slot(after: slot)
    }
    let number = UInt32(truncatingIfNeeded: values.count)
    values.append(value)
    table.insert(number, hash, at: slot)
    return number
  }
}

/// Spreads the bits of a hash (the finaliser of SplitMix64), so that its low bits choose a slot.
private func mixed(_ value: UInt64) -> UInt64 {
  var bits = value
  bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
  bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
  return bits ^ bits >> 31
}

/// An open-addressing hash table of numbers, at most half full.
private struct ProbingTable {
  private static let empty = UInt32.max
  private var numbers = [UInt32](repeating: empty, count: 64)
  private var hashes = [UInt64](repeating: 0, count: 64)
  private var count = 0

  /// Where the search for a hash begins; it goes on until `number(at:)` is nil.
  func firstSlot(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash) & (numbers.count - 1)
  }

  func slot(after slot: Int) -> Int {
    (slot + 1) & (numbers.count - 1)
  }

  func number(at slot: Int) -> UInt32? {
    numbers[slot] == Self.empty ? nil : numbers[slot]
  }

  func hash(at slot: Int) -> UInt64 {
    hashes[slot]
  }

  mutating func insert(_ number: UInt32, _ hash: UInt64, at slot: Int) {
    numbers[slot] = number
    hashes[slot] = hash
    count += 1
    if count * 2 > numbers.count { grow() }
  }

  private mutating func grow() {
    let old = zip(numbers, hashes).filter { $0.0 != Self.empty }
    let size = numbers.count * 2
    numbers = [UInt32](repeating: Self.empty, count: size)
    hashes = [UInt64](repeating: 0, count: size)
    for (number, hash) in old {
      var slot = Int(truncatingIfNeeded: hash) & (size - 1)
      while numbers[slot] != Self.empty { slot = (slot + 1) & (size - 1) }
      numbers[slot] = number
      hashes[slot] = hash
    }
  }
}
