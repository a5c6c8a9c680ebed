import ArgumentParser
import CheckpointCore

/// `event-checkpoint rebuild`: makes the checkpoints anew from all sources.
struct RebuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Makes the checkpoints anew from all sources, and replaces damaged ones.",
    discussion: """
      Reads every object and replaces each checkpoint by one write. Rows of a checkpoint that can be \
      read stay also if their objects are gone (expired, archived), unless --only-sources is given. \
      A damaged checkpoint is kept beside the new one as _damaged-<version>-<name>; what of it can \
      still be read is kept, and what could not be brought back is counted.

      All rows are in memory: about 100 bytes each.

      Exit status: as that of run.
      """)

  @OptionGroup var options: RunOptions
  @OptionGroup var writing: WritingOptions

  @Flag(help: "Leave out the rows whose objects are gone.")
  var onlySources = false

  @Flag(help: "Exit with 2 also when an object was refused or could not be read.")
  var strict = false

  func run() async throws {
    var configuration = try options.configuration()
    writing.apply(to: &configuration)
    configuration.rebuilds = true
    configuration.onlySources = onlySources
    try await RunCommand.run(configuration, options, strict: strict)
  }
}
