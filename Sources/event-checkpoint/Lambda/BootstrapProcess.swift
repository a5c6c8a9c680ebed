import FoundationEssentials

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A function's bootstrap as a process of its own, as Lambda starts it.
struct BootstrapProcess {
  /// The program.
  let path: String
  /// What is set besides this process's own environment.
  let environment: [String: String]

  /// Runs the program until it ends; it is told to when the task is cancelled.
  ///
  /// Its standard output goes to standard error: it holds logs, in Lambda as well.
  ///
  /// - Throws: ``CommandFailure`` when it cannot be started, or ends by itself.
  func run() async throws {
    let process = try spawn()
    var status: Int32 = 0
    while waitpid(process, &status, WNOHANG) == 0 {
      do {
        try await Task.sleep(for: .milliseconds(5))
      } catch {
        BootstrapProcess.end(process)
        return
      }
    }
    throw CommandFailure("\(path) ended \(BootstrapProcess.text(status))")
  }

  private func spawn() throws(CommandFailure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)

    let variables = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
    var entries: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + entries { free(text) } }

    var process = pid_t()
    let code = posix_spawn(&process, path, &actions, nil, &arguments, &entries)
    guard code == 0 else {
      throw CommandFailure("\(path) could not be started: \(String(cString: strerror(code)))")
    }
    return process
  }

  /// Ends the process: politely, and after two seconds by force.
  private static func end(_ process: pid_t) {
    kill(process, SIGTERM)
    for _ in 0..<100 {
      if waitpid(process, nil, WNOHANG) != 0 { return }
      usleep(20_000)
    }
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
  }

  /// How a process ended, by what `waitpid` says of it.
  private static func text(_ status: Int32) -> String {
    let signal = status & 0x7f
    return signal == 0 ? "with the status \((status >> 8) & 0xff)" : "by the signal \(signal)"
  }
}
