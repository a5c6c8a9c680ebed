/// Distinct strings in UTF-8, numbered in the order of their first appearance.
///
/// The strings lie one after another in ``bytes``; entry `i` is
/// `bytes[offsets[i]..<offsets[i + 1]]`. A hash table finds the code of a string in expected
/// constant time; for an adopted dictionary it is built when it is first needed.
public struct StringDictionary: Sendable {
  /// The bytes of all entries, one after another.
  public private(set) var bytes: [UInt8]
  /// Where each entry begins, and where the last one ends: `count + 1` entries, the first one 0.
  public private(set) var offsets: [UInt32]
  /// Open addressing with linear probing, a power of two in size: the upper half of a slot holds
  /// 32 bits of the hash, the lower half the code plus one; 0 is an empty slot.
  private var slots: [UInt64]
  /// A copy, because reading the global one costs a check each time.
  private let seed = ByteHash.seed
  /// The code that was given last: a column's values often repeat.
  private var lastCode: UInt32 = 0

  /// An empty dictionary.
  public init() {
    bytes = []
    offsets = [0]
    slots = []
  }

  /// Takes over strings as they come from elsewhere, such as a Parquet dictionary page; they may
  /// hold duplicates and entries that nobody uses.
  ///
  /// - Parameters:
  ///   - bytes: The strings, one after another.
  ///   - offsets: Where each begins, and where the last one ends.
  /// - Throws: ``StringDictionaryError`` where the offsets do not describe the bytes or an entry
  ///   is not UTF-8.
  public init(adopting bytes: [UInt8], offsets: [UInt32]) throws(StringDictionaryError) {
    guard let first = offsets.first, first == 0, let last = offsets.last,
      Int(last) == bytes.count, offsets.count <= StringDictionary.maximumCount
    else { throw .invalidOffsets }
    for entry in 1..<max(offsets.count, 1) where offsets[entry] < offsets[entry - 1] {
      throw .invalidOffsets
    }
    self.bytes = bytes
    self.offsets = offsets
    slots = []
    for code in 0..<count where !UTF8Validation.isValid(self[bytesOf: UInt32(code)]) {
      throw .invalidUTF8(entry: code)
    }
  }

  private static let maximumCount = Int(UInt32.max) - 1

  /// The number of entries.
  @inline(__always)
  public var count: Int { offsets.count - 1 }

  /// Whether there is no entry.
  public var isEmpty: Bool { count == 0 }

  /// The bytes of an entry. The code must be less than ``count``.
  @inline(__always)
  public subscript(bytesOf code: UInt32) -> RawSpan {
    @_lifetime(borrow self)
    get {
      let lower = Int(offsets[Int(code)])
      let upper = Int(offsets[Int(code) + 1])
      return bytes.span.bytes.extracting(lower..<upper)
    }
  }

  /// An entry as a string. The code must be less than ``count``.
  public subscript(code: UInt32) -> String {
    let lower = Int(offsets[Int(code)])
    let upper = Int(offsets[Int(code) + 1])
    return String(decoding: bytes[lower..<upper], as: UTF8.self)
  }

  /// The code of a string, which is added where it is new.
  ///
  /// - Parameter value: Valid UTF-8.
  /// - Throws: ``StringDictionaryError/full`` when the bytes no longer fit 32-bit offsets.
  /// - Complexity: Expected O(length of the string).
  @inline(__always)
  public mutating func intern(_ value: RawSpan) throws(StringDictionaryError) -> UInt32 {
    if lastCode < count, self[bytesOf: lastCode].equals(value) { return lastCode }
    let code = try find(value)
    lastCode = code
    return code
  }

  private mutating func find(_ value: RawSpan) throws(StringDictionaryError) -> UInt32 {
    if slots.isEmpty { buildTable(capacity: max(16, count * 2)) }
    let hash = ByteHash.hash(value, seed: seed)
    let mark = hash >> 32
    var slot = Int(truncatingIfNeeded: mark) & (slots.count - 1)
    while true {
      let content = slots[slot]
      if content == 0 { break }
      if content >> 32 == mark {
        let code = UInt32(truncatingIfNeeded: content) - 1
        if self[bytesOf: code].equals(value) { return code }
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return try add(value, mark: mark, slot: slot)
  }

  /// The code of a string, which is added where it is new.
  ///
  /// - Throws: ``StringDictionaryError/full`` when the bytes no longer fit 32-bit offsets.
  public mutating func intern(_ value: String) throws(StringDictionaryError) -> UInt32 {
    let utf8 = Array(value.utf8)
    return try intern(utf8.span.bytes)
  }

  /// The code of a string, or nil where the dictionary does not hold it.
  ///
  /// - Complexity: Expected O(length of the string) once the table is built, which
  ///   ``intern(_:)-(RawSpan)`` does; O(``count``) on an adopted dictionary before that.
  public func code(of value: RawSpan) -> UInt32? {
    if slots.isEmpty {
      for code in 0..<UInt32(truncatingIfNeeded: count) where self[bytesOf: code].equals(value) {
        return code
      }
      return nil
    }
    let mark = ByteHash.hash(value, seed: seed) >> 32
    var slot = Int(truncatingIfNeeded: mark) & (slots.count - 1)
    while slots[slot] != 0 {
      let content = slots[slot]
      if content >> 32 == mark {
        let code = UInt32(truncatingIfNeeded: content) - 1
        if self[bytesOf: code].equals(value) { return code }
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Whether a string of this many bytes can be added.
  func hasRoom(forBytes more: Int) -> Bool {
    more <= Int(UInt32.max) - bytes.count && offsets.count < StringDictionary.maximumCount
  }

  @inline(never)
  private mutating func add(
    _ value: RawSpan, mark: UInt64, slot: Int
  ) throws(StringDictionaryError) -> UInt32 {
    guard hasRoom(forBytes: value.byteCount) else { throw .full }
    let code = UInt32(count)
    bytes.append(bytesOf: value)
    offsets.append(UInt32(bytes.count))
    slots[slot] = mark << 32 | UInt64(code + 1)
    // Half full at most keeps the probes short.
    if count * 2 > slots.count { buildTable(capacity: count * 2) }
    return code
  }

  /// Makes the table anew, for at least this many entries. Of equal entries the first one is kept.
  private mutating func buildTable(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    var table = [UInt64](repeating: 0, count: size)
    for code in 0..<UInt32(truncatingIfNeeded: count) {
      let value = self[bytesOf: code]
      let mark = ByteHash.hash(value, seed: seed) >> 32
      var slot = Int(truncatingIfNeeded: mark) & (size - 1)
      var isDuplicate = false
      while table[slot] != 0 {
        let content = table[slot]
        if content >> 32 == mark,
          self[bytesOf: UInt32(truncatingIfNeeded: content) - 1].equals(value)
        {
          isDuplicate = true
          break
        }
        slot = (slot + 1) & (size - 1)
      }
      if !isDuplicate { table[slot] = mark << 32 | UInt64(code + 1) }
    }
    slots = table
  }
}

/// Why strings could not be taken into a ``StringDictionary``.
public enum StringDictionaryError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The offsets do not begin with 0, do not end with the number of bytes, or decrease.
  case invalidOffsets
  /// An entry is not valid UTF-8.
  case invalidUTF8(entry: Int)
  /// The strings no longer fit 32-bit offsets (4 GiB).
  case full

  /// The error as a sentence.
  public var description: String {
    switch self {
    case .invalidOffsets: "The offsets of the string dictionary do not describe its bytes."
    case .invalidUTF8(let entry): "Entry \(entry) of the string dictionary is not valid UTF-8."
    case .full: "The string dictionary holds 4 GiB of strings and cannot take another."
    }
  }
}
