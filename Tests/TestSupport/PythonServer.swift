import Subprocess
package import Testing

/// A server of S3 that others wrote, run by `Tests/Interop/serve.py` beside the tests.
package struct PythonServer: Sendable {
  /// Which one.
  package enum Kind: String, Sendable, CaseIterable {
    /// Knows most of S3's calls and checks no signatures.
    case moto
    /// Files in a directory, as far as names of files can be keys; checks signatures.
    case rclone
  }

  package let kind: Kind
  /// Such as `http://127.0.0.1:41234`; there is a bucket `bucket`.
  package let endpoint: String
  package let accessKeyID: String
  package let secretAccessKey: String

  /// The servers that run beside the present test.
  @TaskLocal package static var running: [Kind: PythonServer] = [:]

  /// Runs `body` beside a server, which ends with it.
  static func run(
    _ kind: Kind, _ body: @Sendable (PythonServer) async throws -> Void
  ) async throws {
    let program = try PythonPeer.program("serve.py", [kind.rawValue])
    // The server ends when its standard input does: at the end of the test, or with this process.
    let result = try await Subprocess.run(
      program.executable, arguments: Arguments(program.arguments), input: .inputWriter,
      output: .sequence, error: .combinedWithOutput
    ) { execution in
      var said: [String] = []
      var lines = execution.standardOutput.strings().makeAsyncIterator()
      while let line = try await lines.next() {
        said.append(line)
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4, words[0] == "serves" else { continue }
        try await body(
          PythonServer(
            kind: kind, endpoint: words[1], accessKeyID: words[2], secretAccessKey: words[3]))
        return
      }
      throw PythonPeer.Failure(
        description: "\(kind.rawValue) does not serve. Perhaps \(PythonPeer.missing)\n"
          + said.joined(separator: "\n"))
    }
    #expect(result.terminationStatus.isSuccess)
  }
}

/// Runs servers beside a suite, all its tests together.
package struct PythonServers: SuiteTrait, TestScoping {
  let kinds: [PythonServer.Kind]

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await run(kinds[...], function)
  }

  private func run(
    _ kinds: ArraySlice<PythonServer.Kind>, _ function: @Sendable () async throws -> Void
  ) async throws {
    guard let kind = kinds.first else {
      try await function()
      return
    }
    try await PythonServer.run(kind) { server in
      var running = PythonServer.running
      running[kind] = server
      try await PythonServer.$running.withValue(running) {
        try await run(kinds.dropFirst(), function)
      }
    }
  }
}

extension Trait where Self == PythonServers {
  /// These servers run beside the suite: `@Suite(.servers(.moto, .rclone))`.
  package static func servers(_ kinds: PythonServer.Kind...) -> PythonServers {
    PythonServers(kinds: kinds)
  }
}
