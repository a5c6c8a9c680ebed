import EventLogModel
import Testing

@testable import CheckpointCore

@Suite("The plan")
struct PlanTests {
  private func at(_ second: Int) -> Timestamp {
    Timestamp(microsecondsSinceEpoch: Int64(second) * 1_000_000)
  }

  private func page(_ objects: [ObjectMetadata], isLast: Bool = true) -> ListingPage {
    ListingPage(objects: objects, serverTime: at(1_000_000), isLast: isLast)
  }

  @Test("Beyond its bound a plan keeps the oldest objects, and counts the others")
  func bound() {
    for seed in 0..<50 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let bound = 1 + random.below(40)
      let objects = (0..<random.below(300)).map { index in
        ObjectMetadata(
          key: "d/log-\(1000 + index).json", lastModified: at(random.below(50)), size: 1, eTag: nil)
      }
      var plan = Plan(Plan.Knowledge(), bound: bound)
      for start in stride(from: 0, to: objects.count, by: 7) {
        plan.add(page(Array(objects[start..<min(objects.count, start + 7)]), isLast: false))
      }
      plan.finish()
      let ordered = objects.sorted { ($0.lastModified, $0.key) < ($1.lastModified, $1.key) }
      let items = (0..<plan.count).map { plan[$0] }
      #expect(
        items.map(\.lastModified) == ordered.prefix(bound).map(\.lastModified), "seed \(seed)")
      #expect(plan.count + plan.leftOut == objects.count, "seed \(seed)")
      // Each key goes with its own time.
      let times = Dictionary(uniqueKeysWithValues: objects.map { ($0.key, $0.lastModified) })
      for item in items { #expect(times[item.key] == item.lastModified, "seed \(seed)") }
      #expect(Set(items.map(\.key)).count == items.count, "seed \(seed)")
      // The mark must not pass what is left out.
      let left = Set(objects.map(\.key)).subtracting(items.map(\.key))
      let oldestLeft = left.compactMap { times[$0] }.min()
      #expect(plan.oldest(from: plan.count) == oldestLeft, "seed \(seed)")
    }
  }

  @Test("What is done, seen, to be retried or archived is told apart")
  func classification() {
    var knowledge = Plan.Knowledge()
    knowledge.completeUntil = at(100)
    knowledge.toRetry = ["log-retry.json"]
    knowledge.seen = [
      ContentHash.version(
        key: "log-seen.json", eTag: ETag(rawValue: "1"), lastModified: at(101))
    ]
    var plan = Plan(knowledge)
    func object(_ name: String, _ second: Int, _ storageClass: String? = nil) -> ObjectMetadata {
      ObjectMetadata(
        key: "log-\(name).json", lastModified: at(second), size: 1, eTag: ETag(rawValue: "1"),
        storageClass: storageClass)
    }
    plan.add(
      page([
        object("done", 99), object("frozen-done", 50, "GLACIER"),
        object("frozen-new", 101, "DEEP_ARCHIVE"), object("instant", 101, "GLACIER_IR"),
        object("new", 100), object("retry", 5), object("seen", 101),
        ObjectMetadata(key: "other.json", lastModified: at(200), size: 1, eTag: nil),
      ]))
    plan.finish()
    #expect(
      (0..<plan.count).map { plan[$0].key }
        == ["log-retry.json", "log-new.json", "log-instant.json"])
    #expect(plan.ignored == 1)
    #expect(plan.archived.count == 1)
    #expect(plan.archivedKeys == ["log-frozen-new.json"])
    #expect(plan.done.map(\.lastModified) == [at(101)])
    // What is on the list of retries does not hold the mark back.
    #expect(plan.oldest(from: 0) == at(100))
    #expect(plan.oldest(from: 2) == at(101))
    #expect(plan.oldest(from: 3) == nil)
  }
}
