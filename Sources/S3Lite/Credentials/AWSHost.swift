import FoundationEssentials

/// All that credentials and settings are taken from: the machine, as a value, so that tests can put
/// another one in its place.
struct AWSHost: Sendable {
  /// The variables of the environment.
  var environment: [String: String]
  /// Reads a small file; nil where there is none. Throws ``LocalFileError``.
  var readFile: @Sendable (_ path: String, _ limit: Int) throws -> [UInt8]?
  /// Runs a program and gives what it wrote to its standard output.
  var run: @Sendable (CredentialProgram) async throws -> [UInt8]
  /// Sends small requests.
  var http: any HTTPExchange
  /// The clocks.
  var time: TimeSource = .system
  /// Gives numbers from 0 up to, not including, 1.
  var random: @Sendable () -> Double = { .random(in: 0..<1) }

  /// This machine.
  static func current(http: any HTTPExchange) -> AWSHost {
    AWSHost(
      environment: processEnvironment(), readFile: LocalFile.read,
      run: { try await $0.run() }, http: http)
  }

  /// The environment of this process.
  static func processEnvironment() -> [String: String] {
    ProcessInfo.processInfo.environment
  }

  /// A variable of the environment; an empty one is none.
  func variable(_ name: String) -> String? {
    guard let value = environment[name], !value.isEmpty else { return nil }
    return value
  }

  /// A path with `~` at its beginning replaced by the home directory.
  func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = variable("HOME") else { return path }
    return home + path.dropFirst()
  }
}

extension AWSHost: CustomStringConvertible, CustomReflectable {
  /// Nothing: variables may be secret.
  var description: String { "host" }

  /// Shows nothing.
  var customMirror: Mirror { Mirror(self, children: []) }
}
