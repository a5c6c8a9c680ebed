import ArgumentParser
import LambdaRuntimeServer

/// `event-checkpoint lambda invoke`: one invocation, under a local Runtime API.
struct LambdaInvokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invoke",
    abstract: "Invokes the function once, and prints its answer.",
    discussion: """
      Runs the loop that runs in AWS Lambda against a Runtime API on this computer, gives it one \
      event, and prints the answer to standard output, logs to standard error. The function is set \
      up by the same environment variables as in AWS Lambda.

      Examples:
        SOURCE_BUCKET=visits event-checkpoint lambda invoke
        SOURCE_BUCKET=visits event-checkpoint lambda invoke --event sqs-event.json --timeout 60
        event-checkpoint lambda invoke --bootstrap .build/release/bootstrap --event event.json

      Exit status: 0 the function has answered; 1 it has answered with an error, which is printed \
      as well; 3 it has not answered; 64 wrong usage.
      """)

  @Option(
    help: "The file that holds the event as JSON; without it, the event is {}.",
    completion: .file(extensions: ["json"]))
  var event: String?

  @Option(help: "How many seconds the function has, 1 to 900.")
  var timeout = 900

  @Option(help: "The program to run instead of the loop in this one.", completion: .file())
  var bootstrap: String?

  @Option(help: "The X-Ray trace header of the invocation.")
  var traceHeader: String?

  /// As many bytes as Lambda takes.
  private static let eventLimit = 6 << 20

  func validate() throws {
    guard (1...900).contains(timeout) else {
      throw ValidationError("--timeout must be from 1 to 900 seconds, not \(timeout).")
    }
    if let traceHeader, !traceHeader.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) {
      throw ValidationError("--trace-header must be printable ASCII.")
    }
  }

  func run() async throws {
    let request = InvocationRequest(
      try readEvent(), requestID: LambdaInvokeCommand.randomID(), timeout: .seconds(timeout),
      traceID: traceHeader)
    let bootstrap = bootstrap
    let ending = try await LocalInvocation(request: request).ending { address in
      let environment = LambdaInvokeCommand.environment(address)
      if let bootstrap {
        try await BootstrapProcess(path: bootstrap, environment: environment).run()
      } else {
        try await InProcessFunction(environment: environment).run()
      }
    }
    try finish(ending)
  }

  private func readEvent() throws(CommandFailure) -> [UInt8] {
    guard let event else { return Array("{}".utf8) }
    do throws(LocalFiles.Failure) {
      return try LocalFiles.read(event, limit: LambdaInvokeCommand.eventLimit)
    } catch {
      throw CommandFailure("The event \(event) could not be read: \(error).")
    }
  }

  private func finish(_ ending: LocalInvocation.Ending) throws {
    let (body, complaint, status): ([UInt8]?, String?, Int32) =
      switch ending {
      case .outcome(.response(let body)): (body, nil, 0)
      case .outcome(.functionError(let failure)):
        (failure.body, "The function has failed.", 1)
      case .outcome(.initError(let failure)):
        (failure.body, "The function could not be made ready.", 1)
      case .outcome(.timedOut):
        (
          nil, "The function has not answered within \(timeout) second\(timeout == 1 ? "" : "s").",
          3
        )
      case .outcome(.abandoned): (nil, "The invocation was given up.", 3)
      case .functionEnded(let reason):
        (nil, "The function ended before it answered: \(reason).", 3)
      }
    if let body {
      var output = StandardOutput()
      output.buffer = body + [UInt8(ascii: "\n")]
      output.flush()
    }
    if let complaint { FileHandleText.writeToStandardError("Error: \(complaint)\n") }
    if status != 0 { throw ExitCode(status) }
  }

  /// What Lambda sets for a function, as far as it can be said here: nothing limits its memory, and
  /// what is stated is what `docs/deploy` gives it.
  private static func environment(_ address: String) -> [String: String] {
    [
      "AWS_LAMBDA_RUNTIME_API": address, "AWS_LAMBDA_FUNCTION_NAME": "local",
      "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3008",
      "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
      "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/local", "AWS_LAMBDA_LOG_STREAM_NAME": "local",
    ]
  }

  /// A random UUID (version 4), as Lambda's request ids are.
  private static func randomID() -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
      text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: text, as: UTF8.self)
  }
}
