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
  }

  private let method: HTTPMethod
  private let limit: Int
  private let budget: ByteBudget
  private let watch: StallWatch
  private let state = Mutex(State())

  /// The largest body of an error that is read.
  static let errorLimit = 1 << 20

  /// A collector for one answer.
  ///
  /// - Parameters:
  ///   - limit: How many bytes the body of a good answer may have.
  ///   - budget: What the bytes in flight are taken from.
  init(method: HTTPMethod, limit: Int, budget: ByteBudget, timeouts: S3Timeouts) {
    self.method = method
    self.limit = limit
    self.budget = budget
    watch = StallWatch(timeouts)
  }

  func didSendRequest(task: HTTPClient.Task<HTTPAnswer>) {
    state.withLock { $0.sent = .now() }
    watch.start(on: task.eventLoop) { task.fail(reason: $0) }
  }

  func didReceiveHead(
    task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPResponseHead
  ) -> EventLoopFuture<Void> {
    watch.received()
    let announced = BodyLength.announced(head.headers, method: method, status: head.status)
    if case .invalid(let error) = announced { return task.eventLoop.makeFailedFuture(error) }
    let length = announced.count
    if let error = Self.tooLarge(length ?? 0, head, limit: limit) {
      return task.eventLoop.makeFailedFuture(error)
    }
    let reservation = budget.reserve(length ?? 0, on: task.eventLoop)
    state.withLock { state in
      state.firstByte = .now()
      state.head = head
      state.announced = length
      state.reservation = reservation
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
      if let error = Self.tooLarge(overflows ? .max : count, head, limit: limit) { return error }
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
      let firstByte = state.firstByte ?? .now()
      let wait = firstByte - (state.sent ?? firstByte)
      return HTTPAnswer(
        status: Int(head.status.code), headers: head.headers, body: state.body,
        timeToFirstByte: .nanoseconds(max(0, wait.nanoseconds)))
    }
  }

  private func end() {
    watch.stop()
    let reservation = state.withLock { state in
      defer { state.reservation = nil }
      return state.reservation
    }
    reservation?.release()
  }

  /// What is thrown where a body exceeds its limit.
  private static func tooLarge(_ count: Int, _ head: HTTPResponseHead, limit: Int) -> S3Error? {
    let status = Int(head.status.code)
    if status < 300 {
      if count <= limit { return nil }
      return S3Error(
        .bodyTooLarge,
        "The body has \(count == .max ? "too many" : "\(count)") bytes or more, where \(limit) are "
          + "allowed.", httpStatus: status)
    }
    if count <= errorLimit { return nil }
    // No error of S3's is that long; the status says what there is to be known.
    return S3Error(answer: status, headers: head.headers, body: RawSpan())
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
