/// Which requests list the keys under a prefix side by side: the rules of ``ParallelLister`` without
/// clock, tasks and network.
///
/// The keys are cut into ranges that lie next to each other. Each range is listed page by page; a
/// request for which there is room takes what is left of the range that seems to have most, cuts it
/// in two, and lists the second part. Where to cut is a guess: half-way between the last key and the
/// range's end, by the digits that keys were seen to have (``KeyAlphabet``); at a common prefix; or,
/// where the keys seen so far leave nothing between, behind all keys that share a beginning with the
/// last one. A wrong guess costs an empty page. There are never many more such pages than full ones.
///
/// Ranges do not overlap and leave nothing out, whatever the guesses; within a range each page begins
/// behind the last one. So a key that is there all the while is listed exactly once.
struct ParallelListerPlan: Sendable {
  /// A request to be sent.
  struct Request: Sendable, Hashable {
    /// What the answer is used for.
    enum Purpose: Sendable, Hashable {
      /// The next keys of the range.
      case page
      /// Whether there are keys in the range.
      case probe
      /// Common prefixes at which to cut.
      case outline
    }

    var range: Int
    var purpose: Purpose
    var startAfter: String?
    var continuationToken: String?
    var maxKeys: Int
    var delimiter: String?
  }

  let prefix: String
  let isOrdered: Bool
  let pageSize: Int
  /// How many pages may be held back, in order to hand them on in the order of keys.
  let heldPages: Int
  /// How many keys the near end of a cut is to have in ordered listings.
  private let stride: Double

  /// The ranges that are not finished, in the order of keys.
  private(set) var ranges: [ParallelListerRange] = []
  private var alphabet = KeyAlphabet()
  private var lastID = 0
  /// Where the outline begins; nil where none is to be asked for.
  private var outlineStart: String?
  private var isOutlined = false
  /// Pages that had keys.
  private(set) var fullPages = 0
  /// Cuts with nothing behind.
  private(set) var emptyCuts = 0
  /// Requests that were given out.
  private(set) var requestCount = 0

  /// - Parameters:
  ///   - width: How many requests there are at once at most.
  ///   - heldPages: How many pages may be held back; for ordered listings.
  init(
    prefix: String, startAfter: String? = nil, pageSize: Int = 1_000, isOrdered: Bool, width: Int,
    heldPages: Int
  ) {
    self.prefix = prefix
    self.isOrdered = isOrdered
    self.pageSize = max(1, pageSize)
    self.heldPages = max(1, heldPages)
    stride = Double(self.pageSize) * max(1, Double(heldPages) / Double(2 * max(1, width)))
    let lowest = KeyPoint(prefix)
    var start = lowest
    var sent: String?
    if let startAfter, !startAfter.isEmpty {
      sent = startAfter
      start = max(lowest, KeyPoint(startAfter))
    }
    // Behind all keys with the prefix there is nothing.
    if start > lowest, start.commonLength(with: lowest) < lowest.scalars.count { return }
    ranges = [
      ParallelListerRange(
        id: 0, start: start, startAfter: sent, lowestLevel: lowest.scalars.count)
    ]
  }

  /// Whether everything has been received and handed on.
  var isFinished: Bool { ranges.isEmpty }

  /// How many pages are held back or on their way to be.
  var held: Int {
    guard isOrdered else { return ranges.reduce(0) { $0 + $1.pages.count } }
    return ranges.dropFirst().reduce(0) { $0 + $1.pages.count + ($1.isInFlight ? 1 : 0) }
  }

  // MARK: Asking

  /// The next request, or nil where there is none to be sent before an answer has come.
  mutating func nextRequest() -> Request? {
    if let start = outlineStart {
      outlineStart = nil
      requestCount += 1
      return Request(
        range: -1, purpose: .outline, startAfter: start, maxKeys: pageSize,
        delimiter: ParallelListerPlan.delimiter)
    }
    // In order: without its first range nothing goes on.
    let mayHold = !isOrdered || held < heldPages
    for index in ranges.indices where !ranges[index].isInFlight && !ranges[index].isComplete {
      guard index == 0 || mayHold else { break }
      return request(index, .page)
    }
    guard mayHold, let cut = bestCut() else { return nil }
    return request(perform(cut), isOrdered && cut.isExploring ? .probe : .page)
  }

  private mutating func request(_ index: Int, _ purpose: Request.Purpose) -> Request {
    ranges[index].isInFlight = true
    requestCount += 1
    return Request(
      range: ranges[index].id, purpose: purpose, startAfter: ranges[index].startAfter,
      continuationToken: ranges[index].token, maxKeys: purpose == .probe ? 1 : pageSize)
  }

  private static let delimiter = "/"

  // MARK: Cutting

  private struct Cut {
    var index: Int
    var place: KeyPoint
    /// How many keys are taken to be before and behind the place; nil where nobody knows.
    var keys: (before: Double, behind: Double)?
    /// Whether there may well be nothing behind it.
    var isSpeculative: Bool
    var isExploring: Bool
    var value: Double
  }

  private func bestCut() -> Cut? {
    let speculative = ranges.reduce(0) { $0 + ($1.isSpeculative ? 1 : 0) }
    let maySpeculate = emptyCuts + speculative < fullPages + ParallelListerPlan.freeGuesses
    var best: Cut?
    for index in ranges.indices where !ranges[index].isComplete {
      guard let cut = cut(index), maySpeculate || !cut.isSpeculative else { continue }
      // In ordered listings what is near comes first.
      if isOrdered, !cut.isExploring { return cut }
      if cut.value > (best?.value ?? 0) { best = cut }
    }
    return best
  }

  /// How many guesses may fail before the first page has come.
  private static let freeGuesses = 4

  private func cut(_ index: Int) -> Cut? {
    let range = ranges[index]
    let marks = range.marks
    if !marks.isEmpty {
      let mark = marks[isOrdered ? 0 : marks.count / 2]
      return Cut(
        index: index, place: mark, isSpeculative: false, isExploring: false,
        value: Double(marks.count) * Double(pageSize))
    }
    let lowest = range.lowestLevel
    if let left = range.keysLeft(alphabet, prefixLength: lowest),
      left >= 2 * (isOrdered ? max(stride, Double(pageSize)) : Double(pageSize))
    {
      let fraction = isOrdered ? min(0.5, stride / left) : 0.5
      if let place = alphabet.place(
        between: range.position, and: range.end, atLeast: lowest, fraction: fraction)
      {
        return Cut(
          index: index, place: place, keys: (left * fraction, left * (1 - fraction)),
          isSpeculative: true, isExploring: false, value: left)
      }
    }
    guard let levels = range.levels else { return nil }
    // The middle one first; where that has no place, those around it.
    let middle = (levels.lowerBound + levels.upperBound) / 2
    for level in Array((levels.lowerBound...middle).reversed()) + Array(middle...levels.upperBound)
    {
      guard let place = range.place(behind: level) else { continue }
      return Cut(
        index: index, place: place, isSpeculative: true, isExploring: true,
        // Less than any estimate that is worth a cut.
        value: min(1, Double(levels.count) / 2_048))
    }
    return nil
  }

  /// Cuts, and returns the index of the second part.
  private mutating func perform(_ cut: Cut) -> Int {
    lastID += 1
    var second = ParallelListerRange(
      id: lastID, start: cut.place, startAfter: cut.place.text, end: ranges[cut.index].end,
      lowestLevel: ranges[cut.index].lowestLevel)
    second.expected = cut.keys?.behind
    second.isSpeculative = cut.isSpeculative
    second.marks = ranges[cut.index].marks.filter { $0 > cut.place }
    ranges[cut.index].marks.removeAll { $0 >= cut.place }
    ranges[cut.index].end = cut.place
    if ranges[cut.index].last == nil { ranges[cut.index].expected = cut.keys?.before }
    ranges.insert(second, at: cut.index + 1)
    return cut.index + 1
  }

  // MARK: Answers

  /// Takes in the answer to a request.
  ///
  /// - Throws: ``ParallelListerError`` where the answer cannot be one to it.
  mutating func didReceive(_ result: ListObjectsV2Result, for request: Request)
    throws(ParallelListerError)
  {
    switch request.purpose {
    case .outline:
      takeOutline(result)
    case .page, .probe:
      guard let index = ranges.firstIndex(where: { $0.id == request.range }) else { return }
      ranges[index].isInFlight = false
      try check(result.contents, in: ranges[index])
      if request.purpose == .probe {
        takeProbe(result, index)
      } else {
        takePage(result, index)
      }
    }
  }

  private mutating func takePage(_ result: ListObjectsV2Result, _ index: Int) {
    var objects = result.contents
    var isComplete = !result.isTruncated
    if let end = ranges[index].end?.text {
      let count = ParallelListerPlan.count(of: objects, upTo: end)
      if count < objects.count {
        objects.removeSubrange(count...)
        isComplete = true
      }
    }
    if let first = objects.first, let last = objects.last {
      learn(objects)
      fullPages += 1
      let lastKey = KeyPoint(last.key)
      ranges[index].count += objects.count
      ranges[index].firstOfPage = KeyPoint(first.key)
      ranges[index].last = lastKey
      ranges[index].marks.removeAll { $0 <= lastKey }
      ranges[index].pages.append(objects)
      // Whoever keeps keys in directories shows it in the first page.
      if !isOutlined, !isComplete {
        isOutlined = true
        if objects.contains(where: { $0.key.utf8.dropFirst(prefix.utf8.count).contains(0x2F) }) {
          outlineStart = last.key
        }
      }
    } else if ranges[index].isSpeculative {
      emptyCuts += isComplete ? 1 : 0
    }
    if isComplete || !objects.isEmpty { ranges[index].isSpeculative = false }
    ranges[index].token = result.nextContinuationToken
    ranges[index].isComplete = isComplete
    dropFinished()
  }

  private mutating func takeProbe(_ result: ListObjectsV2Result, _ index: Int) {
    if let first = result.contents.first {
      let key = KeyPoint(first.key)
      alphabet.learn(key)
      ranges[index].isSpeculative = false
      if let end = ranges[index].end, end < key {
        emptyCuts += 1
        ranges[index].isComplete = true
      }
    } else if !result.isTruncated {
      emptyCuts += 1
      ranges[index].isSpeculative = false
      ranges[index].isComplete = true
    } else {
      // An empty page that is not the last says nothing; the range is listed in its turn.
      ranges[index].isSpeculative = false
    }
    dropFinished()
  }

  private mutating func takeOutline(_ result: ListObjectsV2Result) {
    for prefix in result.commonPrefixes {
      let mark = KeyPoint(prefix)
      alphabet.learn(mark)
      guard
        let index = ranges.firstIndex(where: { range in
          range.position < mark && range.end.map { mark < $0 } ?? true
        }), !ranges[index].isComplete, ranges[index].marks.last.map({ $0 < mark }) ?? true
      else { continue }
      ranges[index].marks.append(mark)
    }
  }

  /// Learns from some of the keys; from all it would take longer and say little more.
  private mutating func learn(_ objects: [S3ObjectSummary]) {
    var index = 0
    while index < objects.count - 1 {
      alphabet.learn(KeyPoint(objects[index].key))
      index += 61
    }
    if let last = objects.last { alphabet.learn(KeyPoint(last.key)) }
  }

  /// That the server has done what it was asked for: otherwise keys would be lost or doubled.
  private func check(_ objects: [S3ObjectSummary], in range: ParallelListerRange)
    throws(ParallelListerError)
  {
    guard let first = objects.first, let last = objects.last else { return }
    guard first.key.utf8.starts(with: prefix.utf8), last.key.utf8.starts(with: prefix.utf8),
      isBehind(first.key, range)
    else {
      throw ParallelListerError(
        .outsideOfRange,
        "A page holds keys that were not asked for: the server ignores the prefix or start-after."
          + " List this bucket one page after the other.")
    }
    for index in objects.indices.dropFirst() {
      guard KeyOrder.precedes(objects[index - 1].key, objects[index].key) else {
        throw ParallelListerError(
          .notOrdered,
          "The keys of a page are not in the order of their UTF-8 bytes, as in directory buckets."
            + " List this bucket one page after the other.")
      }
    }
  }

  private func isBehind(_ key: String, _ range: ParallelListerRange) -> Bool {
    if let last = range.last { return KeyOrder.precedes(last.text, key) }
    return range.startAfter.map { KeyOrder.precedes($0, key) } ?? true
  }

  /// How many of the objects, which are sorted, have keys up to and with a place.
  private static func count(of objects: [S3ObjectSummary], upTo end: String) -> Int {
    var low = 0
    var high = objects.count
    while low < high {
      let middle = (low + high) / 2
      if KeyOrder.precedes(end, objects[middle].key) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  // MARK: Handing on

  /// The next page to hand on, or nil where there is none yet.
  mutating func nextPage() -> [S3ObjectSummary]? {
    for index in ranges.indices where !ranges[index].pages.isEmpty {
      if isOrdered, index > 0 { return nil }
      let page = ranges[index].pages.removeFirst()
      dropFinished()
      return page
    }
    return nil
  }

  private mutating func dropFinished() {
    ranges.removeAll { $0.isComplete && $0.pages.isEmpty && !$0.isInFlight }
  }
}

/// The order of keys.
enum KeyOrder {
  /// Whether one key stands before another in S3's order: that of their UTF-8 bytes.
  static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}
