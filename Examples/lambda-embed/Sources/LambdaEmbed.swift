import LambdaHost
import Logging

/// The checkpoint function in another host: a worker that takes one event a line from standard input,
/// and prints one answer a line.
@main
struct LambdaEmbed {
  static func main() async throws {
    let configuration = try FunctionConfiguration(sourceBucket: CommandLine.arguments[1])
    let function = CheckpointFunction(configuration, logger: Logger(label: "worker"))
    var count = 0
    while let event = readLine() {
      count += 1
      let context = InvocationContext(requestID: "line-\(count)", deadline: .now + .seconds(60))
      print(String(decoding: try await function.handle(Array(event.utf8), context), as: UTF8.self))
    }
    try await function.shutdown()
  }
}
