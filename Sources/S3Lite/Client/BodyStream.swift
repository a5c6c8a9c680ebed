internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
import Synchronization

/// The body of an answer in pieces, as they come; the connection waits while nobody wants more.
struct BodyStream: AsyncSequence, Sendable {
  typealias Producer = NIOThrowingAsyncSequenceProducer<
    ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark,
    StreamDemand
  >

  fileprivate let producer: Producer

  func makeAsyncIterator() -> Producer.AsyncIterator { producer.makeAsyncIterator() }
}

/// Whether more of a body is wanted; joins the sequence that is read to the connection.
final class StreamDemand: NIOAsyncSequenceProducerDelegate {
  private struct State {
    var isWanted = true
    var waiting: EventLoopPromise<Void>?
    var task: HTTPClient.Task<Void>?
    var isTerminated = false
  }

  private let state = Mutex(State())

  /// Whom to cancel when nobody reads any more.
  func attach(_ task: HTTPClient.Task<Void>) {
    let isTerminated = state.withLock { state in
      state.task = task
      return state.isTerminated
    }
    if isTerminated { task.cancel() }
  }

  /// A piece is about to be handed over.
  func willYield() {
    state.withLock { $0.isWanted = false }
  }

  /// Nothing more is wanted: the future succeeds once that has changed.
  func wait(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
    state.withLock { state in
      if state.isWanted || state.isTerminated { return eventLoop.makeSucceededVoidFuture() }
      let promise = eventLoop.makePromise(of: Void.self)
      state.waiting = promise
      return promise.futureResult
    }
  }

  func produceMore() {
    let waiting = state.withLock { state in
      state.isWanted = true
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.succeed()
  }

  func didTerminate() {
    let (waiting, task) = state.withLock { state in
      state.isTerminated = true
      defer {
        state.waiting = nil
        state.task = nil
      }
      return (state.waiting, state.task)
    }
    waiting?.succeed()
    task?.cancel()
  }
}

/// Receives an answer whose body is read in pieces; the body of an error is collected.
final class AnswerStreamer: HTTPClientResponseDelegate {
  typealias Response = Void

  private struct State {
    var head: HTTPResponseHead?
    var announced: Int?
    var received = 0
    var errorBody = ByteBuffer()
    var sent: NIODeadline?
    var source: BodyStream.Producer.Source?
    var stream: BodyStream?
  }

  private let method: HTTPMethod
  private let watch: StallWatch
  private let demand = StreamDemand()
  private let answer: EventLoopPromise<HTTPAnswer>
  private let ended: @Sendable ((any Error)?) -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - answer: Succeeds with the answer once its header is there, or the whole error.
  ///   - ended: Called when nothing more comes.
  init(
    method: HTTPMethod, timeouts: S3Timeouts, answer: EventLoopPromise<HTTPAnswer>,
    ended: @escaping @Sendable ((any Error)?) -> Void
  ) {
    self.method = method
    watch = StallWatch(timeouts)
    self.answer = answer
    self.ended = ended
    let sequence = BodyStream.Producer.makeSequence(
      backPressureStrategy: .init(lowWatermark: 4, highWatermark: 16), finishOnDeinit: true,
      delegate: demand)
    state.withLock { state in
      state.source = sequence.source
      state.stream = BodyStream(producer: sequence.sequence)
    }
  }

  func didSendRequest(task: HTTPClient.Task<Void>) {
    state.withLock { $0.sent = .now() }
    watch.start(on: task.eventLoop, isSent: true) { task.fail(reason: $0) }
  }

  func didReceiveHead(
    task: HTTPClient.Task<Void>, _ head: HTTPResponseHead
  ) -> EventLoopFuture<Void> {
    watch.received()
    let announced = BodyLength.announced(head.headers, method: method, status: head.status)
    if case .invalid(let error) = announced { return task.eventLoop.makeFailedFuture(error) }
    let now = NIODeadline.now()
    let (stream, sent) = state.withLock { state in
      state.head = head
      state.announced = announced.count
      defer { state.stream = nil }
      return (head.status.code < 300 ? state.stream : nil, state.sent ?? now)
    }
    if let stream {
      demand.attach(task)
      answer.succeed(
        HTTPAnswer(
          status: Int(head.status.code), headers: head.headers, body: ByteBuffer(),
          timeToFirstByte: .nanoseconds(max(0, (now - sent).nanoseconds)), stream: stream))
    }
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didReceiveBodyPart(
    task: HTTPClient.Task<Void>, _ part: ByteBuffer
  ) -> EventLoopFuture<Void> {
    watch.received()
    enum Action {
      case yield(BodyStream.Producer.Source)
      case fail(S3Error)
      case proceed
    }
    let action = state.withLock { state -> Action in
      guard let head = state.head else { return .proceed }
      let (received, overflows) = state.received.addingReportingOverflow(part.readableBytes)
      state.received = overflows ? .max : received
      if head.status.code < 300 { return state.source.map { .yield($0) } ?? .proceed }
      if state.received > AnswerCollector.errorLimit {
        return .fail(
          S3Error(answer: Int(head.status.code), headers: head.headers, body: RawSpan()))
      }
      state.errorBody.writeImmutableBuffer(part)
      return .proceed
    }
    switch action {
    case .proceed: return task.eventLoop.makeSucceededVoidFuture()
    case .fail(let error): return task.eventLoop.makeFailedFuture(error)
    case .yield(let source):
      demand.willYield()
      switch source.yield(part) {
      case .produceMore: return task.eventLoop.makeSucceededVoidFuture()
      case .dropped: return task.eventLoop.makeFailedFuture(CancellationError())
      case .stopProducing:
        watch.pause()
        return demand.wait(on: task.eventLoop).map { [watch] in watch.resume() }
      }
    }
  }

  func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
    end(HTTPTransport.error(error))
  }

  func didFinishRequest(task: HTTPClient.Task<Void>) throws {
    let (head, error, body) = state.withLock { state in
      (state.head, Self.truncation(state), state.errorBody)
    }
    if let head, head.status.code >= 300, error == nil {
      answer.succeed(
        HTTPAnswer(
          status: Int(head.status.code), headers: head.headers, body: body,
          timeToFirstByte: .zero))
    }
    end(error)
  }

  private static func truncation(_ state: State) -> S3Error? {
    guard let announced = state.announced, announced != state.received else { return nil }
    return S3Error(
      .truncatedBody, "The body ended after \(state.received) of \(announced) bytes.",
      httpStatus: Int(state.head?.status.code ?? 0))
  }

  private func end(_ error: (any Error)?) {
    watch.stop()
    let source = state.withLock { state in
      defer {
        state.source = nil
        state.stream = nil
      }
      return state.source
    }
    if let error { source?.finish(error) } else { source?.finish() }
    answer.fail(
      error ?? S3Error(.connectionFailed, "The connection ended before the answer began."))
    ended(error)
  }
}
