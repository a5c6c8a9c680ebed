import Synchronization

@testable import S3Lite

/// A clock that only goes when somebody sleeps or turns its hands: all sleeps end at once.
final class ManualTime: Sendable {
  private let microseconds: Mutex<Int64>
  private let slept = Mutex<[Duration]>([])

  /// - Parameter seconds: Since 1970-01-01T00:00:00Z.
  init(seconds: Int64 = 1_700_000_000) {
    microseconds = Mutex(seconds * 1_000_000)
  }

  var now: Int64 { microseconds.withLock { $0 } }
  var sleeps: [Duration] { slept.withLock { $0 } }

  func advance(seconds: Double) {
    microseconds.withLock { $0 += Int64((seconds * 1_000_000).rounded()) }
  }

  var source: TimeSource {
    TimeSource(
      wallClock: { self.now }, monotonic: { .microseconds(self.now) },
      sleep: { duration in
        try Task.checkCancellation()
        self.slept.withLock { $0.append(duration) }
        self.advance(seconds: duration / .seconds(1))
      })
  }
}
