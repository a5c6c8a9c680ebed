package import Foundation

/// Runs a script of `Tests/Interop` in the repository's virtual environment, as an implementation
/// that shares nothing with ours.
///
/// A test without its peer fails and says what to do; it never passes by being left out. Start one
/// process for a whole test: Python takes longer to start than most cases take.
package struct PythonPeer {
  /// Why a script gave no answer.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// The repository's root.
  package static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent()  // TestSupport
    .deletingLastPathComponent()  // Tests
    .deletingLastPathComponent()

  static let missing = "the Python readers are missing: run `make venv`"

  static func interpreter() throws -> URL {
    if let path = ProcessInfo.processInfo.environment["EVENT_CHECKPOINT_PYTHON"], !path.isEmpty {
      return URL(fileURLWithPath: path)
    }
    let python = packageRoot.appendingPathComponent(".venv/bin/python")
    guard FileManager.default.isExecutableFile(atPath: python.path) else {
      throw Failure(description: missing)
    }
    return python
  }

  /// The standard output of a script that was given `input` on its standard input.
  package static func run(
    _ script: String, _ arguments: [String] = [], input: [UInt8] = []
  ) async throws -> [UInt8] {
    let outcome = try await program(script, arguments).run(input: input)
    guard outcome.status == 0 else {
      throw Failure(
        description: outcome.errors.contains("ModuleNotFoundError")
          ? "\(missing)\n\(outcome.errors)"
          : "\(script) ended with status \(outcome.status.map(String.init) ?? "of a signal"):"
            + "\n\(outcome.errors)")
    }
    return outcome.output
  }

  /// A script, in Python's virtual environment.
  package static func program(_ script: String, _ arguments: [String]) throws -> Program {
    let file = packageRoot.appendingPathComponent("Tests/Interop/\(script)")
    return Program(try interpreter(), [file.path] + arguments)
  }

  /// One answer for each message: both are framed by a 32-bit little-endian length, and a length
  /// of 2^32 - 1 stands for a refusal.
  package static func exchange(
    _ script: String, _ arguments: [String], messages: [[UInt8]]
  ) async throws -> [[UInt8]?] {
    var input: [UInt8] = []
    for message in messages {
      withUnsafeBytes(of: UInt32(message.count).littleEndian) { input.append(contentsOf: $0) }
      input.append(contentsOf: message)
    }
    let output = try await run(script, arguments, input: input)
    var answers: [[UInt8]?] = []
    var rest = output[...]
    while !rest.isEmpty {
      let broken = Failure(description: "\(script) answered with a broken frame")
      guard rest.count >= 4 else { throw broken }
      let length = rest.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      rest = rest.dropFirst(4)
      if length == .max {
        answers.append(nil)
        continue
      }
      guard rest.count >= Int(length) else { throw broken }
      answers.append([UInt8](rest.prefix(Int(length))))
      rest = rest.dropFirst(Int(length))
    }
    guard answers.count == messages.count else {
      throw Failure(
        description: "\(script) gave \(answers.count) answers to \(messages.count) messages")
    }
    return answers
  }
}
