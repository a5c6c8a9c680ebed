import TestSupport
import Testing

@testable import S3Lite

@Suite("Parallel listing: the plan")
struct ParallelListerPlanTests {
  @Test(
    "Every key is listed exactly once, however keys are made",
    arguments: 0..<KeyDistributions.count, [false, true])
  func listsOnce(distribution: Int, isOrdered: Bool) throws {
    for seed in 1...UInt64(4) {
      var random = SplitMix64(seed: seed)
      let size = random.pick([0, 1, 5, 20, 21, 100, 300])
      let model = ListingModel(
        KeyDistributions.keys(distribution, count: size, random: &random))
      let some = model.keys.isEmpty ? [] : random.pick(model.keys)
      // Prefixes and places to start at that are keys, or parts of them.
      let text = String(decoding: some, as: UTF8.self)
      let prefix = random.pick(["", "", text, String(text.unicodeScalars.prefix(random.below(4)))])
      let startAfter = random.pick([nil, nil, text, prefix, "zzz"])
      let width = random.pick([1, 2, 7, 32])
      let plan = ParallelListerPlan(
        prefix: prefix, startAfter: startAfter, pageSize: random.pick([1, 3, 20]),
        isOrdered: isOrdered, width: width, heldPages: random.pick([1, 8, 64]))
      let listing = try SimulatedListing(
        plan, on: model, width: width, latency: { 1 + Double(random.below(1_000)) / 500 })
      let expected = model.expected(prefix: prefix, startAfter: startAfter)
      let listed =
        isOrdered ? listing.keys : listing.keys.sorted { $0.lexicographicallyPrecedes($1) }
      #expect(listed == expected, "seed \(seed), prefix \(prefix.debugDescription)")
      #expect(listing.mostInFlight <= width, "seed \(seed)")
      if isOrdered { #expect(listing.mostHeld <= plan.heldPages, "seed \(seed)") }
    }
  }

  @Test(
    "A key that is there all the while is listed exactly once while others come and go",
    arguments: 0..<KeyDistributions.count)
  func survivesChange(distribution: Int) throws {
    for seed in 1...UInt64(2) {
      var random = SplitMix64(seed: seed)
      let all = ListingModel(KeyDistributions.keys(distribution, count: 200, random: &random))
      let staying = all.keys.filter { _ in random.one(in: 2) }
      let isStaying = Set(staying)
      let plan = ParallelListerPlan(
        prefix: "", pageSize: 10, isOrdered: false, width: 8, heldPages: 8)
      let listing = try SimulatedListing(
        plan, on: all, width: 8,
        change: { model in
          // Each request sees another half of those that come and go.
          model = ListingModel(
            all.keys.filter { isStaying.contains($0) || random.one(in: 2) }
              .map { String(decoding: $0, as: UTF8.self) })
        })
      let times = Dictionary(grouping: listing.keys, by: { $0 }).mapValues(\.count)
      #expect(staying.allSatisfy { times[$0] == 1 }, "seed \(seed)")
      #expect(times.values.allSatisfy { $0 == 1 }, "seed \(seed)")
    }
  }

  @Test(
    "Pages that are smaller than asked for are listed side by side all the same",
    arguments: [false, true])
  func smallPages(isOrdered: Bool) throws {
    var random = SplitMix64(seed: 8)
    var model = ListingModel(KeyDistributions.keys(0, count: 20_000, random: &random))
    model.largestPage = 100
    let plan = ParallelListerPlan(
      prefix: "", isOrdered: isOrdered, width: 64, heldPages: 256)
    let listing = try SimulatedListing(plan, on: model, width: 64)
    #expect(listing.keys.count == model.keys.count)
    #expect(listing.mostInFlight > 32)
    // 200 pages one after the other.
    #expect(listing.elapsed < 40)
    #expect(listing.requestCount <= 3 * 200 + 10)
  }

  @Test("A server that goes round in circles is noticed")
  func circles() throws {
    var plan = ParallelListerPlan(prefix: "", isOrdered: false, width: 1, heldPages: 1)
    let empty = ParallelLister.PageResult(objects: [], nextContinuationToken: "again")
    let begun = plan.nextRequest()
    let first = try #require(begun)
    // Empty pages may come before others.
    try plan.didReceive(empty, for: first)
    let next = plan.nextRequest()
    let second = try #require(next)
    #expect(second.continuationToken == "again")
    let error = #expect(throws: ParallelListerError.self) {
      try plan.didReceive(empty, for: second)
    }
    #expect(error?.code == .notAdvancing)
  }

  @Test("A listing of one page costs one request")
  func onePage() throws {
    let model = ListingModel((0..<999).map { "key-\($0)" })
    let plan = ParallelListerPlan(prefix: "key", isOrdered: true, width: 64, heldPages: 64)
    let listing = try SimulatedListing(plan, on: model, width: 64)
    #expect(listing.keys == model.keys)
    #expect(listing.requestCount == 1)
  }

  @Test(
    "A thousand pages at 50 ms each take less than 5 s, and at most three requests for a page",
    arguments: [(0, false), (0, true), (4, true)])
  func isFast(distribution: Int, isOrdered: Bool) throws {
    // A million keys need as many pages of 1,000 as 20,000 keys of 20.
    var random = SplitMix64(seed: 7)
    let model = ListingModel(
      KeyDistributions.keys(distribution, count: 20_000, random: &random))
    let plan = ParallelListerPlan(
      prefix: "", pageSize: 20, isOrdered: isOrdered, width: 64, heldPages: 256)
    let listing = try SimulatedListing(plan, on: model, width: 64, latency: { 0.05 })
    #expect(listing.keys.count == model.keys.count)
    #expect(listing.elapsed < 5)
    #expect(listing.requestCount < (isOrdered ? 3 : 2) * 1_000 + 10)
  }

  @Test("An empty page that is not the last one does not end a range")
  func emptyTruncatedPage() throws {
    var plan = ParallelListerPlan(prefix: "", isOrdered: false, width: 4, heldPages: 4)
    let first = plan.nextRequest()
    try plan.didReceive(
      ParallelLister.PageResult(objects: [], nextContinuationToken: "t"), for: try #require(first))
    let next = plan.nextRequest()
    let second = try #require(next)
    #expect(second.continuationToken == "t")
    let object = S3ObjectSummary(
      key: "a", lastModified: 0, eTag: nil, size: 0, storageClass: nil)
    try plan.didReceive(
      ParallelLister.PageResult(objects: [object]), for: second)
    let page = plan.nextPage()
    #expect(page?.map(\.key) == ["a"])
    let none = plan.nextRequest()
    #expect(none == nil)
    #expect(plan.isFinished)
  }

  @Test("Pages that are not sorted, or hold what was not asked for, are errors")
  func refusesWrongPages() throws {
    func object(_ key: String) -> S3ObjectSummary {
      S3ObjectSummary(key: key, lastModified: 0, eTag: nil, size: 0, storageClass: nil)
    }
    let cases: [([String], ParallelListerError.Code)] = [
      (["a/c", "a/b"], .notOrdered), (["a/b", "a/b"], .notOrdered), (["b"], .outsideOfRange),
      (["a/0"], .outsideOfRange),
    ]
    for (keys, code) in cases {
      var plan = ParallelListerPlan(
        prefix: "a/", startAfter: "a/1", isOrdered: false, width: 4, heldPages: 4)
      let next = plan.nextRequest()
      let request = try #require(next)
      #expect(request.startAfter == "a/1")
      let error = #expect(throws: ParallelListerError.self) {
        try plan.didReceive(
          ParallelLister.PageResult(objects: keys.map(object)), for: request)
      }
      #expect(error?.code == code)
    }
  }
}
