import ArgumentParser

/// The command line: one subcommand per file.
@main
struct EventCheckpoint: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "event-checkpoint",
    abstract: "Keeps Parquet checkpoints of JSON event logs current.",
    version: "0.1.0",
    subcommands: [
      SchemaCommand.self, ValidateCommand.self, GenerateCommand.self, ParquetCommand.self,
      RunCommand.self, VerifyCommand.self, RebuildCommand.self, CompactCommand.self,
      LambdaCommand.self,
    ]
  )
}
