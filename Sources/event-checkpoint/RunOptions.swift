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

/// Where the events and the checkpoints are, and how they are read: what `run`, `rebuild` and
/// `verify` have in common.
struct RunOptions: ParsableArguments {
  @Option(help: "Where the events lie: a directory's path, or a file: or s3: URL.")
  var source: String

  @Option(help: "The template of the checkpoints: a path, or a file: or s3: URL.")
  var checkpoint: String

  @OptionGroup(title: "S3") var s3: S3Arguments

  @Option(help: "What happens to events with fields that the event type does not have.")
  var unknownFields: EventDecoder.UnknownFieldPolicy = .refuse

  @Option(
    help: ArgumentHelp(
      "How many objects are read at the same time. (default: 16 of a directory, 256 of a bucket)",
      valueName: "number"))
  var concurrency: Int?

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(inversion: .prefixedNo, help: "Show a progress bar when the standard error is a terminal.")
  var progress = true

  func validate() throws {
    // A process has 1,024 file descriptors where nobody has asked for more.
    guard try (1...900).contains(objectsAtATime()) else {
      throw ValidationError("--concurrency must be from 1 to 900, not \(concurrency ?? 0).")
    }
    _ = try target()
  }

  /// How many objects are read at the same time. A bucket answers many at once, each after a while; its
  /// client sends fewer where it does not bear so many.
  private func objectsAtATime() throws -> Int {
    switch try StoreLocation(source) {
    case .directory: concurrency ?? 16
    case .bucket: concurrency ?? 256
    }
  }

  /// The template of the checkpoints, and where they lie.
  func target() throws -> CheckpointLocation {
    try CheckpointLocation(checkpoint, schema: .visitEvent)
  }

  /// Opens both stores for some work, and shows how far it is.
  ///
  /// - Parameter body: Gets the source and the store of the checkpoints, and gives back the progress
  ///   of the work and the work itself.
  func work<Outcome: Sendable>(
    _ body:
      @Sendable (any ObjectStore, any ObjectStore) throws -> (
        progress: AsyncStream<RunProgress>, execute: @Sendable () async throws -> Outcome
      )
  ) async throws -> Outcome {
    try await Stores.with(s3, requests: objectsAtATime()) { stores in
      let (progress, execute) = try body(
        try await stores.open(try StoreLocation(source)),
        try await stores.open(try target().root, createsDirectory: true))
      let bar = bar
      async let shown: Void = RunProgressBar.show(progress, on: bar)
      let outcome: Result<Outcome, any Error>
      do {
        outcome = .success(try await execute())
      } catch {
        outcome = .failure(error)
      }
      await shown
      return try outcome.get()
    }
  }

  /// What a run is to do, as far as these options say it.
  func configuration() throws -> RunConfiguration {
    var configuration = RunConfiguration(
      schema: .visitEvent, keyTemplate: try target().template)
    configuration.unknownFields = unknownFields
    configuration.concurrency = try objectsAtATime()
    return configuration
  }

  /// The bar that progress is shown on, if it is.
  private var bar: RunProgressBar? {
    progress && isatty(STDERR_FILENO) == 1 ? RunProgressBar() : nil
  }

  /// Prints an answer, and ends with a status unless it is 0.
  func finish(_ text: @autoclosure () -> String, _ json: JSONValue, status: Int32) throws {
    var standardOutput = StandardOutput()
    standardOutput.write((self.json ? json.text : text()) + "\n")
    standardOutput.flush()
    if status != 0 { throw ExitCode(status) }
  }

  /// Says why nothing could be done.
  func fail(_ error: any Error) throws -> Never {
    if json {
      var standardOutput = StandardOutput()
      standardOutput.write(RunAnswer(failure: error).json.text + "\n")
      standardOutput.flush()
    }
    FileHandleText.writeToStandardError("Error: \(error)\n")
    throw ExitCode(3)
  }
}

/// How checkpoints are written: what `run`, `rebuild` and `compact` have in common.
struct WritingOptions: ParsableArguments {
  enum CompressionName: String, ExpressibleByArgument, CaseIterable {
    case zstd
    case snappy
    case gzip
    case none
  }

  @Option(help: "The compression of the checkpoints.")
  var compression: CompressionName = .zstd

  @Flag(help: "Write nothing, only say what would be done.")
  var dryRun = false

  func apply(to configuration: inout RunConfiguration) {
    configuration.compression =
      switch compression {
      case .zstd: .zstd
      case .snappy: .snappy
      case .gzip: .gzip
      case .none: .uncompressed
      }
    configuration.isDryRun = dryRun
  }
}
