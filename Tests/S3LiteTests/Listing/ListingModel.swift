import TestSupport

@testable import S3Lite

/// A bucket as a sorted array: too simple to be wrong.
struct ListingModel: Sendable {
  /// In the order of their UTF-8 bytes, each once.
  private(set) var keys: [[UInt8]]
  /// How many keys a page has at most, whatever is asked for.
  var largestPage = Int.max

  init(_ keys: some Sequence<String>) {
    self.keys = Set(keys.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The keys under a prefix and behind another key.
  func expected(prefix: String = "", startAfter: String? = nil) -> [[UInt8]] {
    let prefix = Array(prefix.utf8)
    let after = startAfter.map { Array($0.utf8) } ?? []
    return keys.filter { key in
      key.starts(with: prefix) && (after.isEmpty || after.lexicographicallyPrecedes(key))
    }
  }

  /// What ListObjectsV2 says: keys and common prefixes in one order, a token that is the last one.
  func page(_ request: ParallelLister.PageRequest) -> ParallelLister.PageResult {
    let prefix = Array(request.prefix.utf8)
    let delimiter = request.delimiter.map { Array($0.utf8) } ?? []
    let after = Array((request.continuationToken ?? request.startAfter ?? "").utf8)
    var contents: [S3ObjectSummary] = []
    var commonPrefixes: [String] = []
    var last: [UInt8] = []
    var isTruncated = false
    var index = firstIndex(notBefore: prefix.lexicographicallyPrecedes(after) ? after : prefix)
    while index < keys.count, keys[index].starts(with: prefix) {
      let key = keys[index]
      index += 1
      if !after.isEmpty, !after.lexicographicallyPrecedes(key) { continue }
      var common: [UInt8]?
      if !delimiter.isEmpty, let end = key.dropFirst(prefix.count).firstIndex(of: delimiter[0]) {
        common = Array(key[...end])
      }
      if let common, common == last || (!after.isEmpty && after.starts(with: common)) { continue }
      if contents.count + commonPrefixes.count == min(request.maxKeys, largestPage) {
        isTruncated = true
        break
      }
      last = common ?? key
      if let common {
        commonPrefixes.append(String(decoding: common, as: UTF8.self))
      } else {
        contents.append(
          S3ObjectSummary(
            key: String(decoding: key, as: UTF8.self), lastModified: 0, eTag: nil, size: 1,
            storageClass: nil))
      }
    }
    return ParallelLister.PageResult(
      objects: contents, commonPrefixes: commonPrefixes,
      nextContinuationToken: isTruncated ? String(decoding: last, as: UTF8.self) : nil)
  }

  private func firstIndex(notBefore key: [UInt8]) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle].lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A run of a plan on a model in virtual time: each request takes as long as a test says.
struct SimulatedListing {
  var keys: [[UInt8]] = []
  /// The virtual time that it took.
  var elapsed = 0.0
  var requestCount = 0
  /// The most pages that were held back at once.
  var mostHeld = 0
  /// The most requests that were under way at once.
  var mostInFlight = 0

  private struct Event {
    var end: Double
    var request: ParallelListerPlan.Request
    var result: ParallelLister.PageResult
  }

  /// - Parameters:
  ///   - latency: How long the next request takes.
  ///   - change: Called before each request; may change the model.
  init(
    _ plan: ParallelListerPlan, on model: ListingModel, width: Int,
    latency: () -> Double = { 1 }, change: (inout ListingModel) -> Void = { _ in }
  ) throws {
    var plan = plan
    var model = model
    var events: [Event] = []
    var now = 0.0
    while true {
      while events.count < width, let request = plan.nextRequest() {
        change(&model)
        let result = model.page(
          ParallelLister.PageRequest(
            prefix: plan.prefix, delimiter: request.delimiter, startAfter: request.startAfter,
            continuationToken: request.continuationToken, maxKeys: request.maxKeys))
        events.append(Event(end: now + latency(), request: request, result: result))
      }
      mostInFlight = max(mostInFlight, events.count)
      mostHeld = max(mostHeld, plan.held)
      if let page = plan.nextPage() {
        keys += page.map { Array($0.key.utf8) }
        continue
      }
      guard let next = events.indices.min(by: { events[$0].end < events[$1].end }) else { break }
      let event = events.remove(at: next)
      now = event.end
      try plan.didReceive(event.result, for: event.request)
    }
    elapsed = now
    requestCount = plan.requestCount
  }
}
