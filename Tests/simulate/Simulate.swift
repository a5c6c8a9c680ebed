import ArgumentParser
import Foundation
import Simulation
import Synchronization

/// Plays seeded histories of uploads, runs and faults, and says which seeds break a promise.
@main
struct Simulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Plays seeded histories of uploads, runs and faults against the checkpoints.",
    discussion: "A failing seed replays exactly: --seed prints all that happens in it.")

  @Option(help: "How many seeds to play.")
  var seeds: UInt64 = 1000

  @Option(help: "The first seed.")
  var from: UInt64 = 0

  @Option(help: "Play this seed alone and print all that happens.")
  var seed: UInt64?

  @Option(help: "How many seeds are played at the same time.")
  var jobs = 2

  @Option(
    help: "A mistake to build in: \(Mutation.allCases.map(\.rawValue).joined(separator: ", ")).")
  var mutation: Mutation?

  func validate() throws {
    let (_, overflow) = from.addingReportingOverflow(seeds)
    guard !overflow else { throw ValidationError("--from and --seeds go beyond the last seed.") }
  }

  func run() async throws {
    if let seed {
      let report = Simulation.run(seed: seed, mutation: mutation, isRecording: true)
      print(report.trace.joined(separator: "\n"))
      print("\(report.runs) runs, digest \(report.digest): \(report.violation ?? "all is well")")
      if report.violation != nil { throw ExitCode.failure }
      return
    }
    let seeds = Seeds(from..<from + seeds)
    let totals = await withTaskGroup(of: Totals.self) { group in
      for _ in 0..<max(1, jobs) {
        group.addTask {
          var totals = Totals()
          while let seed = seeds.next() {
            let report = Simulation.run(seed: seed, mutation: mutation)
            totals.runs += report.runs
            if let violation = report.violation {
              totals.failures += 1
              print("seed \(seed): \(violation)")
              fflush(nil)
            }
          }
          return totals
        }
      }
      var all = Totals()
      for await part in group {
        all.runs += part.runs
        all.failures += part.failures
      }
      return all
    }
    print("\(self.seeds) seeds, \(totals.runs) runs, \(totals.failures) seeds with a violation.")
    if totals.failures > 0 { throw ExitCode.failure }
  }

  /// Deals out seeds.
  private final class Seeds: Sendable {
    private let rest: Mutex<Range<UInt64>>

    init(_ seeds: Range<UInt64>) {
      rest = Mutex(seeds)
    }

    func next() -> UInt64? { rest.withLock { $0.popFirst() } }
  }

  private struct Totals {
    var runs = 0
    var failures = 0
  }
}

extension Mutation: ExpressibleByArgument {}
