import CheckpointCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A line on the terminal that shows how far a run is.
struct RunProgressBar {
  private static let width = 30

  /// Follows a run to its end. Without a bar the values are only taken.
  static func show(_ progress: AsyncStream<RunProgress>, on bar: RunProgressBar?) async {
    var last = ContinuousClock.now - .seconds(1)
    for await value in progress {
      guard let bar else { continue }
      let now = ContinuousClock.now
      // A terminal need not be written to more than some twenty times a second.
      guard value == .finished || now - last > .milliseconds(50) else { continue }
      last = now
      bar.draw(value)
    }
  }

  private func draw(_ progress: RunProgress) {
    let line =
      switch progress {
      case .listing(let objects): "Listing: \(RunOutput.count(objects, "object"))"
      case .fetching(let done, let total): RunProgressBar.line("Reading", done, total, "objects")
      case .committing(let done, let total):
        RunProgressBar.line("Merging", done, total, "checkpoints")
      case .verifying(let done, let total):
        RunProgressBar.line("Comparing", done, total, "checkpoints")
      case .finished: ""
      }
    FileHandleText.writeToStandardError("\r\u{1B}[K" + line)
  }

  private static func line(_ verb: String, _ done: Int, _ total: Int, _ noun: String) -> String {
    guard total > 0 else { return "\(verb)…" }
    let filled = min(width, done * width / total)
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    return "\(verb) [\(bar)] \(RunOutput.decimal(done)) of \(RunOutput.decimal(total)) \(noun)"
  }
}

/// Text to a file descriptor, past the buffer of the standard output.
enum FileHandleText {
  static func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        write(STDERR_FILENO, $0.baseAddress, $0.count)
      }
      guard count > 0 else { return }
      written += count
    }
  }
}
