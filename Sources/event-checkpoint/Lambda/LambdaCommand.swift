import ArgumentParser

/// `event-checkpoint lambda`: the AWS Lambda function, on this computer.
struct LambdaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lambda",
    abstract: "Runs the AWS Lambda function on this computer.",
    subcommands: [LambdaInvokeCommand.self])
}
