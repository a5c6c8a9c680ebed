/// A part of the keys that is listed page by page: those behind one place, up to and with another.
struct ParallelListerRange: Sendable {
  /// Names the range; ranges are cut, but never renamed.
  let id: Int
  /// The keys lie behind this.
  let start: KeyPoint
  /// What is sent for ``start``: nil for the range that begins with the prefix, and with the key that
  /// is the prefix itself.
  let startAfter: String?
  /// How many scalars all keys share: those of the prefix.
  let lowestLevel: Int
  /// The keys lie before this, or are it; nil for the end of the prefix.
  var end: KeyPoint?
  /// The first key that was received.
  var first: KeyPoint?
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
  /// Pages that were received but not handed on.
  var pages: [[S3ObjectSummary]] = []
  /// Places with keys behind them, as common prefixes have shown; sorted.
  var marks: [KeyPoint] = []

  /// Everything up to here has been received.
  var position: KeyPoint { last ?? start }

  /// How many keys are taken to be still to come, by how dense they were so far; nil where nobody
  /// knows.
  private(set) var keysLeft: Double?
  /// Where the range may be cut by that estimate, and where to look whether it goes on at all.
  private(set) var places: (estimated: KeyPoint?, explored: KeyPoint?) = (nil, nil)

  /// A range with nothing received.
  ///
  /// - Parameters:
  ///   - lowestLevel: How many scalars all keys share.
  ///   - expected: How many keys there are taken to be.
  init(
    id: Int, start: KeyPoint, startAfter: String?, end: KeyPoint? = nil, lowestLevel: Int,
    expected: Double? = nil
  ) {
    self.id = id
    self.start = start
    self.startAfter = startAfter
    self.end = end
    self.lowestLevel = lowestLevel
    self.expected = expected
  }

  /// Looks anew at where to cut, after something has changed.
  ///
  /// - Parameter stride: How many keys the first part of a cut is to have; half of them where nil.
  mutating func lookForPlaces(_ alphabet: KeyAlphabet, stride: Double?) {
    keysLeft = estimate(alphabet)
    places = (nil, nil)
    if let keysLeft, keysLeft > 0 {
      places.estimated = alphabet.place(
        between: position, and: end, atLeast: lowestLevel,
        fraction: stride.map { min(0.5, $0 / keysLeft) } ?? 0.5)
    }
    guard let last, let levels else { return }
    // The middle one first; where that has no place, those around it.
    let middle = (levels.lowerBound + levels.upperBound) / 2
    for level in Array((levels.lowerBound...middle).reversed()) + Array(middle...levels.upperBound)
    {
      if let place = alphabet.place(behind: last, sharing: level, before: end) {
        places.explored = place
        return
      }
    }
  }

  private func estimate(_ alphabet: KeyAlphabet) -> Double? {
    guard let last, let first else { return expected }
    let shared = max(lowestLevel, end.map(first.commonLength(with:)) ?? lowestLevel)
    let from = alphabet.position(of: first, sharing: min(shared, first.scalars.count))
    let now = alphabet.position(of: last, sharing: shared)
    let to = alphabet.position(of: end, sharing: shared)
    guard to > now else { return 0 }
    // Too close to each other to tell: some more of the same.
    guard now > from else { return max(expected ?? 0, Double(count) * 8) }
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

}
