import TestSupport
import Testing

@testable import S3Lite

@Suite("How many requests may be in flight")
struct AdaptiveLimitTests {
  static let bounds = S3ConcurrencyLimits(minimum: 4, initial: 8, maximum: 100)

  @Test("the limit doubles with each round trip until the first congestion, then grows by one")
  func growth() {
    var limit = AdaptiveLimit(Self.bounds)
    for expected in [16, 32, 64] {
      let inFlight = limit.count
      for _ in 0..<inFlight {
        limit.ended(.answered(after: .milliseconds(20)), sentIn: limit.epoch, inFlight: inFlight)
      }
      #expect(limit.count == expected)
    }
    limit.ended(.congested, sentIn: limit.epoch, inFlight: 64)
    #expect(limit.count == 44)
    for round in 1...3 {
      let inFlight = limit.count
      // The limit grows within the round, so that one more answer is needed for the whole number.
      for _ in 0...inFlight {
        limit.ended(.answered(after: .milliseconds(20)), sentIn: limit.epoch, inFlight: inFlight)
      }
      #expect(limit.count == 44 + round)
    }
  }

  @Test("the failures of requests sent before the limit shrank count no more")
  func epochs() {
    var limit = AdaptiveLimit(S3ConcurrencyLimits(minimum: 4, initial: 100, maximum: 100))
    let epoch = limit.epoch
    for _ in 0..<50 { limit.ended(.congested, sentIn: epoch, inFlight: 100) }
    #expect(limit.count == 70)
    limit.ended(.congested, sentIn: limit.epoch, inFlight: 70)
    #expect(limit.count == 49)
  }

  @Test("the limit stays within its bounds, whatever happens")
  func bounds() {
    var random = SplitMix64(seed: 21)
    var limit = AdaptiveLimit(Self.bounds)
    for _ in 0..<20_000 {
      let outcome: AdaptiveLimit.Outcome =
        switch random.below(8) {
        case 0: .congested
        case 1: .unknown
        case 2: .answered(after: nil)
        default: .answered(after: .microseconds(random.below(500_000)))
        }
      limit.ended(outcome, sentIn: random.below(limit.epoch + 1), inFlight: random.below(120))
      #expect((4...100).contains(limit.count))
    }
    for _ in 0..<100 { limit.ended(.congested, sentIn: limit.epoch, inFlight: 4) }
    #expect(limit.count == 4)
  }

  @Test("a limit that is not used does not grow")
  func unused() {
    var limit = AdaptiveLimit(Self.bounds)
    for _ in 0..<1_000 {
      limit.ended(.answered(after: .milliseconds(1)), sentIn: limit.epoch, inFlight: 3)
    }
    #expect(limit.count == 8)
  }

  @Test("the limit does not grow while answers take much longer than they could")
  func queueing() {
    var limit = AdaptiveLimit(Self.bounds)
    limit.ended(.answered(after: .milliseconds(10)), sentIn: limit.epoch, inFlight: 8)
    for _ in 0..<200 {
      limit.ended(.answered(after: .milliseconds(900)), sentIn: limit.epoch, inFlight: 100)
    }
    let before = limit.count
    for _ in 0..<200 {
      limit.ended(.answered(after: .milliseconds(900)), sentIn: limit.epoch, inFlight: 100)
    }
    #expect(limit.count == before)
    #expect(before < 100)
  }

  @Test("against a server that serves so many at a time the limit settles near that")
  func settles() {
    let capacity = 60
    var limit = AdaptiveLimit(Self.bounds)
    var counts: [Int] = []
    for _ in 0..<2_000 {
      let (inFlight, epoch) = (limit.count, limit.epoch)
      for index in 0..<inFlight {
        limit.ended(
          index < capacity ? .answered(after: .milliseconds(20)) : .congested, sentIn: epoch,
          inFlight: inFlight)
      }
      counts.append(limit.count)
    }
    let late = counts.dropFirst(200)
    #expect(late.allSatisfy { $0 >= 40 && $0 <= capacity + 1 })
  }
}
