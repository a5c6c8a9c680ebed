import TestSupport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Runs all jobs of its tasks on one thread, one at a time, in an order that a seed decides, by a
/// clock that nothing but itself moves (SE-0417).
///
/// A task that is made with this executor as its preference runs here with all its child tasks.
/// Whatever would leave (an actor with an executor of its own, a continuation that another thread
/// resumes, a real sleep) would make the order depend on the machine; that a job is enqueued by
/// another thread is found out and stops the process.
package final class Scheduler: TaskExecutor, @unchecked Sendable {
  private struct Timer {
    let due: Int64
    let order: Int
    let action: () -> Void
  }

  /// Microseconds since 1970.
  package private(set) var now: Int64
  /// How many jobs and timers have run.
  package private(set) var steps = 0
  private var random: Chance
  private var jobs: [UnownedJob] = []
  /// The next one is the last.
  private var timers: [Timer] = []
  private var timerCount = 0
  private let home = pthread_self()

  /// A scheduler for the thread that makes it.
  package init(seed: UInt64, now: Int64) {
    random = Chance(seed: seed)
    self.now = now
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    precondition(
      pthread_equal(pthread_self(), home) != 0, "A job of the simulation came from another thread.")
    jobs.append(UnownedJob(job))
  }

  /// Does something after a while.
  package func after(_ microseconds: Int64, _ action: @escaping () -> Void) {
    timerCount += 1
    let timer = Timer(due: now + max(0, microseconds), order: timerCount, action: action)
    var (low, high) = (0, timers.count)
    while low < high {
      let middle = (low + high) / 2
      let other = timers[middle]
      if (other.due, other.order) > (timer.due, timer.order) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    timers.insert(timer, at: low)
  }

  /// Lets time pass for the task that calls, at most until it is cancelled.
  package func wait(_ microseconds: Int64) async {
    let sleeper = Sleeper()
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        sleeper.continuation = continuation
        if Task.isCancelled { sleeper.wake() } else { after(microseconds) { sleeper.wake() } }
      }
    } onCancel: {
      // Whoever cancels is a job of this scheduler too.
      sleeper.wake()
    }
  }

  /// A task that waits; it is woken once.
  private final class Sleeper: @unchecked Sendable {
    var continuation: UnsafeContinuation<Void, Never>?

    func wake() {
      continuation?.resume()
      continuation = nil
    }
  }

  /// Runs jobs and timers until something is done.
  ///
  /// - Returns: Whether it is done; not, if nothing is left to run or `limit` steps were not enough.
  package func run(limit: Int, until isDone: () -> Bool) -> Bool {
    while !isDone() {
      guard steps < limit else { return false }
      steps += 1
      // Computing takes time too: now and then a timer goes off although jobs could run.
      if !jobs.isEmpty, timers.isEmpty || random.below(64) != 0 {
        let index = random.below(jobs.count)
        jobs.swapAt(index, jobs.count - 1)
        jobs.removeLast().runSynchronously(on: asUnownedTaskExecutor())
      } else if let timer = timers.popLast() {
        now = max(now, timer.due)
        timer.action()
      } else {
        return false
      }
    }
    return true
  }
}
