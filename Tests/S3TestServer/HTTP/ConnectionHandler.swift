import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Gathers requests, has them served, and plays the steps of the answers.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let service: S3Service
  private var connection = 0
  private var request: ServedRequest?
  private var admitted: (index: Int, fault: Fault?) = (0, nil)
  /// Whether the answer to the present request has begun before all of it was there.
  private var isAnswered = false
  /// Whether the connection is to be closed after the answer.
  private var closes = false
  /// Whether there is more of the present request to come.
  private var isReceiving = false
  /// Whether the connection is to be closed as soon as the rest of the request is there: closed
  /// before, it would be reset, and the client might never read the answer.
  private var closesAtEnd = false

  init(_ service: S3Service) {
    self.service = service
  }

  func channelActive(context: ChannelHandlerContext) {
    connection = service.state.withLock { state in
      state.connections += 1
      state.openConnections += 1
      return state.connections - 1
    }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    service.state.withLock { $0.openConnections -= 1 }
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      let request = ServedRequest(
        method: head.method.rawValue, target: head.uri, headers: head.headers, body: [])
      self.request = request
      closes = !head.isKeepAlive
      isAnswered = false
      isReceiving = true
      admitted = service.admit(request, connection: connection)
      if let fault = admitted.fault, fault.moment == .atHead {
        isAnswered = true
        closes = true
        answer(request, fault, context)
      } else if head.headers.contains(name: "expect") {
        let continued = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(continued)), promise: nil)
      }
    case .body(let bytes):
      guard !isAnswered else { return }
      request?.body.append(contentsOf: bytes.readableBytesView)
      if let request, case .inBody(let count)? = admitted.fault?.moment,
        request.body.count >= count
      {
        isAnswered = true
        stopReading(request, context)
        return
      }
      if let request, request.body.count > service.configuration.largestBody {
        isAnswered = true
        closes = true
        answer(
          request,
          .error(400, "EntityTooLarge", headers: [("Connection", "close")]), context)
      }
    case .end:
      isReceiving = false
      if closesAtEnd { close(context) }
      guard !isAnswered, let request else { return }
      self.request = nil
      answer(request, admitted.fault, context)
    }
  }

  /// Leaves the rest of the body where it is, and lets the client notice before there is an answer.
  private func stopReading(_ request: ServedRequest, _ context: ChannelHandlerContext) {
    let fault = admitted.fault
    context.channel.setOption(.autoRead, value: false).assumeIsolated().whenComplete { _ in
      context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(100)) {
        self.answer(request, fault, context)
      }
    }
  }

  private func answer(_ request: ServedRequest, _ fault: Fault?, _ context: ChannelHandlerContext) {
    let answer: ServedAnswer =
      switch (fault?.moment, fault?.manner) {
      case (_, .failure(let failure)?):
        served(request, if: fault?.moment == .afterEffect)
          ?? service.failure(failure, request)
      case (_, .answer(let other)?):
        served(request, if: fault?.moment == .afterEffect)
          ?? service.finish(other, requestID: "SCRIPTED")
      case (.atHead?, _), (.inBody?, _), (.beforeEffect?, _): ServedAnswer(500)
      default: service.answer(request)
      }
    service.note(admitted.index, body: request.body, status: answer.status)
    var steps = answer.steps(fault?.manner)
    if service.configuration.latency > .zero {
      steps.insert(.pause(service.configuration.latency), at: 0)
    }
    play(steps[...], context)
  }

  /// Serves a request whose answer is thrown away.
  private func served(_ request: ServedRequest, if isServed: Bool) -> ServedAnswer? {
    if isServed { _ = service.answer(request) }
    return nil
  }

  private func play(_ steps: ArraySlice<WireStep>, _ context: ChannelHandlerContext) {
    var steps = steps
    while let step = steps.popFirst() {
      guard context.channel.isActive else { return }
      switch step {
      case .head(let status, let headers):
        var head = HTTPResponseHead(
          version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
        if closes { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
      case .bytes(let bytes):
        let buffer = context.channel.allocator.buffer(bytes: bytes)
        context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
      case .raw(let bytes):
        let buffer = context.channel.allocator.buffer(bytes: bytes)
        if let encoder = try? context.pipeline.syncOperations.context(
          handlerType: HTTPResponseEncoder.self)
        {
          encoder.writeAndFlush(NIOAny(IOData.byteBuffer(buffer)), promise: nil)
        }
      case .pause(let duration):
        context.flush()
        let rest = steps
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) {
          self.play(rest, context)
        }
        return
      case .end:
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if closes { if isReceiving { closesAtEnd = true } else { close(context) } }
      case .close:
        context.flush()
        close(context)
        return
      case .reset:
        if let channel = context.channel as? any SocketOptionProvider {
          channel.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete {
            [channel = context.channel] _ in
            channel.close(promise: nil)
          }
        }
        return
      case .silence:
        context.flush()
        return
      }
    }
  }

  private func close(_ context: ChannelHandlerContext) {
    context.close(promise: nil)
  }
}
