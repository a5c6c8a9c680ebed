import ArgumentParser
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Buffers what a command prints, so that a million rows are not a million system calls.
///
/// When the reader goes away (`| head`), the command ends as other programs do.
struct StandardOutput {
  private static let largeSize = 64 << 10

  /// Bytes that have not been printed yet.
  var buffer: [UInt8] = []

  mutating func write(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    flushIfLarge()
  }

  /// One JSON value with sorted keys, indented, and a line end.
  mutating func writeJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    buffer.append(contentsOf: try encoder.encode(value))
    buffer.append(UInt8(ascii: "\n"))
    flushIfLarge()
  }

  mutating func flushIfLarge() {
    if buffer.count >= Self.largeSize { flush() }
  }

  mutating func flush() {
    buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      var done = 0
      while done < bytes.count {
        let count = writeToDescriptor(STDOUT_FILENO, base + done, bytes.count - done)
        if count >= 0 {
          done += count
        } else if errno != EINTR {
          exit(EXIT_FAILURE)
        }
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// `write(2)`, which a method named `write` would hide.
private func writeToDescriptor(
  _ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int
) -> Int {
  write(descriptor, bytes, count)
}
