import LambdaRuntime

/// A whole AWS Lambda function: bytes in, bytes out.
@main
struct LambdaLoop {
  struct EmptyEvent: Error {}

  static func main() async {
    await LambdaRuntime.main { event, context in
      guard !event.isEmpty else { throw EmptyEvent() }
      return Array(#"{"bytes":\#(event.count),"request":"\#(context.requestID)"}"#.utf8)
    }
  }
}
