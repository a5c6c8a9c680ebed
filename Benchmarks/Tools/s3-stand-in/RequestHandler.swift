import NIOCore

/// Reads requests without bodies as far as the stand-in must, and answers them.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let answers: Answers
  private let latency: TimeAmount
  private let pageLatency: TimeAmount
  private var pending = ByteBuffer()

  init(_ answers: Answers, latency: TimeAmount, pageLatency: TimeAmount) {
    self.answers = answers
    self.latency = latency
    self.pageLatency = pageLatency
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if pending.readableBytes == 0 { pending = bytes } else { pending.writeBuffer(&bytes) }
    while let request = nextRequest() { answer(request, context) }
    guard pending.readableBytes <= 1 << 20 else {
      context.close(promise: nil)
      return
    }
    pending.discardReadBytes()
  }

  /// The first line of the next request whose headers are all there.
  private func nextRequest() -> Substring? {
    let line = pending.withUnsafeReadableBytes { bytes -> (line: Int, end: Int)? in
      var line: Int?
      var index = 3
      while index < bytes.count {
        if bytes[index] == 10 {
          if line == nil { line = index - 1 }
          if bytes[index - 1] == 13, bytes[index - 2] == 10, bytes[index - 3] == 13 {
            return (line ?? 0, index + 1)
          }
        }
        index += 1
      }
      return nil
    }
    guard let line, let text = pending.getString(at: pending.readerIndex, length: line.line) else {
      return nil
    }
    pending.moveReaderIndex(forwardBy: line.end)
    return text[...]
  }

  private func answer(_ line: Substring, _ context: ChannelHandlerContext) {
    let isListing = line.utf8.starts(with: "GET /bench".utf8) && Self.isListing(line)
    let answer =
      if isListing {
        answers.page(Self.query(of: line))
      } else if line.utf8.starts(with: "HEAD /bench/events ".utf8) {
        // rclone asks whether the directory is an object.
        answers.notFound
      } else {
        answers.get(headOnly: line.utf8.starts(with: "HEAD".utf8))
      }
    let latency = isListing ? pageLatency : latency
    guard latency > .zero else {
      context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
      return
    }
    context.eventLoop.assumeIsolated().scheduleTask(in: latency) {
      context.writeAndFlush(self.wrapOutboundOut(answer), promise: nil)
    }
  }

  private static func isListing(_ line: Substring) -> Bool {
    // `GET /bench?...` or `GET /bench/?...`: a key would follow the slash.
    let rest = line.utf8.dropFirst("GET /bench".utf8.count)
    return rest.first == UInt8(ascii: "?") || rest.starts(with: "/?".utf8)
  }

  private static func query(of line: Substring) -> [String: String] {
    guard let mark = line.firstIndex(of: "?") else { return [:] }
    let end = line[mark...].firstIndex(of: " ") ?? line.endIndex
    var query: [String: String] = [:]
    for item in line[line.index(after: mark)..<end].split(separator: "&") {
      let parts = item.split(separator: "=", maxSplits: 1)
      query[String(parts[0])] = parts.count > 1 ? decoded(parts[1]) : ""
    }
    return query
  }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let code = UInt8(String(Substring(rest.prefix(2))), radix: 16) {
        bytes.append(code)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
