import Synchronization
import Testing

@testable import S3Lite

@Suite("Keeping credentials")
struct RefreshingCredentialsTests {
  private static func credentials(_ number: Int) -> AWSCredentials {
    AWSCredentials(accessKeyID: "id-\(number)", secretAccessKey: "secret")
  }

  /// A source that counts how often it is asked.
  private final class Source: Sendable {
    let calls = Mutex(0)
    let time: ManualTime
    let lifetime: Int64?
    let isBroken = Mutex(false)

    init(_ time: ManualTime, lifetime: Int64?) {
      self.time = time
      self.lifetime = lifetime
    }

    func retrieve() throws -> ExpiringCredentials {
      let number = calls.withLock {
        $0 += 1
        return $0
      }
      if isBroken.withLock({ $0 }) { throw CredentialError(.sourceFailed, "broken") }
      return ExpiringCredentials(
        credentials: RefreshingCredentialsTests.credentials(number),
        expiration: lifetime.map { time.now + $0 * 1_000_000 })
    }

    func refreshing(random: Double = 0) -> RefreshingCredentials {
      RefreshingCredentials(
        time: time.source, random: { random }, retrieve: { try self.retrieve() })
    }
  }

  @Test("Credentials are used until some minutes before their end, and then renewed")
  func renews() async throws {
    for (random, window) in [(0.0, 300.0), (0.5, 450), (0.999, 599.7)] {
      let time = ManualTime()
      let source = Source(time, lifetime: 3_600)
      let kept = source.refreshing(random: random)
      #expect(try await kept.credentials().accessKeyID == "id-1")
      time.advance(seconds: 3_600 - window - 1)
      #expect(try await kept.credentials().accessKeyID == "id-1")
      time.advance(seconds: 2)
      #expect(try await kept.credentials().accessKeyID == "id-2")
    }
  }

  @Test("Credentials that live shortly are not renewed with each request")
  func shortLived() async throws {
    let time = ManualTime()
    let source = Source(time, lifetime: 60)
    let kept = source.refreshing()
    for _ in 0..<29 {
      _ = try await kept.credentials()
      time.advance(seconds: 1)
    }
    #expect(source.calls.withLock { $0 } == 1)
    time.advance(seconds: 2)
    _ = try await kept.credentials()
    #expect(source.calls.withLock { $0 } == 2)
  }

  @Test("A renewal that fails keeps what is still good, for as long as it is")
  func keepsGood() async throws {
    let time = ManualTime()
    let source = Source(time, lifetime: 3_600)
    let kept = source.refreshing()
    _ = try await kept.credentials()
    source.isBroken.withLock { $0 = true }
    time.advance(seconds: 3_400)
    #expect(try await kept.credentials().accessKeyID == "id-1")
    // Not tried again with each request.
    #expect(try await kept.credentials().accessKeyID == "id-1")
    #expect(source.calls.withLock { $0 } == 2)
    time.advance(seconds: 61)
    #expect(try await kept.credentials().accessKeyID == "id-1")
    #expect(source.calls.withLock { $0 } == 3)
    time.advance(seconds: 200)
    await #expect(throws: CredentialError.self) { _ = try await kept.credentials() }
  }

  @Test("Credentials that AWS has refused are not given out again, others are")
  func invalidates() async throws {
    let source = Source(ManualTime(), lifetime: nil)
    let kept = source.refreshing()
    let first = try await kept.credentials()
    kept.invalidate(RefreshingCredentialsTests.credentials(99))
    #expect(try await kept.credentials() == first)
    kept.invalidate(first)
    #expect(try await kept.credentials().accessKeyID == "id-2")
  }

  @Test("Credentials that come expired are an error")
  func expired() async {
    let kept = Source(ManualTime(), lifetime: -1).refreshing()
    await #expect(throws: CredentialError.self) { _ = try await kept.credentials() }
  }

  /// A source whose answers a test lets go.
  private final class Gate: Sendable {
    private let state = Mutex((entered: 0, isOpen: false))

    var entered: Int { state.withLock { $0.entered } }

    func open() { state.withLock { $0.isOpen = true } }

    func pass() async throws -> ExpiringCredentials {
      let number = state.withLock {
        $0.entered += 1
        return $0.entered
      }
      while !state.withLock({ $0.isOpen }) {
        try Task.checkCancellation()
        await Task.yield()
      }
      return ExpiringCredentials(credentials: RefreshingCredentialsTests.credentials(number))
    }
  }

  @Test("Many callers cause one refresh, and a cancelled one harms nobody")
  func oneRefresh() async throws {
    let gate = Gate()
    let kept = RefreshingCredentials(time: ManualTime().source, random: { 0 }) {
      try await gate.pass()
    }
    let tasks = (0..<20).map { _ in Task { try await kept.credentials() } }
    while kept.waiterCount < 19 { await Task.yield() }
    #expect(gate.entered == 1)
    // One that waits is cancelled: it leaves at once, though nothing has come.
    let late = Task { try await kept.credentials() }
    while kept.waiterCount < 20 { await Task.yield() }
    late.cancel()
    await #expect(throws: CancellationError.self) { _ = try await late.value }
    #expect(kept.waiterCount == 19)
    gate.open()
    for task in tasks { #expect(try await task.value.accessKeyID == "id-1") }
    #expect(kept.waiterCount == 0)
    #expect(gate.entered == 1)
  }

  @Test("When the one who refreshes is cancelled, another one takes over")
  func takesOver() async throws {
    let gate = Gate()
    let kept = RefreshingCredentials(time: ManualTime().source, random: { 0 }) {
      try await gate.pass()
    }
    let first = Task { try await kept.credentials() }
    while gate.entered < 1 { await Task.yield() }
    let others = (0..<5).map { _ in Task { try await kept.credentials() } }
    while kept.waiterCount < 5 { await Task.yield() }
    first.cancel()
    await #expect(throws: CancellationError.self) { _ = try await first.value }
    while gate.entered < 2 { await Task.yield() }
    gate.open()
    for other in others { #expect(try await other.value.accessKeyID == "id-2") }
    #expect(gate.entered == 2)
    #expect(kept.waiterCount == 0)
  }

  @Test("A renewal that is cancelled while the credentials are good is not tried by each caller")
  func cancelledRenewal() async throws {
    let time = ManualTime()
    let source = Source(time, lifetime: 3_600)
    let entered = Mutex(0)
    let kept = RefreshingCredentials(time: time.source, random: { 0 }) {
      let calls = source.calls.withLock { $0 }
      // The first ones come at once, the renewal does not come at all.
      guard calls > 0 else { return try source.retrieve() }
      entered.withLock { $0 += 1 }
      try await Task.sleep(for: .seconds(3_600))
      return try source.retrieve()
    }
    #expect(try await kept.credentials().accessKeyID == "id-1")
    time.advance(seconds: 3_400)
    let first = Task { try await kept.credentials() }
    while entered.withLock({ $0 }) < 1 { await Task.yield() }
    first.cancel()
    await #expect(throws: CancellationError.self) { _ = try await first.value }
    #expect(try await kept.credentials().accessKeyID == "id-1")
    #expect(entered.withLock { $0 } == 1)
  }

  @Test("All who wait hear of a failure, and the next one tries anew")
  func failsForAll() async throws {
    let source = Source(ManualTime(), lifetime: nil)
    source.isBroken.withLock { $0 = true }
    let kept = source.refreshing()
    await #expect(throws: CredentialError.self) { _ = try await kept.credentials() }
    source.isBroken.withLock { $0 = false }
    #expect(try await kept.credentials().accessKeyID == "id-2")
  }
}
