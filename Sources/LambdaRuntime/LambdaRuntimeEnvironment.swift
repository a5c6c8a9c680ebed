#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// What Lambda tells a process in its environment.
///
/// AWS Lambda Developer Guide, "Defined runtime environment variables".
public struct LambdaRuntimeEnvironment: Sendable, Hashable {
  /// Where the Runtime API listens, as `host:port` (`AWS_LAMBDA_RUNTIME_API`).
  public let runtimeAPI: String
  /// The function's name (`AWS_LAMBDA_FUNCTION_NAME`).
  public var functionName: String?
  /// The version that runs (`AWS_LAMBDA_FUNCTION_VERSION`).
  public var functionVersion: String?
  /// How much memory the function has, in MB (`AWS_LAMBDA_FUNCTION_MEMORY_SIZE`).
  public var memoryMegabytes: Int?
  /// `on-demand`, `provisioned-concurrency` or `snap-start` (`AWS_LAMBDA_INITIALIZATION_TYPE`).
  public var initializationType: String?
  /// The log group (`AWS_LAMBDA_LOG_GROUP_NAME`).
  public var logGroup: String?
  /// The log stream, one for each process (`AWS_LAMBDA_LOG_STREAM_NAME`).
  public var logStream: String?
  /// The region in which the function runs (`AWS_REGION`).
  public var region: String?

  /// The environment that a list of variables describes.
  ///
  /// - Throws: ``LambdaRuntimeError`` with the code `environment` when the Runtime API's address is
  ///   missing or is none.
  public init(_ variables: [String: String]) throws(LambdaRuntimeError) {
    try self.init { variables[$0] }
  }

  /// The environment of this process.
  ///
  /// - Throws: ``LambdaRuntimeError`` with the code `environment` when the Runtime API's address is
  ///   missing or is none.
  public static func current() throws(LambdaRuntimeError) -> LambdaRuntimeEnvironment {
    try LambdaRuntimeEnvironment { name in getenv(name).map { String(cString: $0) } }
  }

  private init(_ variable: (String) -> String?) throws(LambdaRuntimeError) {
    guard let address = variable("AWS_LAMBDA_RUNTIME_API"), !address.isEmpty else {
      throw LambdaRuntimeError(
        .environment,
        "AWS_LAMBDA_RUNTIME_API is not set: this program answers invocations of AWS Lambda, which "
          + "sets the variable. Deploy it as a function's bootstrap, or run it under a local "
          + "Runtime API server.")
    }
    guard LambdaRuntimeEnvironment.isAddress(address) else {
      throw LambdaRuntimeError(
        .environment,
        "AWS_LAMBDA_RUNTIME_API must be a host and a port such as 127.0.0.1:9001, not "
          + "\(address.debugDescription).")
    }
    runtimeAPI = address
    func text(_ name: String) -> String? {
      guard let value = variable(name), !value.isEmpty else { return nil }
      return value
    }
    functionName = text("AWS_LAMBDA_FUNCTION_NAME")
    functionVersion = text("AWS_LAMBDA_FUNCTION_VERSION")
    memoryMegabytes = text("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").flatMap { Int($0) }
    initializationType = text("AWS_LAMBDA_INITIALIZATION_TYPE")
    logGroup = text("AWS_LAMBDA_LOG_GROUP_NAME")
    logStream = text("AWS_LAMBDA_LOG_STREAM_NAME")
    region = text("AWS_REGION")
  }

  /// Whether a text is a host, with or without a port, that can stand in a URL as it is.
  private static func isAddress(_ text: String) -> Bool {
    var host = Substring(text)
    var port: Substring?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return false }
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.first == ":" else { return false }
      if !rest.isEmpty { port = rest.dropFirst() }
      host = text[text.index(after: text.startIndex)..<end]
      guard host.utf8.allSatisfy({ isHexDigit($0) || $0 == UInt8(ascii: ":") }) else {
        return false
      }
    } else {
      if let colon = text.firstIndex(of: ":") {
        host = text[..<colon]
        port = text[text.index(after: colon)...]
      }
      guard host.utf8.allSatisfy(isHostCharacter) else { return false }
    }
    if let port {
      guard port.utf8.allSatisfy(isDigit), let number = UInt16(port), number > 0 else {
        return false
      }
    }
    return !host.isEmpty
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }

  private static func isHostCharacter(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }
}
