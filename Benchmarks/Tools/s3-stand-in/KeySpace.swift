/// The keys that the stand-in lists: `events/` and seven digits, `.json`, in the order of numbers,
/// which is that of bytes, too.
struct KeySpace: Sendable {
  static let prefix = Array("events/".utf8)
  static let suffix = Array(".json".utf8)
  static let digits = 7

  let count: Int

  /// A key's bytes.
  static func key(_ index: Int) -> [UInt8] {
    var digits = [UInt8](repeating: UInt8(ascii: "0"), count: KeySpace.digits)
    var rest = index
    for position in digits.indices.reversed() {
      digits[position] += UInt8(rest % 10)
      rest /= 10
    }
    return prefix + digits + suffix
  }

  /// The index of the first key for which this holds; it holds for all that follow.
  private func first(where holds: ([UInt8]) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(KeySpace.key(middle)) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The keys that begin with a prefix and follow another key.
  func range(prefix: [UInt8], after: [UInt8]?) -> Range<Int> {
    let begin = first { !$0.lexicographicallyPrecedes(prefix) }
    let end = first { $0.starts(with: prefix) == false && prefix.lexicographicallyPrecedes($0) }
    guard let after else { return begin..<max(begin, end) }
    let next = max(begin, first { after.lexicographicallyPrecedes($0) })
    return min(next, end)..<max(min(next, end), end)
  }
}
