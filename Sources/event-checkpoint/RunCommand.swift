import ArgumentParser
import CheckpointCore
import EventLogModel
import ParquetKit

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

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
        event-checkpoint run --source s3://visits/events/ \\
          --checkpoint 's3://visits/checkpoints/{study}/{datatype}/events.parquet'

      The checkpoint is a template: {study}, {datatype}, {year} and {month} (of the event's \
      timestamp, in UTC) stand for values of the events, one file for each combination. The state \
      (_state.json) and the record of refused objects (_refused/) lie in the directory before the \
      first placeholder.

      Exit status: 0 all is well; 2 some groups failed, or the state could not be written (with \
      --strict also: an object was refused or could not be read); 3 all groups failed, or nothing \
      could be done at all, for instance because the source does not exist; 64 wrong usage.
      """)

  enum CompressionName: String, ExpressibleByArgument, CaseIterable {
    case zstd
    case snappy
    case gzip
    case none
  }

  @Option(help: "Where the events lie: a directory's path, or a file: or s3: URL.")
  var source: String

  @Option(help: "The template of the checkpoints: a path, or a file: or s3: URL.")
  var checkpoint: String

  @OptionGroup(title: "S3") var s3: S3Arguments

  @Option(help: "The compression of the checkpoints.")
  var compression: CompressionName = .zstd

  @Option(help: "What happens to events with fields that the event type does not have.")
  var unknownFields: EventDecoder.UnknownFieldPolicy = .refuse

  @Option(help: "How many objects are read at the same time.")
  var concurrency = 16

  @Option(
    help: "How many minutes later than it says an object may become visible in the listing.")
  var overlapMinutes = 15

  @Flag(help: "Read all sources again, and replace damaged checkpoints; a damaged file is kept.")
  var rebuild = false

  @Flag(help: "Write nothing, only say what would be done.")
  var dryRun = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Exit with 2 also when an object was refused or could not be read.")
  var strict = false

  @Flag(inversion: .prefixedNo, help: "Show a progress bar when the standard error is a terminal.")
  var progress = true

  func validate() throws {
    guard (1...1024).contains(concurrency) else {
      throw ValidationError("--concurrency must be from 1 to 1024, not \(concurrency).")
    }
    guard (0...525_600).contains(overlapMinutes) else {
      throw ValidationError(
        "--overlap-minutes must be from 0 to 525600 (a year), not \(overlapMinutes).")
    }
    _ = try StoreLocation(source)
    _ = try CheckpointLocation(checkpoint, schema: .visitEvent)
  }

  func run() async throws {
    let target = try CheckpointLocation(checkpoint, schema: .visitEvent)
    var configuration = RunConfiguration(schema: .visitEvent, keyTemplate: target.template)
    configuration.compression =
      switch compression {
      case .zstd: .zstd
      case .snappy: .snappy
      case .gzip: .gzip
      case .none: .uncompressed
      }
    configuration.unknownFields = unknownFields
    configuration.concurrency = concurrency
    configuration.overlap = .seconds(overlapMinutes * 60)
    configuration.rebuilds = rebuild
    configuration.isDryRun = dryRun
    let outcome: Result<RunSummary, any Error>
    do {
      outcome = .success(
        try await Stores.with(s3) { stores in
          try await execute(
            CheckpointRun(
              source: try await stores.open(try StoreLocation(source)),
              checkpoints: try await stores.open(target.root, createsDirectory: true),
              configuration: configuration))
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
      var standardOutput = StandardOutput()
      standardOutput.write((json ? output.json : output.text) + "\n")
      standardOutput.flush()
      let status = summary.exitStatus(strict: strict)
      if status != 0 { throw ExitCode(status) }
    case .failure(let error):
      if json {
        var standardOutput = StandardOutput()
        standardOutput.write(RunOutput.json(error) + "\n")
        standardOutput.flush()
      }
      FileHandleText.writeToStandardError("Error: \(error)\n")
      throw ExitCode(3)
    }
  }
}

extension RunCommand {
  /// Does the work and shows how it goes on.
  private func execute(_ run: CheckpointRun) async throws -> RunSummary {
    let bar = progress && isatty(STDERR_FILENO) == 1 ? RunProgressBar() : nil
    async let shown: Void = RunProgressBar.show(run.progress, on: bar)
    let outcome: Result<RunSummary, any Error>
    do {
      outcome = .success(try await run.execute())
    } catch {
      outcome = .failure(error)
    }
    await shown
    return try outcome.get()
  }
}

extension RunSummary {
  /// Shows keys as the user wrote the template, with the directory that is the store's root.
  fileprivate mutating func prefixKeys(with prefix: String) {
    for index in successfulGroups.indices {
      successfulGroups[index].checkpointKey = prefix + successfulGroups[index].checkpointKey
    }
    for index in failedGroups.indices {
      failedGroups[index].checkpointKey = prefix + failedGroups[index].checkpointKey
    }
  }
}
