internal import NIOCore
import Synchronization

/// Bounds the bytes of bodies that are being received into memory.
///
/// Who finds too little left waits in line. A body larger than the whole budget is received once
/// there is no other. A body's bytes are granted as a whole, so nobody holds some while waiting for
/// more.
final class ByteBudget: Sendable {
  private struct Waiter {
    let id: Int
    let bytes: Int
    let promise: EventLoopPromise<Void>
  }

  private struct State {
    var taken = 0
    var nextID = 0
    var waiters: CircularBuffer<Waiter> = []
  }

  /// Bytes that were asked for.
  final class Reservation: Sendable {
    private let budget: ByteBudget
    private let id: Int
    private let bytes: Int
    /// Succeeds once the bytes are there; nil where they were at once.
    let granted: EventLoopFuture<Void>?
    private let isReleased = Mutex(false)

    fileprivate init(
      _ budget: ByteBudget, id: Int, bytes: Int, granted: EventLoopFuture<Void>?
    ) {
      self.budget = budget
      self.id = id
      self.bytes = bytes
      self.granted = granted
    }

    /// Gives the bytes back, or leaves the line.
    func release() {
      let isFirst = isReleased.withLock { isReleased in
        defer { isReleased = true }
        return !isReleased
      }
      if isFirst { budget.release(id: id, bytes: bytes) }
    }
  }

  private let size: Int
  private let state = Mutex(State())

  /// A budget of so many bytes.
  init(_ size: Int) {
    self.size = size
  }

  /// How many bytes are taken, and how many bodies wait.
  var usage: (taken: Int, waiting: Int) {
    state.withLock { ($0.taken, $0.waiters.count) }
  }

  /// Asks for bytes.
  func reserve(_ bytes: Int, on eventLoop: any EventLoop) -> Reservation {
    state.withLock { state in
      let id = state.nextID
      state.nextID += 1
      if bytes == 0 || (state.waiters.isEmpty && fits(bytes, state)) {
        state.taken += bytes
        return Reservation(self, id: id, bytes: bytes, granted: nil)
      }
      let promise = eventLoop.makePromise(of: Void.self)
      state.waiters.append(Waiter(id: id, bytes: bytes, promise: promise))
      return Reservation(self, id: id, bytes: bytes, granted: promise.futureResult)
    }
  }

  private func fits(_ bytes: Int, _ state: State) -> Bool {
    state.taken == 0 || bytes <= size - state.taken
  }

  private func release(id: Int, bytes: Int) {
    var granted: [EventLoopPromise<Void>] = []
    var abandoned: EventLoopPromise<Void>?
    state.withLock { state in
      if let index = state.waiters.firstIndex(where: { $0.id == id }) {
        abandoned = state.waiters.remove(at: index).promise
      } else {
        state.taken -= bytes
      }
      while let first = state.waiters.first, fits(first.bytes, state) {
        state.waiters.removeFirst()
        state.taken += first.bytes
        granted.append(first.promise)
      }
    }
    // Outside of the lock: promises run what waits for them.
    abandoned?.fail(CancellationError())
    for promise in granted { promise.succeed() }
  }
}
