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

/// What is known of how keys are made: which scalars stand at a position behind which other one. With
/// it the keys between two places can be thought of as numbers, each position being a digit, so that
/// a place half-way can be named.
///
/// It only guides where a listing is cut: a wrong picture costs requests, never a key.
struct KeyAlphabet: Sendable {
  /// The scalars, sorted, by position and the scalar before.
  private var digits: [UInt64: [UInt32]] = [:]

  /// The bounds of what is remembered.
  private static let mostPositions = 65_536
  private static let mostDigits = 128
  /// A step finer than this cannot be told apart in the 53 bits of a number.
  private static let finest = 1e-15

  /// Takes note of a key.
  mutating func learn(_ key: KeyPoint) {
    var previous: UInt32 = 0
    for (position, scalar) in key.scalars.enumerated() {
      let index = KeyAlphabet.index(position, behind: previous)
      previous = scalar
      guard var known = digits[index] else {
        if digits.count < KeyAlphabet.mostPositions { digits[index] = [scalar] }
        continue
      }
      let rank = KeyAlphabet.rank(of: scalar, in: known)
      guard rank == known.count || known[rank] != scalar, known.count < KeyAlphabet.mostDigits
      else { continue }
      known.insert(scalar, at: rank)
      digits[index] = known
    }
  }

  /// Where a key lies among those that share its first so many scalars: from 0 to 1; a key of nil
  /// lies behind all of them.
  func position(of key: KeyPoint?, sharing length: Int) -> Double {
    guard let key else { return 1 }
    var position = 0.0
    var width = 1.0
    for offset in length..<max(length, key.scalars.count) {
      let scalar = key.scalars[offset]
      guard width > KeyAlphabet.finest, let known = digits[index(in: key.scalars, offset)]
      else { break }
      let rank = KeyAlphabet.rank(of: scalar, in: known)
      width /= Double(known.count)
      position += width * Double(rank)
      // Of what comes behind a scalar that was never seen nothing is known.
      guard rank < known.count, known[rank] == scalar else { break }
    }
    return position
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
    while width > (end - start) / 64, let known = digits[index(in: scalars, scalars.count)] {
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

  private func index(in scalars: [UInt32], _ position: Int) -> UInt64 {
    KeyAlphabet.index(position, behind: position == 0 ? 0 : scalars[position - 1])
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
