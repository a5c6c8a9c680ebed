import NIOPosix
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension CredentialProgram {
  /// Runs the program with the environment of this process, nothing on its standard input and its
  /// standard error thrown away: what a program says there may be secret.
  ///
  /// It is killed, together with what it has started, when it takes too long, writes too much, or the
  /// task is cancelled.
  ///
  /// - Returns: What it wrote to its standard output.
  /// - Throws: ``CredentialError``, `CancellationError`.
  func run() async throws -> [UInt8] {
    let child = CredentialChild()
    return try await withTaskCancellationHandler {
      // Waiting for a process blocks; a thread for blocking calls does it.
      try await NIOThreadPool.singleton.runIfActive { try child.run(self) }
    } onCancel: {
      child.cancel()
    }
  }
}

/// A running program. Blocking calls, for a thread of their own.
private final class CredentialChild: Sendable {
  private struct State {
    var isCancelled = false
    /// The process, as long as nobody has waited for it: until then its number is not given away
    /// again.
    var process: pid_t?
  }

  private let state = Mutex(State())

  /// Kills the program, now or as soon as it is started.
  func cancel() {
    state.withLock { state in
      state.isCancelled = true
      if let process = state.process { _ = kill(-process, SIGKILL) }
    }
  }

  func run(_ program: CredentialProgram) throws -> [UInt8] {
    let deadline = ContinuousClock.now + program.timeout
    let output = try start(program)
    defer { close(output) }
    let outcome = Result { try read(output, program: program, deadline: deadline) }
    if case .failure = outcome { killProcess() }
    let status = waitForEnd(until: deadline)
    if state.withLock({ $0.isCancelled }) { throw CancellationError() }
    let bytes = try outcome.get()
    guard let status else { throw CredentialChild.timedOut(program) }
    guard status == 0 else {
      // The low seven bits are the signal, if it was one (wait(2)).
      let how =
        status & 0x7F == 0
        ? "ended with status \((status >> 8) & 0xFF)" : "was ended by signal \(status & 0x7F)"
      throw CredentialError(
        .sourceFailed,
        "The program \(program.name) (credential_process) \(how). Run it by hand to see what it says."
      )
    }
    return bytes
  }

  /// Starts the program, and gives the end of the pipe that it writes to.
  private func start(_ program: CredentialProgram) throws -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw CredentialChild.notStarted(program, errno) }
    // Nobody else's child gets to hold the pipe open.
    _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
    _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
    defer { close(ends[1]) }

    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // A group of its own, so that what the program starts can be killed with it.
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))

    var arguments = program.words.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    arguments.append(nil)
    var process = pid_t()
    let failure = state.withLock { state -> Int32 in
      if state.isCancelled { return ECANCELED }
      var variables = CredentialChild.variables()
      defer { for variable in variables { free(variable) } }
      variables.append(nil)
      let failure = posix_spawnp(
        &process, program.name, &actions, &attributes, arguments, variables)
      if failure == 0 { state.process = process }
      return failure
    }
    guard failure == 0 else {
      close(ends[0])
      if failure == ECANCELED { throw CancellationError() }
      throw CredentialChild.notStarted(program, failure)
    }
    return ends[0]
  }

  /// Reads until the program closes its output.
  private func read(_ output: Int32, program: CredentialProgram, deadline: ContinuousClock.Instant)
    throws -> [UInt8]
  {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
      let left = deadline - .now
      guard left > .zero else { throw CredentialChild.timedOut(program) }
      var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      let milliseconds = min(left / .milliseconds(1), 3_600_000).rounded(.up)
      guard poll(&entry, 1, Int32(milliseconds)) > 0 else { continue }
      let count = readOnce(output, &chunk)
      if count < 0 {
        if errno == EINTR { continue }
        throw CredentialChild.notStarted(program, errno)
      }
      if count == 0 { return bytes }
      guard bytes.count + count <= program.outputLimit else {
        throw CredentialError(
          .sourceFailed,
          "The program \(program.name) (credential_process) wrote more than the"
            + " \(program.outputLimit) bytes allowed.")
      }
      bytes += chunk[..<count]
    }
  }

  private func readOnce(_ output: Int32, _ chunk: inout [UInt8]) -> Int {
    let size = chunk.count
    return chunk.withUnsafeMutableBytes { buffer in
      #if canImport(Glibc)
        Glibc.read(output, buffer.baseAddress, size)
      #elseif canImport(Musl)
        Musl.read(output, buffer.baseAddress, size)
      #else
        Darwin.read(output, buffer.baseAddress, size)
      #endif
    }
  }

  private func killProcess() {
    state.withLock { state in
      if let process = state.process { _ = kill(-process, SIGKILL) }
    }
  }

  /// Waits until the program has ended; kills it at the deadline.
  ///
  /// - Returns: Its status as of wait(2), or nil where it was killed at the deadline.
  private func waitForEnd(until deadline: ContinuousClock.Instant) -> Int32? {
    guard let process = state.withLock({ $0.process }) else { return nil }
    var status: Int32 = 0
    var isLate = false
    while true {
      // Looking and forgetting are one step, so that `cancel` never kills somebody else's process.
      let ended = state.withLock { state -> pid_t in
        let ended = waitpid(process, &status, WNOHANG)
        if ended != 0, !(ended < 0 && errno == EINTR) { state.process = nil }
        return ended
      }
      if ended == process { return isLate ? nil : status }
      if ended < 0, errno != EINTR { return nil }
      if ended == 0, !isLate, ContinuousClock.now >= deadline {
        isLate = true
        killProcess()
      }
      // Its output is closed, so it is about to end.
      usleep(2_000)
    }
  }

  /// The environment, as an array that C understands.
  private static func variables() -> [UnsafeMutablePointer<CChar>?] {
    AWSHost.processEnvironment().map { strdup("\($0)=\($1)") }
  }

  private static func notStarted(_ program: CredentialProgram, _ number: Int32) -> CredentialError {
    CredentialError(
      .sourceFailed,
      "The program \(program.name) (credential_process) could not be run"
        + " (\(LocalFile.systemMessage(number))).")
  }

  private static func timedOut(_ program: CredentialProgram) -> CredentialError {
    CredentialError(
      .sourceFailed,
      "The program \(program.name) (credential_process) did not end within \(program.timeout).")
  }
}
