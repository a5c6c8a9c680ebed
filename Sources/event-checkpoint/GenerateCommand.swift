import ArgumentParser
import EventLogModel

/// Writes made-up event files.
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write made-up event files into a directory.",
    discussion: """
      The files depend on nothing but the options: the same seed gives the same names and the same
      bytes. They are named log-{action}-{YYYYMMDD-HHMMSS}-{adcid}-{project}-{ptid}-{visit_date}.json,
      no two alike. Invalid files have every kind of fault: files that are cut short, empty or no
      JSON at all, and events that break each of the rules.

      EXAMPLES
        event-checkpoint generate --count 1000 --seed 1 --output events
        event-checkpoint generate --count 25000 --seed 7 --output events \\
          --invalid-percent 2 --sandbox-percent 10 --start-date 2025-01-01 --days 90
      """)

  @Option(name: .long, help: "How many files to write.")
  var count: Int

  @Option(name: .long, help: "What the files depend on; any number from 0.")
  var seed: UInt64

  @Option(
    name: .long, help: "The directory to write to, made if it is not there.",
    completion: .directory)
  var output: String

  @Option(name: .long, help: "The share of invalid files, 0 to 100.")
  var invalidPercent: Double = 0

  @Option(name: .long, help: "The share of events of sandbox projects among the others, 0 to 100.")
  var sandboxPercent: Double = 0

  @Option(name: .long, help: "The first day on which events happen, YYYY-MM-DD.")
  var startDate: String = "2024-01-01"

  @Option(name: .long, help: "The number of days on which events happen, 1 to 36525.")
  var days: Int = 365

  func validate() throws {
    guard (0...100).contains(invalidPercent) else {
      throw ValidationError("--invalid-percent must be 0 to 100, not \(invalidPercent).")
    }
    guard (0...100).contains(sandboxPercent) else {
      throw ValidationError("--sandbox-percent must be 0 to 100, not \(sandboxPercent).")
    }
    guard (1...36_525).contains(days) else {
      throw ValidationError("--days must be 1 to 36525, not \(days).")
    }
    guard let date = CivilDate(parsing: startDate), (1900...9000).contains(date.year) else {
      throw ValidationError(
        "--start-date must be a date YYYY-MM-DD in the years 1900 to 9000, not \"\(startDate)\".")
    }
    guard (0...generator(date).distinctNames).contains(count) else {
      throw ValidationError(
        "--count must be 0 to \(generator(date).distinctNames) for \(days) days, not \(count).")
    }
    guard !output.isEmpty else { throw ValidationError("--output must name a directory.") }
  }

  private func generator(_ date: CivilDate) -> VisitEventGenerator {
    VisitEventGenerator(
      seed: seed, invalidPercent: invalidPercent, sandboxPercent: sandboxPercent,
      startDate: date, days: days)
  }

  func run() throws {
    guard let date = CivilDate(parsing: startDate) else { return }
    let generator = generator(date)
    var valid = 0
    var sandbox = 0
    var invalid = 0
    do throws(LocalFiles.Failure) {
      try LocalFiles.createDirectory(output)
      for index in 0..<count {
        let sample = generator.sample(at: index)
        try LocalFiles.write(sample.json, to: output + "/" + sample.name)
        switch sample.kind {
        case .valid: valid += 1
        case .sandbox: sandbox += 1
        case .invalid: invalid += 1
        }
      }
    } catch {
      throw CommandFailure("\(error.path) could not be written: \(error).")
    }
    print(
      "\(count) \(count == 1 ? "file" : "files") in \(output): \(valid) valid, \(sandbox) sandbox, "
        + "\(invalid) invalid")
  }
}
