import Foundation
import Simulation
import Testing

/// `SEED=...` in the environment plays that seed alone and prints all that happens.
@Suite("Simulation")
struct SimulationTests {
  private static let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init)

  /// So many are enough to find any of the mistakes.
  private static let seedsForMistake: UInt64 = 400

  /// What to say of a seed that fails: what is wrong, how to replay it, and how it came about.
  private func comment(_ seed: UInt64) -> Comment {
    let report = Simulation.run(seed: seed, isRecording: true)
    let trace = report.trace.suffix(60).joined(separator: "\n")
    return """
      \(report.violation ?? "")
      Seed \(seed); all of it: SEED=\(seed) make simulate. Its end:
      \(trace)
      """
  }

  @Test(
    "Whatever happens, nothing is lost, nothing doubled, and all comes to rest", arguments: 0..<8)
  func seeds(part: UInt64) {
    let count: UInt64 = 25
    for seed in part * count..<(part + 1) * count {
      let report = Simulation.run(seed: seed)
      if report.violation != nil { Issue.record(comment(seed)) }
    }
  }

  @Test("A mistake in the algorithm is found", arguments: Mutation.allCases)
  func mutations(mutation: Mutation) {
    let found = (0..<Self.seedsForMistake).first { seed in
      Simulation.run(seed: seed, mutation: mutation).violation != nil
    }
    #expect(found != nil, "\(mutation.rawValue) passes \(Self.seedsForMistake) seeds")
  }

  @Test("A seed is the same history each time, whatever was played before", arguments: 0..<8)
  func deterministic(seed: UInt64) {
    let first = Simulation.run(seed: seed)
    _ = Simulation.run(seed: seed + 1000)
    let second = Simulation.run(seed: seed, isRecording: true)
    #expect(first.digest == second.digest)
    #expect(first.steps == second.steps)
    #expect(first.runs == second.runs)
    #expect(first.digest != Simulation.run(seed: seed + 1).digest)
  }

  @Test("The seed of the environment", .enabled(if: seed != nil))
  func replay() throws {
    let seed = try #require(SimulationTests.seed)
    let report = Simulation.run(seed: seed, isRecording: true)
    print(report.trace.joined(separator: "\n"))
    #expect(report.violation == nil)
  }
}
