import LambdaRuntime
import Testing

@Suite("Lambda's environment")
struct LambdaRuntimeEnvironmentTests {
  @Test("is read from its variables")
  func variables() throws {
    let environment = try LambdaRuntimeEnvironment([
      "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "AWS_LAMBDA_FUNCTION_NAME": "checkpoint",
      "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
      "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/c",
      "AWS_LAMBDA_LOG_STREAM_NAME": "", "AWS_REGION": "us-east-1",
    ])
    #expect(environment.runtimeAPI == "127.0.0.1:9001")
    #expect(environment.functionName == "checkpoint")
    #expect(environment.functionVersion == "$LATEST")
    #expect(environment.memoryMegabytes == 512)
    #expect(environment.initializationType == "on-demand")
    #expect(environment.logGroup == "/aws/lambda/c")
    #expect(environment.logStream == nil)
    #expect(environment.region == "us-east-1")
  }

  @Test(
    "has an address of the Runtime API",
    arguments: [
      "localhost", "169.254.100.1:9001", "[::1]:9001", "[fe80::1]", "runtime_api-1:65535",
    ])
  func address(text: String) throws {
    #expect(try LambdaRuntimeEnvironment(["AWS_LAMBDA_RUNTIME_API": text]).runtimeAPI == text)
  }

  @Test(
    "says what is wrong with the address of the Runtime API",
    arguments: [
      "", ":9001", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+80", "a:b",
      "http://127.0.0.1:9001", "127.0.0.1:9001/x", "a b", "user@host", "[::1", "[::1]x", "[]",
      "\u{e9}", "a\nb",
    ])
  func badAddress(text: String) {
    let error = #expect(throws: LambdaRuntimeError.self) {
      try LambdaRuntimeEnvironment(["AWS_LAMBDA_RUNTIME_API": text])
    }
    #expect(error?.code == .environment)
    #expect(error?.message.contains("AWS_LAMBDA_RUNTIME_API") == true)
  }
}
