import NIOCore
import NIOHTTP1
import NIOPosix

/// One connection of a runtime: gathers requests and answers them.
final class RuntimeAPIConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let service: RuntimeAPIService
  private var connection = 0
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  private var waiting: InvocationBook.PollerID?

  init(_ service: RuntimeAPIService) {
    self.service = service
  }

  func channelActive(context: ChannelHandlerContext) {
    connection = service.connected()
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let waiting { service.pollerLeft(waiting) }
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let bytes):
      // One byte more than is kept tells that there was more.
      let room = service.configuration.bodyLimit + 1 - body.count
      body.append(contentsOf: bytes.readableBytesView.prefix(room))
    case .end:
      guard let head else { return }
      self.head = nil
      serve(head, context)
    }
  }

  private func serve(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let recognition = RuntimeAPICall.recognize(method: head.method.rawValue, path: head.uri)
    let recorded = RecordedCall(
      connection: connection, method: head.method.rawValue, path: head.uri, headers: head.headers,
      body: body)
    guard case .call(let call) = recognition else {
      let (index, _) = service.admit(recorded, nil)
      let answer =
        recognition == .wrongMethod
        ? ServedAnswer.error(405, "MethodNotAllowed", "The path takes another method")
        : ServedAnswer.error(404, "NotFound", "The Runtime API has no such path")
      write(answer, index, nil, context)
      return
    }
    let (index, fault) = service.admit(recorded, call.kind)
    if let fault, fault.isInsteadOfEffect {
      strike(fault, index, context)
      return
    }
    if case .delay(let duration) = fault {
      context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) {
        guard context.channel.isActive else { return }
        self.perform(call, head, index, nil, context)
      }
      return
    }
    perform(call, head, index, fault, context)
  }

  private func perform(
    _ call: RuntimeAPICall, _ head: HTTPRequestHead, _ index: Int, _ fault: RuntimeAPIFault?,
    _ context: ChannelHandlerContext
  ) {
    let answer: ServedAnswer
    switch call {
    case .next:
      poll(index, fault, context)
      return
    case .response(let requestID): answer = service.respond(requestID, body)
    case .error(let requestID): answer = service.fail(requestID, failure(head))
    case .initError: answer = service.failInit(failure(head))
    }
    write(answer, index, fault, context)
  }

  private func failure(_ head: HTTPRequestHead) -> ReportedFailure {
    ReportedFailure(
      type: head.headers.first(name: "lambda-runtime-function-error-type"),
      contentType: head.headers.first(name: "content-type"), body: body)
  }

  private func poll(_ index: Int, _ fault: RuntimeAPIFault?, _ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let eventLoop = context.eventLoop
    let polled = service.poll { invocation in
      eventLoop.execute {
        let (connection, context) = bound.value
        connection.waiting = nil
        connection.give(invocation, index, fault, context)
      }
    }
    switch polled {
    case .take(let invocation): give(invocation, index, fault, context)
    case .wait(let id): waiting = id
    case .refused: write(.invalidState("invocation/next"), index, nil, context)
    }
  }

  private func give(
    _ invocation: InvocationRequest, _ index: Int, _ fault: RuntimeAPIFault?,
    _ context: ChannelHandlerContext
  ) {
    var answer = ServedAnswer(invocation)
    switch fault {
    case .missingHeader(let name): answer.headers.remove(name: name)
    case .header(let name, let value): answer.headers.replaceOrAdd(name: name, value: value)
    default: break
    }
    write(answer, index, fault, context)
  }

  private func write(
    _ answer: ServedAnswer, _ index: Int, _ fault: RuntimeAPIFault?,
    _ context: ChannelHandlerContext
  ) {
    if fault == .resetAfterEffect {
      reset(context)
      return
    }
    var answer = answer
    if case .statusAfterEffect(let status) = fault {
      answer = ServedAnswer(status, body: [])
    }
    var head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status),
      headers: answer.headers)
    head.headers.replaceOrAdd(name: "Content-Length", value: String(answer.body.count))
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if fault == .truncatedBody {
      let part = context.channel.allocator.buffer(bytes: answer.body.prefix(answer.body.count / 2))
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(part))), promise: nil)
      context.close(promise: nil)
      return
    }
    let body = context.channel.allocator.buffer(bytes: answer.body)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    // Before it can be read: who has the answer finds it on record.
    service.answered(index, answer.status)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    if fault == .closeAfterAnswer { context.close(promise: nil) }
  }

  private func strike(
    _ fault: RuntimeAPIFault, _ index: Int, _ context: ChannelHandlerContext
  ) {
    switch fault {
    case .reset: reset(context)
    case .close: context.close(promise: nil)
    case .status(let status, let body):
      write(ServedAnswer(status, body: Array(body.utf8)), index, nil, context)
    case .garbage:
      let bytes = context.channel.allocator.buffer(string: "this is not HTTP\r\n\r\n")
      if let encoder = try? context.pipeline.syncOperations.context(
        handlerType: HTTPResponseEncoder.self)
      {
        encoder.writeAndFlush(NIOAny(IOData.byteBuffer(bytes)), promise: nil)
      }
      context.close(promise: nil)
    default: break
    }
  }

  private func reset(_ context: ChannelHandlerContext) {
    if let channel = context.channel as? any SocketOptionProvider {
      channel.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete {
        [channel = context.channel] _ in
        channel.close(promise: nil)
      }
    }
  }
}
