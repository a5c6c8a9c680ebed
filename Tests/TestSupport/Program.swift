package import Foundation
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// A program that a test runs to its end.
///
/// Foundation's `Process` is not used: on Linux a child can inherit what belongs to another one that
/// is started at the same time, and whoever waits for that one then waits for both. It also blocks a
/// thread of the few that all tests run on.
package struct Program {
  /// Where its file lies, as a path or as a name to be looked for in PATH.
  let executable: Executable
  let arguments: [String]

  /// The program of a file.
  package init(_ file: URL, _ arguments: [String]) {
    executable = .path(FilePath(file.path))
    self.arguments = arguments
  }

  /// A program that is found by its name in PATH.
  package init(named name: String, _ arguments: [String]) {
    executable = .name(name)
    self.arguments = arguments
  }

  /// What a program has said, and how it ended.
  package struct Outcome: Sendable {
    /// Its exit status; nil where a signal ended it.
    package let status: Int32?
    /// Its standard output.
    package let output: [UInt8]
    /// Its standard error.
    package let errors: String

    /// Its standard output, as text.
    package var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// Runs it to its end, with `input` as its standard input.
  package func run(in directory: String? = nil, input: [UInt8] = []) async throws -> Outcome {
    let result = try await Subprocess.run(
      executable, arguments: Arguments(arguments),
      workingDirectory: directory.map { FilePath($0) }, input: .array(input),
      output: .bytes(limit: .max), error: .bytes(limit: .max))
    var status: Int32?
    if case .exited(let code) = result.terminationStatus { status = code }
    return Outcome(
      status: status, output: result.standardOutput,
      errors: String(decoding: result.standardError, as: UTF8.self))
  }
}
