import EventLogModel

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The strings of several dictionaries in one order, so that rows compare by integers.
///
/// A rank is the position of a string among all distinct strings, by UTF-8 bytes.
///
/// Kernel: it sorts through a pointer to the bytes, with offsets that ``StringDictionary`` has
/// checked. Its twin in the tests sorts `[UInt8]` values.
struct StringRanks {
  /// For each dictionary, the rank of each code.
  let ranks: [[UInt32]]
  /// The bytes of all dictionaries, one after another.
  private let bytes: [UInt8]
  /// Where in ``bytes`` the string of each rank lies.
  private let places: [Range<Int>]

  /// The number of distinct strings.
  var count: Int { places.count }

  private struct Entry {
    /// The first eight bytes, the first one highest, which decides nearly every comparison.
    let prefix: UInt64
    let start: Int
    let length: Int
    let dictionary: Int
    let code: Int
  }

  init(_ dictionaries: [StringDictionary]) {
    var bytes: [UInt8] = []
    var entries: [Entry] = []
    bytes.reserveCapacity(dictionaries.reduce(0) { $0 + $1.bytes.count })
    entries.reserveCapacity(dictionaries.reduce(0) { $0 + $1.count })
    for (index, dictionary) in dictionaries.enumerated() {
      let base = bytes.count
      bytes.append(contentsOf: dictionary.bytes)
      for code in 0..<dictionary.count {
        let start = base + Int(dictionary.offsets[code])
        let length = base + Int(dictionary.offsets[code + 1]) - start
        var prefix: UInt64 = 0
        for position in 0..<min(8, length) {
          prefix |= UInt64(bytes[start + position]) << UInt64(56 - 8 * position)
        }
        entries.append(
          Entry(prefix: prefix, start: start, length: length, dictionary: index, code: code))
      }
    }
    var ranks = dictionaries.map { [UInt32](repeating: 0, count: $0.count) }
    var places: [Range<Int>] = []
    bytes.withUnsafeBytes { bytes in
      entries.sort { StringRanks.compare($0, $1, bytes) < 0 }
      var previous: Entry?
      for entry in entries {
        if previous.map({ StringRanks.compare($0, entry, bytes) != 0 }) ?? true {
          places.append(entry.start..<entry.start + entry.length)
        }
        previous = entry
        // There are fewer than 2^32 entries in a dictionary, and two dictionaries at most hold
        // more than 2^31 of them; rows would not fit memory long before.
        ranks[entry.dictionary][entry.code] = UInt32(truncatingIfNeeded: places.count - 1)
      }
    }
    self.ranks = ranks
    self.bytes = bytes
    self.places = places
  }

  /// Less than 0, 0 or more than 0 where the left string is less than, equal to or greater than
  /// the right one.
  private static func compare(
    _ left: Entry, _ right: Entry, _ bytes: UnsafeRawBufferPointer
  ) -> Int {
    if left.prefix != right.prefix { return left.prefix < right.prefix ? -1 : 1 }
    guard let base = bytes.baseAddress else { return 0 }
    let order = memcmp(base + left.start, base + right.start, min(left.length, right.length))
    return order == 0 ? left.length - right.length : Int(order)
  }

  /// A dictionary of the strings that are used, in the order of their ranks, and the code in it of
  /// each rank that is used.
  ///
  /// - Parameter isUsed: One flag a rank.
  func dictionary(
    of isUsed: [Bool]
  ) throws(StringDictionaryError) -> (dictionary: StringDictionary, codes: [UInt32]) {
    var codes = [UInt32](repeating: 0, count: count)
    var content: [UInt8] = []
    var offsets: [UInt32] = [0]
    for rank in 0..<count where isUsed[rank] {
      codes[rank] = UInt32(truncatingIfNeeded: offsets.count - 1)
      content.append(contentsOf: bytes[places[rank]])
      guard let end = UInt32(exactly: content.count) else { throw .full }
      offsets.append(end)
    }
    return (try StringDictionary(adopting: content, offsets: offsets), codes)
  }

  /// The string of a rank.
  func string(_ rank: Int) -> String {
    String(decoding: bytes[places[rank]], as: UTF8.self)
  }
}
