import TestSupport
import Testing

@testable import S3Lite

/// The numbers are those that AWS's SDKs share as test cases for their adaptive mode.
@Suite("Adaptive rate")
struct AdaptiveRateTests {
  @Test("The cubic curve after a success is the published one")
  func cubicSuccess() {
    // Told to slow down at second 5 while sending 10 a second.
    let rate = AdaptiveRate(start: 5, largestRate: 10)
    let published: [(Double, Double)] = [
      (5, 7), (6, 9.64893600966), (7, 10.000030849917364), (8, 10.453284520772092),
      (9, 13.408697022224185), (10, 21.26626835427364), (11, 36.425998516920465),
    ]
    for (time, expected) in published {
      #expect(abs(rate.rateAfterSuccess(at: time) - expected) < 1e-9)
    }
  }

  @Test("The rate after successes and throttling is the published one")
  func cubicThrottling() {
    var rate = AdaptiveRate(start: 5, largestRate: 10)
    let published: [(Bool, Double, Double)] = [
      (false, 5, 7), (false, 6, 9.64893600966), (true, 7, 6.754255206761999),
      (true, 8, 4.727978644733399), (false, 9, 6.606547753887045), (false, 10, 6.763279816944947),
      (false, 11, 7.598174833907107), (false, 12, 11.511232804773524),
    ]
    var current = 0.0
    for (isThrottling, time, expected) in published {
      current =
        isThrottling
        ? rate.rateAfterThrottling(at: current, now: time) : rate.rateAfterSuccess(at: time)
      #expect(abs(current - expected) < 1e-9)
    }
  }

  @Test("Measured and allowed rate follow the published run")
  func endToEnd() {
    var rate = AdaptiveRate(start: 0)
    let published: [(Bool, Double, Double, Double)] = [
      (false, 0.2, 0, 0.5), (false, 0.4, 0, 0.5), (false, 0.6, 4.8, 0.5), (false, 0.8, 4.8, 0.5),
      (false, 1.0, 4.16, 0.5), (false, 1.2, 4.16, 0.6912), (false, 1.4, 4.16, 1.0976),
      (false, 1.6, 5.632, 1.6384), (false, 1.8, 5.632, 2.3328), (true, 2.0, 4.3264, 3.02848),
      (false, 2.2, 4.3264, 3.486639),
    ]
    for (isThrottling, time, measured, allowed) in published {
      rate.didReceiveAnswer(isThrottling: isThrottling, at: time)
      #expect(abs(rate.measuredRate - measured) < 1e-6)
      #expect(abs(rate.rate - allowed) < 1e-6)
      #expect(rate.isLimiting == (time >= 2))
    }
  }

  @Test("Tickets become due in their order, at the rate, and a returned one helps those behind")
  func tickets() throws {
    var rate = AdaptiveRate(start: 0)
    let free = rate.takeTicket(at: 0)
    #expect(free == nil)
    for step in 1...40 { rate.didReceiveAnswer(isThrottling: false, at: Double(step) / 10) }
    rate.didReceiveAnswer(isThrottling: true, at: 4.1)
    let now = 100.0
    var tickets: [Int] = []
    for _ in 0..<50 {
      let ticket = rate.takeTicket(at: now)
      tickets.append(try #require(ticket))
    }
    let waits = tickets.map { rate.wait(for: $0, at: now) }
    #expect(waits == waits.sorted())
    #expect(waits[0] == 0)
    // Behind what may go at once, each waits one interval more than the one before.
    let late = waits.filter { $0 > 0 }
    for (earlier, later) in zip(late, late.dropFirst()) {
      #expect(abs((later - earlier) * rate.rate - 1) < 1e-6)
    }
    rate.returnTicket()
    let sooner = rate.wait(for: tickets[49], at: now)
    #expect(abs((waits[49] - sooner) * rate.rate - 1) < 1e-6)
    let due = rate.wait(for: tickets[49], at: now + waits[49])
    #expect(due == 0)
  }

  @Test("A client that is told to slow down sends no faster than the rate allows")
  func controllerWaits() async throws {
    let time = ManualTime()
    let controller = RetryController(
      RetryConfiguration(mode: .adaptive), time: time.source, random: { 0 })
    var attempts = RequestAttempts()
    try await controller.willAttempt(&attempts)
    #expect(time.sleeps.isEmpty)
    _ = controller.didFail(AttemptFailure(.service(.throttling)), &attempts)
    // The lowest rate is one request in two seconds.
    let start = time.now
    for _ in 0..<5 {
      var attempts = RequestAttempts()
      try await controller.willAttempt(&attempts)
    }
    let seconds = Double(time.now - start) / 1_000_000
    #expect((7.9...10.1).contains(seconds))
    #expect(time.sleeps.allSatisfy { $0 <= .seconds(1) })
  }
}
