import AsyncHTTPClient
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import S3Lite

/// What tasks of a test take note of.
private final class Notes: Sendable {
  let running = Atomic(0)
  let most = Atomic(0)
  let done = Atomic(0)
  let order = Mutex<[Int]>([])
}

@Suite("Bounds of what a client does at the same time")
struct LimiterTests {
  @Test("never more requests are in flight than the limit, and all get their turn")
  func requests() async throws {
    let limiter = ConcurrencyLimiter(S3ConcurrencyLimits(minimum: 5, initial: 5, maximum: 5))
    let notes = Notes()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<500 {
        group.addTask {
          let permit = try await limiter.acquire()
          let now = notes.running.add(1, ordering: .relaxed).newValue
          notes.most.max(now, ordering: .relaxed)
          await Task.yield()
          notes.running.subtract(1, ordering: .relaxed)
          notes.done.add(1, ordering: .relaxed)
          permit.release(.answered(after: nil))
        }
      }
      try await group.waitForAll()
    }
    #expect(notes.most.load(ordering: .relaxed) <= 5)
    #expect(notes.done.load(ordering: .relaxed) == 500)
    #expect(limiter.usage == (5, 0, 0))
  }

  @Test("who waits is served in order, and who has given up is passed over")
  func line() async throws {
    let limiter = ConcurrencyLimiter(S3ConcurrencyLimits(minimum: 1, initial: 1, maximum: 1))
    let first = try await limiter.acquire()
    let notes = Notes()
    var tasks: [Task<Void, any Error>] = []
    for index in 0..<6 {
      tasks.append(
        Task {
          let permit = try await limiter.acquire()
          notes.order.withLock { $0.append(index) }
          permit.release(.unknown)
        })
      while limiter.usage.waiting <= index { try await Task.sleep(for: .milliseconds(1)) }
    }
    tasks[2].cancel()
    await #expect(throws: CancellationError.self) { try await tasks[2].value }
    first.release(.unknown)
    // Only the first release counts.
    first.release(.unknown)
    for (index, task) in tasks.enumerated() where index != 2 { try await task.value }
    #expect(notes.order.withLock { $0 } == [0, 1, 3, 4, 5])
    #expect(limiter.usage == (1, 0, 0))
  }

  @Test("bytes in flight stay within the budget, and who waits is served in order")
  func bytes() {
    let eventLoop = HTTPClient.defaultEventLoopGroup.any()
    var random = SplitMix64(seed: 22)
    let budget = ByteBudget(1_000)
    // A model too simple to be wrong: a list of those who hold, and a line of those who wait.
    var holding: [(ByteBudget.Reservation, Int)] = []
    var waiting: [(ByteBudget.Reservation, Int)] = []
    func admit() {
      while let (next, size) = waiting.first {
        let taken = holding.reduce(0) { $0 + $1.1 }
        guard taken == 0 || taken + size <= 1_000 else { return }
        waiting.removeFirst()
        holding.append((next, size))
      }
    }
    for _ in 0..<3_000 {
      switch random.below(5) {
      case 0, 1:
        let size = random.one(in: 20) ? 5_000 : 1 + random.below(400)
        let reservation = budget.reserve(size, on: eventLoop)
        waiting.append((reservation, size))
        admit()
        #expect((reservation.granted == nil) == (waiting.isEmpty))
      case 2 where !waiting.isEmpty:
        waiting.remove(at: random.below(waiting.count)).0.release()
        admit()
      default:
        guard !holding.isEmpty else { continue }
        let (reservation, _) = holding.remove(at: random.below(holding.count))
        reservation.release()
        reservation.release()
        admit()
      }
      #expect(budget.usage.taken == holding.reduce(0) { $0 + $1.1 })
      #expect(budget.usage.waiting == waiting.count)
    }
    for (reservation, _) in waiting + holding { reservation.release() }
    #expect(budget.usage == (0, 0))
  }
}
