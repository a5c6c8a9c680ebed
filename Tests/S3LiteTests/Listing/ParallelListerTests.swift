import Synchronization
import Testing

@testable import S3Lite

@Suite("Parallel listing: the tasks")
struct ParallelListerTests {
  private let model = ListingModel((0..<700).map { "a/\($0)" } + ["b"])

  @Test("Pages are handed on in order, with no more requests at once than allowed")
  func lists() async throws {
    let inFlight = Mutex((now: 0, most: 0))
    let model = model
    var keys: [[UInt8]] = []
    let lister = ParallelLister(
      prefix: "a/", width: 5, isOrdered: true, heldPages: 20, pageSize: 10)
    let summary = try await lister.forEachPage { request in
      inFlight.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      defer { inFlight.withLock { $0.now -= 1 } }
      await Task.yield()
      return model.page(request)
    } _: { page in
      #expect(!page.isEmpty)
      keys += page.map { Array($0.key.utf8) }
    }
    #expect(keys == model.expected(prefix: "a/"))
    #expect(summary.objectCount == 700)
    #expect((2...5).contains(inFlight.withLock { $0.most }))
  }

  @Test("An error of a request or of the one who takes the pages ends the listing")
  func fails() async {
    struct Broken: Error, Equatable { var place: String }
    let model = model
    let calls = Mutex(0)
    let lister = ParallelLister(width: 4, pageSize: 10)
    await #expect(throws: Broken(place: "request")) {
      _ = try await lister.forEachPage { request in
        if calls.withLock({
          $0 += 1; return $0
        }) == 9 {
          throw Broken(place: "request")
        }
        return model.page(request)
      } _: { _ in
      }
    }
    await #expect(throws: Broken(place: "page")) {
      _ = try await lister.forEachPage {
        model.page($0)
      } _: { _ in
        throw Broken(place: "page")
      }
    }
  }

  @Test("A listing that is cancelled throws, and sends nothing more")
  func cancels() async throws {
    let started = Mutex(0)
    let lister = ParallelLister(width: 4, pageSize: 10)
    let task = Task {
      try await lister.forEachPage { _ in
        started.withLock { $0 += 1 }
        try await Task.sleep(for: .seconds(3_600))
        return ParallelLister.PageResult(objects: [])
      } _: { _ in
      }
    }
    while started.withLock({ $0 }) == 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
    #expect(started.withLock { $0 } == 1)
  }

  @Test("Pages can be read as a sequence, to their end or not, and errors come through")
  func sequence() async throws {
    struct Broken: Error {}
    let model = model
    let lister = ParallelLister(width: 4, isOrdered: true, heldPages: 16, pageSize: 10)
    let keys = try await lister.withPages(fetching: { model.page($0) }) { pages in
      var keys: [[UInt8]] = []
      for try await page in pages { keys += page.map { Array($0.key.utf8) } }
      return keys
    }
    #expect(keys == model.keys)
    let first = try await lister.withPages(fetching: { model.page($0) }) { pages in
      for try await page in pages { return page.count }
      return 0
    }
    #expect(first == 10)
    await #expect(throws: Broken.self) {
      try await lister.withPages(fetching: { _ in throw Broken() }) { pages in
        for try await _ in pages {}
      }
    }
  }
}
