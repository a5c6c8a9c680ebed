internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
import Synchronization

/// Receives a whole answer into memory, within bounds and in time.
///
/// Nothing is allocated before the announced length has been held against the limit, and a body of
/// another length than announced is an error.
final class AnswerCollector: HTTPClientResponseDelegate {
  typealias Response = HTTPAnswer

  private struct State {
    var head: HTTPResponseHead?
    var announced: Int?
    var body = ByteBuffer()
    var reservation: ByteBudget.Reservation?
    var sent: NIODeadline?
    var firstByte: NIODeadline?
    /// Whether the answer came before the request had been sent, the rest of which it makes needless.
    /// A good one does not.
    var isEarly = false
    var isEnded = false
  }

  /// Thrown within the HTTP client to end a request that was answered before it had been sent.
  private struct AnsweredEarly: Error {}

  private let method: HTTPMethod
  private let limits: Limits
  private let budget: ByteBudget
  private let watch: StallWatch
  /// Where the request's body comes from, if it has one, which is sent before the answer comes.
  private let feed: (any BodyFeed)?
  private let state = Mutex(State())

  /// How many bytes the body of a good answer may have.
  struct Limits: Sendable {
    /// What the caller allows.
    var allowed: Int
    /// How many were asked for, where a range was.
    var asked: Int?
  }

  /// The largest body of an error that is read.
  static let errorLimit = 1 << 20
  /// What is taken from the budget for a body of unknown length: more than nearly all of them have.
  static let unknownLength = 1 << 20
  /// For how long the rest of an early answer may stay away, where nothing else tells its end.
  private static let earlyRest = TimeAmount.seconds(1)

  /// A collector for one answer.
  ///
  /// - Parameters:
  ///   - budget: What the bytes in flight are taken from.
  ///   - watch: What notices stalls.
  ///   - feed: Where the request's body comes from, if it has one.
  init(
    method: HTTPMethod, limits: Limits, budget: ByteBudget, watch: StallWatch,
    feed: (any BodyFeed)? = nil
  ) {
    self.method = method
    self.limits = limits
    self.budget = budget
    self.watch = watch
    self.feed = feed
  }

  /// The answer that came before the request had been sent, and ended it: all of it that has come.
  var early: HTTPAnswer? {
    state.withLock { state in
      guard state.isEarly, let head = state.head else { return nil }
      return Self.answer(head, state)
    }
  }

  func didSendRequestHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPRequestHead) {
    guard let feed else { return }
    watch.start(on: task.eventLoop, isSent: false) { task.fail(reason: $0) }
    if feed.waitsForSource { watch.pause() }
  }

  func didSendRequestPart(task: HTTPClient.Task<HTTPAnswer>, _ part: IOData) {
    feed?.didSend()
  }

  func didSendRequest(task: HTTPClient.Task<HTTPAnswer>) {
    state.withLock { $0.sent = .now() }
    if feed != nil {
      watch.sent()
    } else {
      watch.start(on: task.eventLoop, isSent: true) { task.fail(reason: $0) }
    }
  }

  func didReceiveHead(
    task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPResponseHead
  ) -> EventLoopFuture<Void> {
    watch.received()
    let announced = BodyLength.announced(head.headers, method: method, status: head.status)
    if case .invalid(let error) = announced { return task.eventLoop.makeFailedFuture(error) }
    let length = announced.count
    if let error = tooLarge(length ?? 0, head) { return task.eventLoop.makeFailedFuture(error) }
    let limit = head.status.code < 300 ? limits.allowed : Self.errorLimit
    let reservation = budget.reserve(
      length ?? min(limit, Self.unknownLength), on: task.eventLoop)
    let (isOver, isNeedless) = state.withLock { state in
      state.firstByte = .now()
      state.head = head
      state.announced = length
      // Cancelled while the header was on its way: nobody else would give it back.
      if !state.isEnded { state.reservation = reservation }
      state.isEarly = feed != nil && state.sent == nil && head.status.code >= 300
      return (state.isEnded, state.isEarly)
    }
    if isOver {
      reservation.release()
      return task.eventLoop.makeFailedFuture(CancellationError())
    }
    if isNeedless {
      feed?.hold()
      if endsEarly() { return task.eventLoop.makeFailedFuture(AnsweredEarly()) }
      if length == nil { endEarly(task, received: 0) }
    }
    guard let granted = reservation.granted else { return task.eventLoop.makeSucceededVoidFuture() }
    watch.pause()
    return granted.map { [watch] in watch.resume() }
  }

  func didReceiveBodyPart(
    task: HTTPClient.Task<HTTPAnswer>, _ part: ByteBuffer
  ) -> EventLoopFuture<Void> {
    watch.received()
    let error = state.withLock { state -> S3Error? in
      guard let head = state.head else { return nil }
      let (count, overflows) = state.body.readableBytes.addingReportingOverflow(part.readableBytes)
      if let error = tooLarge(overflows ? .max : count, head) { return error }
      if state.body.readableBytes == 0 {
        state.body = part
      } else {
        // The announced length has been held against the limit.
        let missing = max(state.announced ?? 0, count) - state.body.readableBytes
        state.body.reserveCapacity(minimumWritableBytes: missing)
        state.body.writeImmutableBuffer(part)
      }
      return nil
    }
    if let error { return task.eventLoop.makeFailedFuture(error) }
    if feed != nil, endsEarly() { return task.eventLoop.makeFailedFuture(AnsweredEarly()) }
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didReceiveError(task: HTTPClient.Task<HTTPAnswer>, _ error: any Error) {
    end()
  }

  func didFinishRequest(task: HTTPClient.Task<HTTPAnswer>) throws -> HTTPAnswer {
    end()
    return try state.withLock { state in
      guard let head = state.head else {
        throw S3Error(.connectionFailed, "The connection ended before the answer began.")
      }
      if let announced = state.announced, announced != state.body.readableBytes {
        throw S3Error(
          .truncatedBody,
          "The body ended after \(state.body.readableBytes) of \(announced) bytes.",
          httpStatus: Int(head.status.code))
      }
      return Self.answer(head, state)
    }
  }

  /// Gives back what the answer has taken: nothing more comes, or nobody wants it.
  ///
  /// The HTTP client need not say so itself: it takes no notice of a cancellation while a whole
  /// answer waits for the budget.
  func end() {
    watch.stop()
    let reservation = state.withLock { state in
      state.isEnded = true
      defer { state.reservation = nil }
      return state.reservation
    }
    reservation?.release()
    feed?.end()
  }

  private static func answer(_ head: HTTPResponseHead, _ state: State) -> HTTPAnswer {
    let firstByte = state.firstByte ?? .now()
    let wait = firstByte - (state.sent ?? firstByte)
    return HTTPAnswer(
      status: Int(head.status.code), headers: head.headers, body: state.body,
      timeToFirstByte: .nanoseconds(max(0, wait.nanoseconds)))
  }

  // MARK: Answers that come before the request has been sent

  /// Whether an early answer is whole. Its connection, in which the request is stuck, has to be
  /// closed then.
  private func endsEarly() -> Bool {
    state.withLock { state in
      guard state.isEarly else { return false }
      guard let announced = state.announced else { return Self.isErrorDocument(state.body) }
      return announced == state.body.readableBytes
    }
  }

  /// Whether a body that comes without a length is a whole error document.
  private static func isErrorDocument(_ body: ByteBuffer) -> Bool {
    let end = "</Error>".utf8
    return body.readableBytesView.suffix(end.count).elementsEqual(end)
  }

  /// Ends the request when nothing more of an early answer has come for a while: the HTTP client may
  /// keep the answer's end to itself until the request has been sent, which it never will be.
  private func endEarly(_ task: HTTPClient.Task<HTTPAnswer>, received: Int) {
    task.eventLoop.scheduleTask(in: Self.earlyRest) { [self] in
      let now = state.withLock { state -> Int? in
        state.isEnded ? nil : state.body.readableBytes
      }
      guard let now else { return }
      if now == received {
        task.fail(reason: AnsweredEarly())
      } else {
        endEarly(task, received: now)
      }
    }
  }

  /// What is thrown where a body exceeds its limit.
  private func tooLarge(_ count: Int, _ head: HTTPResponseHead) -> S3Error? {
    let status = Int(head.status.code)
    if status >= 300 {
      if count <= Self.errorLimit { return nil }
      // No error of S3's is that long; the status says what there is to be known.
      return S3Error(answer: status, headers: head.headers, body: RawSpan())
    }
    if let asked = limits.asked, count > asked {
      return S3Error(
        .invalidAnswer, "The answer has more than the \(asked) bytes that were asked for.",
        httpStatus: status)
    }
    let limit = min(limits.allowed, BodyBuffer.capacity)
    if count <= limit { return nil }
    return S3Error(
      .bodyTooLarge,
      "The body has \(count == .max ? "too many" : "\(count)") bytes or more, where \(limit) are "
        + (limit < limits.allowed ? "the most that memory takes at once." : "allowed."),
      httpStatus: status)
  }
}

/// The length of a body as the header announces it.
enum BodyLength {
  /// That many bytes.
  case known(Int)
  /// As many as come.
  case unknown
  /// The header makes no sense.
  case invalid(S3Error)

  /// The number of bytes, where it is known.
  var count: Int? {
    if case .known(let count) = self { count } else { nil }
  }

  /// Reads the header.
  static func announced(
    _ headers: HTTPHeaders, method: HTTPMethod, status: HTTPResponseStatus
  ) -> BodyLength {
    if method == .HEAD || status == .notModified || status == .noContent { return .known(0) }
    guard let text = headers.first(name: "Content-Length") else { return .unknown }
    guard let length = Int(text), length >= 0 else {
      return .invalid(
        S3Error(
          .invalidAnswer, "The header Content-Length holds no number of bytes.",
          httpStatus: Int(status.code)))
    }
    return .known(length)
  }
}
