public import NIOCore
import Synchronization

/// An object, or a range of one, whose bytes come in pieces.
///
/// It is read once, by one iterator. Where the connection ends too early the rest is asked for anew, as long as the
/// object is still the same. A whole object is held against its checksum where S3 gives one of the
/// whole object; a mismatch is thrown after the last piece.
///
/// The connection waits while nobody reads; a stream that is not read on to its end closes it. A stream
/// that is open counts as no request in flight, or those who read several at once might wait for each
/// other. Each has a connection, and up to about 1 MiB in memory: whoever opens them bounds their
/// number.
public struct ObjectStream: AsyncSequence, Sendable {
  /// Bytes, as they come.
  public typealias Element = ByteBuffer

  /// What S3 says of the object.
  public let attributes: ObjectAttributes
  let first: FirstPieces
  let length: Int
  let check: DownloadCheck?
  let mostRetries: Int
  /// What the first answer came with.
  let origin: AnswerOrigin
  /// Asks for what lies behind the first bytes of the stream.
  let reopen: (@Sendable (Int) async throws -> (BodyStream, AnswerOrigin))?

  /// Begins to read.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

  /// The body as it came with the attributes, which one iterator can have.
  final class FirstPieces: Sendable {
    private let stream: BodyStream
    private let isTaken = Atomic(false)

    init(_ stream: BodyStream) {
      self.stream = stream
    }

    /// An iterator; nil the second time.
    func take() -> BodyStream.AsyncIterator? {
      let isFirst = !isTaken.exchange(true, ordering: .relaxed)
      return isFirst ? stream.makeAsyncIterator() : nil
    }
  }

  /// Reads the pieces.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let stream: ObjectStream
    private var pieces: BodyStream.AsyncIterator?
    private var check: DownloadCheck?
    private var received = 0
    private var retriesLeft: Int
    /// What the latest answer came with.
    private var origin: AnswerOrigin

    init(_ stream: ObjectStream) {
      self.stream = stream
      pieces = stream.first.take()
      check = stream.check
      retriesLeft = stream.mostRetries
      origin = stream.origin
    }

    /// The next piece, or nil at the end.
    ///
    /// - Throws: ``S3Error``, and `CancellationError` once the task is cancelled.
    public mutating func next() async throws -> ByteBuffer? {
      while true {
        var failure: S3Error
        guard let pieces else {
          throw S3Error(.invalidRequest, "The pieces of an object can be read once.")
        }
        do {
          if let piece = try await pieces.next() {
            guard piece.readableBytes <= stream.length - received else {
              throw S3Error(.invalidAnswer, "The body has more bytes than announced.")
            }
            received += piece.readableBytes
            check?.update(piece.readableBytesUInt8Span.bytes)
            return piece
          }
          try Task.checkCancellation()
          guard received < stream.length else {
            try check?.finish()
            return nil
          }
          failure = S3Error(
            .truncatedBody, "The body ended after \(received) of \(stream.length) bytes.")
        } catch let error as S3Error {
          failure = error
        }
        guard let reopen = stream.reopen, retriesLeft > 0, received < stream.length,
          [.truncatedBody, .connectionFailed, .timedOut].contains(failure.code)
        else {
          origin.complete(&failure)
          throw failure
        }
        retriesLeft -= 1
        let (rest, restOrigin) = try await reopen(received)
        self.pieces = rest.makeAsyncIterator()
        origin = restOrigin
      }
    }
  }
}

extension S3Client {
  /// Reads an object, or a range of one, in pieces.
  ///
  /// The deadline of the options holds for the whole stream.
  ///
  /// - Throws: ``S3Error``, as ``getObject(_:limit:options:)`` does.
  public func streamObject(
    _ request: GetObjectRequest, options: S3RequestOptions = S3RequestOptions()
  ) async throws -> ObjectStream {
    let opened = try await open(request, options)
    let attributes = opened.attributes
    let bytes = attributes.range ?? 0..<attributes.size
    var reopen: (@Sendable (Int) async throws -> (BodyStream, AnswerOrigin))?
    if let eTag = attributes.eTag {
      var rest = request
      rest.ifMatch = eTag
      rest.ifNoneMatch = nil
      rest.versionID = request.versionID ?? attributes.versionID
      reopen = { [self, rest] received in
        var rest = rest
        rest.range = .bytes((bytes.lowerBound + received)..<bytes.upperBound)
        let opened = try await open(rest, options)
        return (opened.stream, opened.origin)
      }
    }
    let isWhole = request.range == nil && configuration.verifiesDownloads
    return ObjectStream(
      attributes: attributes, first: ObjectStream.FirstPieces(opened.stream), length: bytes.count,
      check: isWhole ? DownloadCheck(attributes.checksums) : nil,
      mostRetries: retries.configuration.mode == .off ? 0 : retries.configuration.maxAttempts - 1,
      origin: opened.origin, reopen: reopen)
  }

  private func open(
    _ request: GetObjectRequest, _ options: S3RequestOptions
  ) async throws -> (attributes: ObjectAttributes, stream: BodyStream, origin: AnswerOrigin) {
    var sent = try get(request, options)
    sent.streamsAnswer = true
    sent.streamDeadline = options.deadline.map {
      NIODeadline.now() + TimeAmount(ContinuousClock.now.duration(to: $0))
    }
    let wantsRange = request.range
    return try await send(sent, options) { [sent] answer throws(S3Error) in
      let attributes = try ObjectAttributes(answer.headers, httpStatus: answer.status)
      guard let stream = answer.stream else {
        throw S3Error(.invalidAnswer, "The answer has no body.", httpStatus: answer.status)
      }
      if let wantsRange {
        try attributes.checkRange(wantsRange, httpStatus: answer.status)
      } else {
        try attributes.checkWhole(httpStatus: answer.status)
      }
      return (attributes, stream, AnswerOrigin(sent, answer.headers))
    }
  }
}
