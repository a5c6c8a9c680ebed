/// A key, or a place between keys, as its Unicode scalars: their order is that of the UTF-8 bytes, by
/// which S3 sorts, and whatever is put together from them is valid UTF-8.
struct KeyPoint: Sendable, Hashable, Comparable {
  let scalars: [UInt32]

  init(_ text: String) {
    scalars = text.unicodeScalars.map(\.value)
  }

  init(scalars: [UInt32]) {
    self.scalars = scalars
  }

  /// The key.
  var text: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars.lazy.compactMap(Unicode.Scalar.init))
    return String(view)
  }

  static func < (left: KeyPoint, right: KeyPoint) -> Bool {
    left.scalars.lexicographicallyPrecedes(right.scalars)
  }

  /// How many scalars two keys have in common at their beginning.
  func commonLength(with other: KeyPoint) -> Int {
    var length = 0
    while length < scalars.count, length < other.scalars.count,
      scalars[length] == other.scalars[length]
    {
      length += 1
    }
    return length
  }

  /// The smallest place of its kind behind all keys that begin with the first so many scalars: those
  /// scalars, the last one made one greater. Nil where there is no greater one.
  func successor(ofPrefix length: Int) -> KeyPoint? {
    guard length > 0, length <= scalars.count else { return nil }
    let last = scalars[length - 1]
    // Surrogates are no scalars.
    let next = last == 0xD7FF ? 0xE000 : last + 1
    guard next <= 0x10FFFF else { return nil }
    return KeyPoint(scalars: Array(scalars[..<(length - 1)]) + [next])
  }
}

/// What is known of how keys are made: which scalars stand at a position, and behind which other one
/// where enough keys were seen to tell. With it the keys between two places can be thought of as numbers, each position being a digit, so that
/// a place half-way can be named.
///
/// It only guides where a listing is cut: a wrong picture costs requests, never a key.
struct KeyAlphabet: Sendable {
  private struct Digits {
    /// The scalars, sorted.
    var scalars: [UInt32]
    /// How many keys had one of them.
    var count: Int
  }

  /// What stands at a position, by the position and the scalar before, and by the position alone.
  private var digits: [UInt64: Digits] = [:]
  /// All scalars behind the prefix, sorted.
  private var all: [UInt32] = []

  /// The bounds of what is remembered.
  private static let mostPositions = 65_536
  private static let mostDigits = 128
  /// How many keys tell enough about what stands behind a scalar.
  private static let enough = 16
  /// Stands for any scalar before.
  private static let any: UInt32 = 0x1F_FFFF
  /// A step finer than this cannot be told apart in the 53 bits of a number.
  private static let finest = 1e-15

  /// Takes note of a key.
  ///
  /// - Parameter length: How many scalars all keys share.
  mutating func learn(_ key: KeyPoint, behind length: Int) {
    var previous: UInt32 = 0
    for (position, scalar) in key.scalars.enumerated() {
      if position >= length, all.count < KeyAlphabet.mostDigits {
        let rank = KeyAlphabet.rank(of: scalar, in: all)
        if rank == all.count || all[rank] != scalar { all.insert(scalar, at: rank) }
      }
      learn(scalar, KeyAlphabet.index(position, behind: previous))
      learn(scalar, KeyAlphabet.index(position, behind: KeyAlphabet.any))
      previous = scalar
    }
  }

  private mutating func learn(_ scalar: UInt32, _ index: UInt64) {
    guard var known = digits[index] else {
      if digits.count < KeyAlphabet.mostPositions {
        digits[index] = Digits(scalars: [scalar], count: 1)
      }
      return
    }
    let rank = KeyAlphabet.rank(of: scalar, in: known.scalars)
    let isNew = rank == known.scalars.count || known.scalars[rank] != scalar
    guard isNew || known.count < KeyAlphabet.enough else { return }
    // Nobody else holds the array while it changes.
    digits[index] = nil
    if isNew, known.scalars.count < KeyAlphabet.mostDigits {
      known.scalars.insert(scalar, at: rank)
    }
    known.count += 1
    digits[index] = known
  }

  /// The scalars that may stand at a position of a key, sorted.
  private func known(at position: Int, of scalars: [UInt32]) -> [UInt32]? {
    let previous = position == 0 ? 0 : scalars[position - 1]
    if let near = digits[KeyAlphabet.index(position, behind: previous)],
      near.count >= KeyAlphabet.enough
    {
      return near.scalars
    }
    return digits[KeyAlphabet.index(position, behind: KeyAlphabet.any)]?.scalars
  }

  /// Where a key lies among those that share its first so many scalars: from 0 to 1; a key of nil
  /// lies behind all of them.
  func position(of key: KeyPoint?, sharing length: Int) -> Double {
    guard let key else { return 1 }
    var position = 0.0
    var width = 1.0
    for offset in length..<max(length, key.scalars.count) {
      let scalar = key.scalars[offset]
      guard width > KeyAlphabet.finest, let known = known(at: offset, of: key.scalars)
      else { break }
      let rank = KeyAlphabet.rank(of: scalar, in: known)
      width /= Double(known.count)
      position += width * Double(rank)
      // Of what comes behind a scalar that was never seen nothing is known.
      guard rank < known.count, known[rank] == scalar else { break }
    }
    return position
  }

  /// A place behind all keys that share so many scalars with a key; nil where there is none before
  /// the end.
  ///
  /// Where keys were seen to differ at the last of these scalars, it is half-way through all scalars
  /// that were seen anywhere; otherwise it is the next place of all.
  func place(behind key: KeyPoint, sharing length: Int, before end: KeyPoint?) -> KeyPoint? {
    guard let next = key.successor(ofPrefix: length), end.map({ next < $0 }) ?? true
    else { return nil }
    let position = length - 1
    guard let known = known(at: position, of: key.scalars), known.count > 1 else { return next }
    let first = KeyAlphabet.rank(of: next.scalars[position], in: all)
    var last = all.count
    if let end, position < end.scalars.count, key.commonLength(with: end) >= position {
      last = KeyAlphabet.rank(of: end.scalars[position], in: all)
    }
    // Scalars that were never seen anywhere are not looked for: who has them is found in passing.
    guard first < last else { return nil }
    let place = KeyPoint(
      scalars: Array(key.scalars[..<position]) + [all[first + (last - first) / 2]])
    return next < place && end.map { place < $0 } ?? true ? place : next
  }

  /// The place at a fraction of the way from one to another, or nil where the keys that are known
  /// leave none.
  func place(between lower: KeyPoint, and upper: KeyPoint?, atLeast shared: Int, fraction: Double)
    -> KeyPoint?
  {
    let length = max(shared, upper.map(lower.commonLength(with:)) ?? shared)
    guard length <= lower.scalars.count else { return nil }
    let start = position(of: lower, sharing: length)
    let end = position(of: upper, sharing: length)
    guard end - start > KeyAlphabet.finest * 16 else { return nil }
    var rest = start + (end - start) * fraction
    var width = 1.0
    var scalars = Array(lower.scalars[..<length])
    while width > (end - start) / 64, let known = known(at: scalars.count, of: scalars) {
      rest *= Double(known.count)
      let digit = min(max(0, Int(rest)), known.count - 1)
      scalars.append(known[digit])
      rest -= Double(digit)
      width /= Double(known.count)
    }
    let place = KeyPoint(scalars: scalars)
    guard lower < place, upper.map({ place < $0 }) ?? true else { return nil }
    return place
  }

  private static func index(_ position: Int, behind previous: UInt32) -> UInt64 {
    // A key has at most 1,024 bytes, and 21 bits are enough for a scalar.
    UInt64(truncatingIfNeeded: position) << 32 | UInt64(previous)
  }

  /// How many of the sorted scalars are smaller.
  private static func rank(of scalar: UInt32, in sorted: [UInt32]) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < scalar { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
