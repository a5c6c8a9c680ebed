import Foundation
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
  static func run(_ kind: Kind, _ body: (PythonServer) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("python-server-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let ready = directory.appendingPathComponent("ready")
    let complaints = directory.appendingPathComponent("err")
    try Data().write(to: complaints)

    let process = Process()
    process.executableURL = try PythonPeer.interpreter()
    process.arguments = [
      PythonPeer.packageRoot.appendingPathComponent("Tests/Interop/serve.py").path,
      kind.rawValue, ready.path,
    ]
    // The server ends when this pipe does: at the end of the test, or with this process.
    let lifeline = Pipe()
    process.standardInput = lifeline
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: complaints)
    do {
      try process.run()
    } catch {
      throw PythonPeer.Failure(description: "\(PythonPeer.missing) (\(error))")
    }
    do {
      try await body(try await server(kind, process, ready, complaints))
      await end(process, lifeline)
    } catch {
      await end(process, lifeline)
      throw error
    }
  }

  private static func server(
    _ kind: Kind, _ process: Process, _ ready: URL, _ complaints: URL
  ) async throws -> PythonServer {
    for _ in 0..<2_400 {
      if let text = try? String(contentsOf: ready, encoding: .utf8) {
        let lines = text.split(separator: "\n").map(String.init)
        guard lines.count == 3 else { break }
        return PythonServer(
          kind: kind, endpoint: lines[0], accessKeyID: lines[1], secretAccessKey: lines[2])
      }
      guard process.isRunning else { break }
      try await Task.sleep(for: .milliseconds(25))
    }
    let complaint = (try? String(contentsOf: complaints, encoding: .utf8)) ?? ""
    throw PythonPeer.Failure(
      description: "\(kind.rawValue) does not serve. Perhaps \(PythonPeer.missing)\n\(complaint)")
  }

  private static func end(_ process: Process, _ lifeline: Pipe) async {
    try? lifeline.fileHandleForWriting.close()
    for _ in 0..<200 {
      guard process.isRunning else { return }
      // Also when the test was cancelled.
      try? await Task.sleep(for: .milliseconds(25))
    }
    process.terminate()
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
