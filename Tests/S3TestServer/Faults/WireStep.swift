package import NIOHTTP1

/// A step of answering: what goes over the wire, and what is waited for.
package enum WireStep: Sendable {
  case head(status: Int, HTTPHeaders)
  case bytes([UInt8])
  /// Bytes past HTTP's encoder.
  case raw([UInt8])
  case pause(Duration)
  case end
  /// The connection is closed.
  case close
  /// The connection is reset.
  case reset
  /// Nothing more, for as long as the client waits.
  case silence
}

extension ServedAnswer {
  /// The answer as steps, spoilt by a fault if there is one.
  func steps(_ manner: Fault.Manner?) -> [WireStep] {
    var answer = self
    switch manner {
    case nil, .failure, .answer: break
    case .reset: return [.reset]
    case .close: return [.close]
    case .silence: return [.silence]
    case .garbage: return [.raw(Array("this is not HTTP\r\n\r\n".utf8)), .close]
    case .delay(let duration): return [.pause(duration)] + plainSteps
    case .closeInBody(let count): return [plainHead, .bytes(Array(body.prefix(count))), .close]
    case .resetInBody(let count):
      return [plainHead, .bytes(Array(body.prefix(count))), .pause(.milliseconds(20)), .reset]
    case .silenceInBody(let count): return [plainHead, .bytes(Array(body.prefix(count))), .silence]
    case .lateEnd(let pause):
      return [.head(status: status, headers), .bytes(body), .pause(pause), .end]
    case .wrongLength(let difference):
      answer.announcedLength = max(0, body.count + difference)
      answer.headers.add(name: "Connection", value: "close")
      return answer.plainSteps.dropLast() + [.close]
    case .dribble(let count, let pause):
      var steps = [plainHead]
      for start in stride(from: 0, to: body.count, by: count) {
        steps += [.bytes(Array(body[start..<min(start + count, body.count)])), .pause(pause)]
      }
      return steps + [.end]
    case .whiteSpace(let times, let pause):
      // Without a length, in chunks.
      var steps = [WireStep.head(status: status, headers)]
      for _ in 0..<times { steps += [.bytes(Array(" \n".utf8)), .pause(pause)] }
      return steps + [.bytes(body), .end]
    case .body(let other):
      answer.body = other
      answer.announcedLength = nil
    case .endlessBody(let count):
      let block = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
      return [.head(status: status, headers)]
        + repeatElement(.bytes(block), count: count / block.count + 1) + [.silence]
    case .flippedBit:
      if !answer.body.isEmpty { answer.body[answer.body.count / 2] ^= 1 }
    case .headers(let more): answer.headers.add(contentsOf: more)
    }
    return answer.plainSteps
  }

  private var plainHead: WireStep {
    var headers = headers
    if status != 204, status != 304, !headers.contains(name: "Transfer-Encoding") {
      headers.replaceOrAdd(name: "Content-Length", value: String(announcedLength ?? body.count))
    }
    return .head(status: status, headers)
  }

  private var plainSteps: [WireStep] {
    [plainHead] + (body.isEmpty ? [] : [.bytes(body)]) + [.end]
  }
}
