internal import Logging

/// Log events as lines of text, in the order in which Lambda's own runtimes write them: level, time,
/// request, message; with metadata behind.
enum TextLogLine {
  static func make(
    _ event: LogEvent, _ metadata: Logger.Metadata, _ context: LogContext
  ) -> [UInt8] {
    var line = JSONBytes()
    line.append(raw: "[")
    line.append(raw: event.level.powertoolsName)
    line.append(raw: "]\t")
    context.now().write(as: .rfc3339, to: &line)
    line.append(raw: "\t")
    if let invocation = LambdaInvocation.current { append(invocation.requestID, to: &line) }
    line.append(raw: "\t")
    append(event.message.description, to: &line)
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      line.append(raw: " ")
      append(key, to: &line)
      line.append(raw: "=")
      append("\(value)", to: &line)
    }
    if let error = event.error {
      line.append(raw: " exception=")
      append("\(error)", to: &line)
    }
    line.append(raw: "\n")
    return line.bytes
  }

  /// Writes text on one line, as far as it fits: a line feed would begin another event.
  private static func append(_ text: String, to line: inout JSONBytes) {
    let room = max(0, JSONLogLine.mostBytes - line.bytes.count - 4)
    var bytes = Array(text.utf8.prefix(room))
    if bytes.count < text.utf8.count {
      while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
      if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
    }
    for byte in bytes { line.bytes.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte) }
  }
}
