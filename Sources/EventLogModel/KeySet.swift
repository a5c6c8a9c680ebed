/// The names seen so far in each object of one JSON text, to find duplicates in expected linear
/// time however many there are.
///
/// One hash table serves all objects: an entry belongs to the object whose number is mixed into its
/// hash and compared with it.
struct KeySet: Sendable {
  private struct Entry: Sendable {
    var object: UInt32
    var start: Int
    var end: Int
    var hash: UInt64
  }

  /// Where a name is, and whether it was not there before.
  struct Insertion {
    let index: Int
    let isNew: Bool
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// Open addressing with linear probing: the index of an entry plus one, 0 for an empty slot.
  private var slots: [UInt32] = []
  private let seed = ByteHash.seed

  /// Forgets all names.
  mutating func removeAll() {
    if entries.isEmpty { return }
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    // A table that one hostile text has made large would cost every later one its clearing.
    if slots.count > 4096 {
      slots = []
    } else {
      for slot in slots.indices { slots[slot] = 0 }
    }
  }

  /// Adds a name of an object; gives its index, and whether the object already had it.
  mutating func insert(_ key: RawSpan, object: UInt32) -> Insertion {
    if entries.count * 2 >= slots.count { grow() }
    let hash = ByteHash.hash(key, seed: seed, salt: UInt64(object))
    var slot = Int(truncatingIfNeeded: hash >> 32) & (slots.count - 1)
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      let entry = entries[index]
      if entry.hash == hash, entry.object == object,
        bytes.span.bytes.extracting(entry.start..<entry.end).equals(key)
      {
        return Insertion(index: index, isNew: false)
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    let start = bytes.count
    bytes.append(bytesOf: key)
    entries.append(Entry(object: object, start: start, end: bytes.count, hash: hash))
    // Each name takes at least three bytes of the text, which is far smaller than 4 GiB of them.
    slots[slot] = UInt32(truncatingIfNeeded: entries.count)
    return Insertion(index: entries.count - 1, isNew: true)
  }

  /// Adds a name as the scanner found it.
  mutating func insert(
    _ key: JSONScanner.Text, input: RawSpan, scratch: [UInt8], object: UInt32
  ) -> Insertion {
    if key.isInScratch { return insert(scratch.span.bytes.extracting(key.range), object: object) }
    return insert(input.extracting(key.range), object: object)
  }

  /// The name with an index, shortened for people.
  func shortened(_ index: Int) -> String {
    let entry = entries[index]
    return ShortenedText.make(bytes.span.bytes.extracting(entry.start..<entry.end))
  }

  private mutating func grow() {
    let size = max(64, slots.count * 2)
    var table = [UInt32](repeating: 0, count: size)
    for index in entries.indices {
      var slot = Int(truncatingIfNeeded: entries[index].hash >> 32) & (size - 1)
      while table[slot] != 0 { slot = (slot + 1) & (size - 1) }
      table[slot] = UInt32(truncatingIfNeeded: index + 1)
    }
    slots = table
  }
}
