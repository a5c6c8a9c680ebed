/// A part of the keys that is listed page by page: those behind one place, up to and with another.
struct ParallelListerRange: Sendable {
  /// Names the range; ranges are cut, but never renamed.
  let id: Int
  /// The keys lie behind this.
  let start: KeyPoint
  /// What is sent for ``start``: nil for the range that begins with the prefix, and with the key that
  /// is the prefix itself.
  let startAfter: String?
  /// The keys lie before this, or are it; nil for the end of the prefix.
  var end: KeyPoint?
  /// The last key that was received.
  var last: KeyPoint?
  /// The first key of the latest page.
  var firstOfPage: KeyPoint?
  /// Where the next page begins, as the server says it.
  var token: String?
  /// How many keys were received.
  var count = 0
  /// How many keys there are taken to be, before the first has been received; nil where nobody knows.
  var expected: Double?
  /// Whether a request is under way.
  var isInFlight = false
  /// Whether all its keys have been received.
  var isComplete = false
  /// Whether it was made by a cut that may have nothing behind it, and has received nothing yet.
  var isSpeculative = false
  /// Pages that were received but not handed on.
  var pages: [[S3ObjectSummary]] = []
  /// Places with keys behind them, as common prefixes have shown; sorted.
  var marks: [KeyPoint] = []

  /// Everything up to here has been received.
  var position: KeyPoint { last ?? start }

  /// How many keys are still to come, by how dense they were so far; nil where nobody knows.
  func keysLeft(_ alphabet: KeyAlphabet, prefixLength: Int) -> Double? {
    guard let last else { return expected }
    let shared = max(prefixLength, end.map(start.commonLength(with:)) ?? prefixLength)
    let from = alphabet.position(of: start, sharing: min(shared, start.scalars.count))
    let now = alphabet.position(of: last, sharing: shared)
    let to = alphabet.position(of: end, sharing: shared)
    guard to > now else { return 0 }
    guard now > from else { return ParallelListerRange.uncountable }
    return min(Double(count) * (to - now) / (now - from), ParallelListerRange.uncountable)
  }

  /// More than any bucket's part that is worth telling apart.
  private static let uncountable = 1e12

  /// The lengths of the beginnings of the last key behind whose keys the range may go on: those at
  /// which the keys of the latest page did not differ any more are not worth a request.
  var levels: ClosedRange<Int>? {
    guard let last, let firstOfPage else { return nil }
    let highest = (end.map(last.commonLength(with:)) ?? lowestLevel) + 1
    let deepest = min(last.commonLength(with: firstOfPage) + 1, last.scalars.count)
    return max(highest, lowestLevel + 1) <= deepest
      ? max(highest, lowestLevel + 1)...deepest : nil
  }

  /// The length of the prefix that all keys share.
  var lowestLevel: Int

  /// The place behind the keys that share so many scalars with the last one, if it lies within the
  /// range.
  func place(behind level: Int) -> KeyPoint? {
    guard let place = last?.successor(ofPrefix: level), end.map({ place < $0 }) ?? true
    else { return nil }
    return place
  }
}
