import LambdaObservability
import Testing

@Suite("The sampler of repeated lines")
struct LogSamplerTests {
  @Test("a hundred thousand alike events are a few lines, and all are counted")
  func alike() {
    var sampler = LogSampler(first: 5)
    var lines = 0
    for index in 0..<100_000 where sampler.admits(index % 10 == 0 ? "rare" : "frequent") {
      lines += 1
    }
    #expect(lines == 10)
    #expect(sampler.total == 100_000)
    #expect(sampler.counts.map(\.kind) == ["frequent", "rare"])
    #expect(sampler.counts.map(\.count.total) == [90_000, 10_000])
    #expect(sampler.counts.map(\.count.withheld) == [89_995, 9_995])
  }

  @Test("kinds without end are counted as others")
  func kinds() {
    var sampler = LogSampler(first: 2, mostKinds: 10)
    let lines = (0..<10_000).filter { sampler.admits("kind \($0)") }.count
    #expect(lines == 12)
    #expect(sampler.counts.count == 11)
    #expect(sampler.counts.first?.kind == LogSampler.otherKinds)
    #expect(sampler.total == 10_000)
  }
}
