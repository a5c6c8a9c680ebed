#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The clocks: nothing here reads one by itself, so that tests can turn the hands.
struct TimeSource: Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z, as this machine has it.
  var wallClock: @Sendable () -> Int64
  /// The time since some fixed instant, which never goes back.
  var monotonic: @Sendable () -> Duration
  /// Waits; throws `CancellationError` once the task is cancelled.
  var sleep: @Sendable (Duration) async throws -> Void

  /// The machine's own clocks.
  static let system = {
    let start = ContinuousClock.now
    return TimeSource(
      wallClock: {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
      },
      monotonic: { ContinuousClock.now - start },
      sleep: { try await Task.sleep(for: $0, clock: .continuous) })
  }()
}
