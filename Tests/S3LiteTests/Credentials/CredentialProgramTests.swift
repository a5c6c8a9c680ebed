import Testing

@testable import S3Lite

@Suite("Programs that give credentials")
struct CredentialProgramTests {
  private func program(_ script: String) throws -> CredentialProgram {
    try #require(CredentialProgram(command: "/bin/sh -c '\(script)'"))
  }

  @Test("What a program writes is read, and its standard error is not")
  func runs() async throws {
    let output = try await program("echo out; echo err >&2; cat").run()
    #expect(String(decoding: output, as: UTF8.self) == "out\n")
  }

  @Test("A program without a slash is found in PATH")
  func path() async throws {
    let output = try await #require(CredentialProgram(command: "printf %s-%s 'a b' c")).run()
    #expect(String(decoding: output, as: UTF8.self) == "a b-c")
  }

  @Test("A program that fails, or is none, is an error that says how")
  func fails() async throws {
    for (command, part) in [
      ("/bin/sh -c 'echo secret-marker >&2; exit 3'", "status 3"),
      ("/bin/sh -c 'kill -9 $$'", "signal 9"),
      ("/nowhere/at/all secret-marker", "could not be run"),
    ] {
      let program = try #require(CredentialProgram(command: command))
      let error = await #expect(throws: CredentialError.self) { _ = try await program.run() }
      #expect(error?.message.contains(part) == true, "\(String(describing: error))")
      #expect(error?.description.contains("secret-marker") == false)
    }
  }

  @Test("A program that takes too long is killed, with what it has started")
  func timesOut() async throws {
    var program = try program("sleep 600 & sleep 600")
    program.timeout = .milliseconds(200)
    let error = await #expect(throws: CredentialError.self) { _ = try await program.run() }
    #expect(error?.message.contains("did not end") == true)
  }

  @Test("A program that writes without end is killed")
  func writesTooMuch() async throws {
    var program = try program("while true; do echo xxxxxxxxxxxxxxxxxxxxxxxx; done")
    program.outputLimit = 10_000
    let error = await #expect(throws: CredentialError.self) { _ = try await program.run() }
    #expect(error?.message.contains("10000 bytes") == true)
  }

  @Test("A program whose caller is cancelled is killed")
  func cancels() async throws {
    let program = try program("echo begun; sleep 600")
    let task = Task { try await program.run() }
    try await Task.sleep(for: .milliseconds(50))
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
  }
}
