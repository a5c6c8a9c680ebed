/// A history of uploads, runs, faults and operators that follows from a seed alone.
package enum Simulation {
  /// How a simulation ended.
  package struct Report {
    /// What must never happen and did; nil where all is well.
    package let violation: String?
    /// Stands for all that happened: the same seed gives the same number.
    package let digest: UInt64
    /// What happened, if it was to be recorded.
    package let trace: [String]
    /// How many runs there were.
    package let runs: Int
    /// How many jobs and timers there were.
    package let steps: Int
  }

  /// More than any simulation needs by far.
  private static let maximumSteps = 100_000

  /// Plays a history to its end, on the thread of the caller.
  ///
  /// - Parameters:
  ///   - seed: Which history.
  ///   - mutation: A mistake to build in.
  ///   - isRecording: Whether the trace is kept as text.
  package static func run(
    seed: UInt64, mutation: Mutation? = nil, isRecording: Bool = false
  ) -> Report {
    let world = World(seed: seed, mutation: mutation, isRecording: isRecording)
    let director = Director(world: world)
    let end = End()
    Task(executorPreference: world.scheduler) {
      await director.play()
      end.isReached = true
    }
    if !world.scheduler.run(limit: maximumSteps, until: { end.isReached }) {
      world.check("The simulation does not come to an end.")
    }
    return Report(
      violation: world.violation, digest: world.trace.digest, trace: world.trace.lines,
      runs: world.runs.count, steps: world.scheduler.steps)
  }

  /// Touched by the scheduler's thread only.
  private final class End: @unchecked Sendable {
    var isReached = false
  }
}
