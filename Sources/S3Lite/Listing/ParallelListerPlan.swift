/// Which requests list the keys under a prefix side by side: the rules of ``ParallelLister`` without
/// clock, tasks and network.
///
/// The keys are cut into ranges that lie next to each other. Each range is listed page by page; a
/// request for which there is room takes what is left of the range that seems to have most, cuts it
/// in two, and lists the second part. Where to cut is a guess: half-way between the last key and the
/// range's end, by the digits that keys were seen to have (``KeyAlphabet``); at a common prefix; or,
/// where the keys seen so far leave nothing between, behind all keys that share a beginning with the
/// last one. A wrong guess costs an empty page; how many of those there may be is bounded.
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
  private let width: Int
  /// How many pages may be held back, in order to hand them on in the order of keys.
  let heldPages: Int
  /// How many keys the first part of a cut is to have in ordered listings.
  private var stride: Double? {
    isOrdered ? Double(usualPage) * max(1, Double(heldPages) / Double(width)) : nil
  }

  /// The ranges that are not finished, in the order of keys.
  private(set) var ranges: [ParallelListerRange] = []
  private var alphabet = KeyAlphabet()
  /// How many scalars all keys share.
  private let prefixLength: Int
  private var lastID = 0
  /// Where the outline begins; nil where none is to be asked for.
  private var outlineStart: String?
  private var isOutlined = false
  /// How many keys were received.
  private var receivedKeys = 0
  /// The most keys of a page that others follow: a server may give fewer than it is asked for.
  private var largestPage: Int?
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
    self.width = max(1, width)
    let lowest = KeyPoint(prefix)
    prefixLength = lowest.scalars.count
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

  /// How many keys a full page has.
  private var usualPage: Int { min(largestPage ?? pageSize, pageSize) }

  /// How many pages are held back or on their way to be.
  var held: Int {
    guard isOrdered else { return ranges.reduce(0) { $0 + $1.pages.count } }
    return ranges.dropFirst().reduce(0) {
      $0 + $1.pages.count + ($1.isInFlight ? 1 : 0)
    }
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
    return isOrdered ? nextOrderedRequest() : nextUnorderedRequest()
  }

  private mutating func nextUnorderedRequest() -> Request? {
    if let index = ranges.firstIndex(where: { !$0.isInFlight && !$0.isComplete }) {
      return request(index)
    }
    var best: Cut?
    for index in ranges.indices where !ranges[index].isComplete {
      guard let cut = cut(index, explores: true), cut.value > (best?.value ?? 0) else { continue }
      best = cut
    }
    return best.map { request(perform($0)) }
  }

  /// What lies near comes first, since it can be handed on soon: the further off a range is, the less
  /// of what may be held back is there for it.
  private mutating func nextOrderedRequest() -> Request? {
    let held = held
    for index in ranges.indices where !ranges[index].isComplete {
      // Without the first range nothing goes on.
      if !ranges[index].isInFlight, index == 0 || held < share(ofRange: index) {
        return request(index)
      }
      if held < share(ofRange: index + 1), let cut = cut(index, explores: false) {
        return request(perform(cut))
      }
    }
    var best: Cut?
    for index in ranges.indices where !ranges[index].isComplete {
      guard held < share(ofRange: index + 1), let cut = cut(index, explores: true),
        cut.value > (best?.value ?? 0)
      else { continue }
      best = cut
    }
    return best.map { request(perform($0)) }
  }

  /// Up to how many pages held back a range may be asked for more: all of them for the second one, half
  /// of them for those far behind.
  private func share(ofRange index: Int) -> Int {
    heldPages - heldPages / 2 * min(index - 1, width) / width
  }

  private mutating func request(_ index: Int) -> Request {
    ranges[index].isInFlight = true
    requestCount += 1
    return Request(
      range: ranges[index].id, purpose: .page, startAfter: ranges[index].startAfter,
      continuationToken: ranges[index].token, maxKeys: pageSize)
  }

  private static let delimiter = "/"

  // MARK: Cutting

  private struct Cut {
    var index: Int
    var place: KeyPoint
    /// How many keys are taken to be before and behind the place; nil where nobody knows.
    var keys: (before: Double, behind: Double)?
    /// Whether there may well be nothing behind it.
    var isExploring: Bool
    var value: Double
  }

  /// Where to cut a range, if it is worth it.
  ///
  /// - Parameter explores: Whether a cut is wanted that may well have nothing behind it.
  private func cut(_ index: Int, explores: Bool) -> Cut? {
    guard mayCut else { return nil }
    let range = ranges[index]
    if !range.marks.isEmpty {
      return Cut(
        index: index, place: range.marks[isOrdered ? 0 : range.marks.count / 2],
        isExploring: false,
        value: Double(range.marks.count) * Double(usualPage))
    }
    if let left = range.keysLeft, let place = range.places.estimated,
      left >= 2 * max((stride ?? 0) * 0.75, Double(usualPage))
    {
      let before = stride.map { min($0, left / 2) } ?? left / 2
      return Cut(
        index: index, place: place, keys: (before, left - before), isExploring: false,
        value: left)
    }
    guard explores, let place = range.places.explored, let levels = range.levels else { return nil }
    return Cut(
      index: index, place: place, isExploring: true,
      // Less than any estimate that is worth a cut.
      value: min(1, Double(levels.count) / 2_048))
  }

  /// Whether one more request may be sent that a listing page by page would not need: for each full
  /// page that has come there is one of those, or two in ordered listings, whose ranges are small.
  private var mayCut: Bool {
    requestCount < (isOrdered ? 3 : 2) * (receivedKeys / usualPage) + ParallelListerPlan.freeCuts
  }

  /// How many requests there may be before the first page has come.
  private static let freeCuts = 6

  /// Cuts, and returns the index of the second part.
  private mutating func perform(_ cut: Cut) -> Int {
    lastID += 1
    var second = ParallelListerRange(
      id: lastID, start: cut.place, startAfter: cut.place.text, end: ranges[cut.index].end,
      lowestLevel: ranges[cut.index].lowestLevel, expected: cut.keys?.behind)
    second.marks = ranges[cut.index].marks.filter { $0 > cut.place }
    ranges[cut.index].marks.removeAll { $0 >= cut.place }
    ranges[cut.index].end = cut.place
    if ranges[cut.index].last == nil { ranges[cut.index].expected = cut.keys?.before }
    ranges[cut.index].lookForPlaces(alphabet, stride: stride)
    second.lookForPlaces(alphabet, stride: stride)
    ranges.insert(second, at: cut.index + 1)
    return cut.index + 1
  }

  // MARK: Answers

  /// Takes in the answer to a request.
  ///
  /// - Throws: ``ParallelListerError`` where the answer cannot be one to it.
  mutating func didReceive(_ result: ParallelLister.PageResult, for request: Request)
    throws(ParallelListerError)
  {
    switch request.purpose {
    case .outline:
      takeOutline(result)
    case .page:
      guard let index = ranges.firstIndex(where: { $0.id == request.range }) else { return }
      ranges[index].isInFlight = false
      // A server that gives the same token again would be asked for ever.
      if let token = result.nextContinuationToken, token == request.continuationToken {
        throw ParallelListerError(
          .notAdvancing, "The listing goes on with the token that it was asked for with.")
      }
      try check(result.objects, in: ranges[index])
      takePage(result, index)
    }
  }

  private mutating func takePage(_ result: ParallelLister.PageResult, _ index: Int) {
    var objects = result.objects
    var isComplete = result.nextContinuationToken == nil
    if !isComplete, !objects.isEmpty { largestPage = max(largestPage ?? 0, objects.count) }
    if let end = ranges[index].end?.text {
      let count = ParallelListerPlan.count(of: objects, upTo: end)
      if count < objects.count {
        objects.removeSubrange(count...)
        isComplete = true
      }
    }
    if let first = objects.first, let last = objects.last {
      learn(objects)
      receivedKeys += objects.count
      let lastKey = KeyPoint(last.key)
      ranges[index].count += objects.count
      let firstKey = KeyPoint(first.key)
      ranges[index].firstOfPage = firstKey
      ranges[index].first = ranges[index].first ?? firstKey
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
    }
    ranges[index].token = result.nextContinuationToken
    ranges[index].isComplete = isComplete
    ranges[index].lookForPlaces(alphabet, stride: stride)
    dropFinished()
  }

  private mutating func takeOutline(_ result: ParallelLister.PageResult) {
    for prefix in result.commonPrefixes {
      let mark = KeyPoint(prefix)
      alphabet.learn(mark, behind: prefixLength)
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
      alphabet.learn(KeyPoint(objects[index].key), behind: prefixLength)
      index += max(1, objects.count / 16)
    }
    if let last = objects.last { alphabet.learn(KeyPoint(last.key), behind: prefixLength) }
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
    let left = left.utf8Span.span
    let right = right.utf8Span.span
    let shared = min(left.count, right.count)
    var index = 0
    while index < shared, left[index] == right[index] { index += 1 }
    return index < shared ? left[index] < right[index] : left.count < right.count
  }
}
