internal import NIOCore
internal import NIOHTTP1

/// What GetObject is asked for.
///
/// Amazon S3 API Reference, "GetObject".
public struct GetObjectRequest: Sendable, Hashable {
  /// The bucket.
  public var bucket: String
  /// The key.
  public var key: String
  /// Which bytes; nil for all.
  public var range: ByteRange?
  /// Only if the object has this ETag, with or without its quotes; else
  /// ``S3Error/Code/preconditionFailed``.
  public var ifMatch: String?
  /// Only if the object has another ETag; else ``S3Error/Code/notModified``.
  public var ifNoneMatch: String?
  /// Which version; nil for the latest.
  public var versionID: String?

  /// A request for an object.
  public init(
    bucket: String, key: String, range: ByteRange? = nil, ifMatch: String? = nil,
    ifNoneMatch: String? = nil, versionID: String? = nil
  ) {
    self.bucket = bucket
    self.key = key
    self.range = range
    self.ifMatch = ifMatch
    self.ifNoneMatch = ifNoneMatch
    self.versionID = versionID
  }
}

/// A range of an object's bytes (RFC 9110, section 14.1.2).
public enum ByteRange: Sendable, Hashable {
  /// These bytes; what lies behind the object's end is left out.
  case bytes(Range<Int>)
  /// All from an offset.
  case from(Int)
  /// The last ones.
  case last(Int)

  /// How many bytes it has at most; nil where that is up to the object.
  var byteCount: Int? {
    switch self {
    case .bytes(let range): range.count
    case .from: nil
    case .last(let count): count
    }
  }

  /// Whether the range is all of an object of so many bytes.
  func isWhole(of size: Int) -> Bool {
    switch self {
    case .bytes(let range): range.lowerBound == 0 && range.upperBound >= size
    case .from(let offset): offset == 0
    case .last(let count): count >= size
    }
  }

  /// The value of the header `Range`.
  ///
  /// - Throws: ``S3Error/Code/invalidRequest`` for an empty range or one that begins before 0.
  func header() throws(S3Error) -> String {
    switch self {
    case .bytes(let range) where range.lowerBound >= 0 && !range.isEmpty:
      return "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
    case .from(let offset) where offset >= 0: return "bytes=\(offset)-"
    case .last(let count) where count > 0: return "bytes=-\(count)"
    default:
      throw S3Error(
        .invalidRequest, "A range of bytes holds at least one, and none before the first.")
    }
  }
}

/// An object, or a range of one, in memory.
public struct GetObjectResult: Sendable, Hashable {
  /// The bytes.
  public var body: [UInt8]
  /// What S3 says of the object.
  public var attributes: ObjectAttributes
}

extension S3Client {
  /// Reads an object, or a range of one, into memory.
  ///
  /// A whole object is held against its checksum where S3 gives one of the whole object (not one
  /// composed of the parts').
  ///
  /// - Parameter limit: How many bytes it may have; with more, nothing is read. Memory takes less than
  ///   4 GiB at once, whatever the limit.
  /// - Throws: ``S3Error``: ``S3Error/Code/noSuchKey``, ``S3Error/Code/notModified``,
  ///   ``S3Error/Code/preconditionFailed``, ``S3Error/Code/invalidRange``,
  ///   ``S3Error/Code/bodyTooLarge``, and others.
  public func getObject(
    _ request: GetObjectRequest, limit: Int, options: S3RequestOptions = S3RequestOptions()
  ) async throws -> GetObjectResult {
    var sent = try get(request, options)
    sent.answerLimit = max(0, limit)
    let verifies = configuration.verifiesDownloads && request.range == nil
    let range = request.range
    return try await send(sent, options) { answer throws(S3Error) in
      let attributes = try ObjectAttributes(answer.headers, httpStatus: answer.status)
      if range == nil { try attributes.checkWhole(httpStatus: answer.status) }
      if let range {
        let read = try attributes.checkRange(range, httpStatus: answer.status)
        guard read.count == answer.body.readableBytes else {
          throw S3Error(
            .truncatedBody, "The range has \(answer.body.readableBytes) of \(read.count) bytes.",
            httpStatus: answer.status)
        }
      }
      if verifies, var check = DownloadCheck(attributes.checksums) {
        answer.withBody { check.update($0) }
        try check.finish()
      }
      return GetObjectResult(body: Array(answer.body.readableBytesView), attributes: attributes)
    }
  }

  /// The request that both forms of reading send.
  func get(
    _ request: GetObjectRequest, _ options: S3RequestOptions
  ) throws(S3Error) -> S3Request {
    var sent = try S3Request(.GET, bucket: request.bucket, key: request.key, options: options)
    sent.set(query: "versionId", request.versionID)
    sent.set("If-Match", eTag: request.ifMatch)
    sent.set("If-None-Match", eTag: request.ifNoneMatch)
    if let range = request.range {
      sent.set("Range", try range.header())
      sent.answerSize = range.byteCount
    } else if configuration.verifiesDownloads {
      sent.set("x-amz-checksum-mode", "ENABLED")
    }
    return sent
  }
}

extension ObjectAttributes {
  /// Checks that the answer to a request without a range is the whole object.
  func checkWhole(httpStatus: Int) throws(S3Error) {
    guard httpStatus == 206 || range.map({ $0 != 0..<size }) ?? false else { return }
    throw S3Error(
      .invalidAnswer, "The whole object was asked for, and the answer is a part of it.",
      httpStatus: httpStatus)
  }

  /// Checks that the answer to a request for a range is that range: a server that knows no ranges
  /// sends the whole object.
  ///
  /// - Returns: Which bytes they are.
  @discardableResult
  func checkRange(_ asked: ByteRange, httpStatus: Int) throws(S3Error) -> Range<Int> {
    // A server may pass over a range, and needs none where it is all of the object; rclone says
    // which bytes these are all the same.
    if httpStatus == 200, range ?? 0..<size == 0..<size, asked.isWhole(of: size) {
      return 0..<size
    }
    guard let range, httpStatus == 206 else {
      throw S3Error(
        .invalidAnswer, "A range was asked for, and the answer is the whole object.",
        httpStatus: httpStatus)
    }
    let isAsked =
      switch asked {
      case .bytes(let bytes): range == bytes.clamped(to: 0..<size)
      case .from(let offset): range == min(offset, size)..<size
      case .last(let count): range == max(0, size - count)..<size
      }
    guard isAsked else {
      throw S3Error(
        .invalidAnswer, "The answer holds other bytes than those asked for: \(range) of \(size).",
        httpStatus: httpStatus)
    }
    return range
  }
}
