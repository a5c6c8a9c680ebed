import ArgumentParser
import CheckpointCore
import EventLogModel

/// `event-checkpoint run`: merges what is new in the source into the checkpoints.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Merges new events into Parquet checkpoints.",
    discussion: """
      Lists the source, reads the objects named log-*.json that are new, changed or late, and \
      merges their events into the checkpoints. Running it again changes nothing.

      Examples:
        event-checkpoint run --source events --checkpoint out/events.parquet
        event-checkpoint run --source events --checkpoint 'out/{study}/{datatype}/events.parquet'
        event-checkpoint run --source file:///srv/events --checkpoint '/srv/out/{year}.parquet' --json

      The checkpoint is a template: {study}, {datatype}, {year} and {month} (of the event's \
      timestamp, in UTC) stand for values of the events, one file for each combination. The state \
      (_state.json) and the record of refused objects (_refused/) lie in the directory before the \
      first placeholder.

      Exit status: 0 all is well; 2 some groups failed, or the state could not be written (with \
      --strict also: an object was refused or could not be read); 3 all groups failed, or nothing \
      could be done at all, for instance because the source does not exist; 64 wrong usage. A run \
      that --budget-seconds cut short has the status 0, and "complete": false with --json.
      """)

  @OptionGroup var options: RunOptions
  @OptionGroup var writing: WritingOptions

  @Option(
    help: "How many minutes later than it says an object may become visible in the listing.")
  var overlapMinutes = 15

  @Option(
    help: """
      How many seconds the run may take. It stops reading in time to commit what it has; the next \
      run goes on from there.
      """)
  var budgetSeconds: Int?

  @Flag(help: "Read the refused objects again, for instance because the rules have changed.")
  var retryRefused = false

  @Flag(help: "Read all sources again, and replace damaged checkpoints: see rebuild.")
  var rebuild = false

  @Flag(help: "With --rebuild: leave out the rows whose objects are gone.")
  var onlySources = false

  @Flag(help: "Exit with 2 also when an object was refused or could not be read.")
  var strict = false

  func validate() throws {
    guard (0...525_600).contains(overlapMinutes) else {
      throw ValidationError(
        "--overlap-minutes must be from 0 to 525600 (a year), not \(overlapMinutes).")
    }
    if let budgetSeconds, !(1...604_800).contains(budgetSeconds) {
      throw ValidationError(
        "--budget-seconds must be from 1 to 604800 (a week), not \(budgetSeconds).")
    }
    guard rebuild || !onlySources else {
      throw ValidationError("--only-sources has a meaning only with --rebuild.")
    }
  }

  func run() async throws {
    var configuration = try options.configuration()
    writing.apply(to: &configuration)
    configuration.overlap = .seconds(overlapMinutes * 60)
    configuration.budget = budgetSeconds.map { .seconds($0) }
    configuration.retriesRefused = retryRefused
    configuration.rebuilds = rebuild
    configuration.onlySources = onlySources
    try await RunCommand.run(configuration, options, strict: strict)
  }

  /// Does a run and prints what it did.
  static func run(
    _ configuration: RunConfiguration, _ options: RunOptions, strict: Bool
  ) async throws {
    let target = try options.target()
    let outcome: Result<RunSummary, any Error>
    do {
      outcome = .success(
        try await options.work { source, checkpoints in
          let run = CheckpointRun(
            source: source, checkpoints: checkpoints, configuration: configuration)
          return (run.progress, { try await run.execute() })
        })
    } catch {
      outcome = .failure(error)
    }
    switch outcome {
    case .success(var summary):
      summary.prefixKeys(with: target.prefix)
      let output = RunOutput(
        summary: summary,
        refusedDirectory: target.prefix + target.template.directory + "_refused/")
      try options.finish(
        output.text, RunAnswer(summary).json, status: summary.exitStatus(strict: strict))
    case .failure(let error): try options.fail(error)
    }
  }
}
