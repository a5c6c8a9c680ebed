public import NIOCore
internal import NIOHTTP1

/// What PutObject is told besides the bytes.
///
/// Amazon S3 API Reference, "PutObject".
public struct PutObjectRequest: Sendable, Hashable {
  /// The bucket.
  public var bucket: String
  /// The key.
  public var key: String
  /// Only if the object there has this ETag, with or without its quotes; else
  /// ``S3Error/Code/preconditionFailed`` (or ``S3Error/Code/noSuchKey`` where there is none).
  public var ifMatch: String?
  /// `*`: only if there is no object yet; else ``S3Error/Code/preconditionFailed``.
  public var ifNoneMatch: String?
  /// What the object is given.
  public var properties: ObjectProperties

  /// A request to write an object.
  public init(
    bucket: String, key: String, ifMatch: String? = nil, ifNoneMatch: String? = nil,
    properties: ObjectProperties = ObjectProperties()
  ) {
    self.bucket = bucket
    self.key = key
    self.ifMatch = ifMatch
    self.ifNoneMatch = ifNoneMatch
    self.properties = properties
  }
}

/// What S3 says of an object that it has written.
public struct PutObjectResult: Sendable, Hashable {
  /// The new version's ETag, with its quotes.
  public var eTag: String
  /// The new version, in buckets that keep versions.
  public var versionID: String?
  /// The checksums that S3 keeps.
  public var checksums: S3Checksums
}

extension PutObjectResult {
  /// Reads the headers of an answer.
  init(_ answer: HTTPAnswer) throws(S3Error) {
    guard let eTag = answer.headers.first(name: "ETag"), !eTag.isEmpty else {
      throw S3Error(
        .invalidAnswer, "The new object has no ETag.", httpStatus: answer.status)
    }
    self.eTag = eTag
    versionID = VersionID.read(answer.headers)
    checksums = S3Checksums(answer.headers)
  }
}

/// The version that an answer names.
enum VersionID {
  /// The header `x-amz-version-id`; the version `null` is none.
  static func read(_ headers: HTTPHeaders) -> String? {
    headers.first(name: "x-amz-version-id").flatMap { $0 == "null" ? nil : $0 }
  }
}

extension S3Client {
  /// Writes an object of bytes in memory, less than 4 GiB at once;
  /// ``upload(_:body:settings:options:)`` takes more.
  ///
  /// - Throws: ``S3Error``: ``S3Error/Code/preconditionFailed``,
  ///   ``S3Error/Code/conditionalRequestConflict``, and others.
  @discardableResult
  public func putObject(
    _ request: PutObjectRequest, body: [UInt8], options: S3RequestOptions = S3RequestOptions()
  ) async throws -> PutObjectResult {
    try BodyBuffer.check(body.count)
    var sent = try put(request, options)
    sent.set(body: ByteBuffer(bytes: body), configuration.uploadChecksum)
    return try await send(sent, options) { answer throws(S3Error) in try PutObjectResult(answer) }
  }

  /// Writes an object whose bytes come in pieces, 5 GB at most.
  ///
  /// The checksum is computed on the way and follows the body. The request can be repeated only as
  /// long as nothing of the body has been read, or where it can be read again.
  ///
  /// - Parameters:
  ///   - pieces: The bytes.
  ///   - length: How many there are in all; S3 wants to know before.
  ///   - isReplayable: Whether each iterator of the sequence yields the same bytes.
  /// - Throws: ``S3Error``, ``S3Error/Code/bodyLengthMismatch`` among others, and what the sequence
  ///   throws.
  @discardableResult
  public func putObject<Pieces: AsyncSequence & Sendable>(
    _ request: PutObjectRequest, body pieces: Pieces, length: Int, isReplayable: Bool = false,
    options: S3RequestOptions = S3RequestOptions()
  ) async throws -> PutObjectResult where Pieces.Element == ByteBuffer {
    var sent = try put(request, options)
    let stream = RequestStream(pieces, length: length, isReplayable: isReplayable)
    sent.set(stream: stream, configuration.uploadChecksum)
    return try await send(sent, options) { answer throws(S3Error) in try PutObjectResult(answer) }
  }

  /// The request that both forms of writing send, without its body.
  func put(
    _ request: PutObjectRequest, _ options: S3RequestOptions
  ) throws(S3Error) -> S3Request {
    var sent = try S3Request(.PUT, bucket: request.bucket, key: request.key, options: options)
    sent.set("If-Match", eTag: request.ifMatch)
    sent.set("If-None-Match", eTag: request.ifNoneMatch)
    try sent.set(request.properties)
    return sent
  }
}

extension S3Request {
  /// Gives the request a body, and the header fields of its checksum.
  mutating func set(body: ByteBuffer, _ algorithm: S3UploadChecksum) {
    guard var running = RunningChecksum(algorithm) else {
      self.body = .bytes(body, checksum: nil)
      return
    }
    running.update(body.readableBytesUInt8Span.bytes)
    let checksum = running.checksum
    set("x-amz-sdk-checksum-algorithm", checksum.algorithm)
    set(checksum.header, checksum.value)
    self.body = .bytes(body, checksum: checksum)
  }

  /// Gives the request a body in pieces, and the header fields of the trailer with its checksum.
  mutating func set(stream: RequestStream, _ algorithm: S3UploadChecksum) {
    let running = RunningChecksum(algorithm)
    body = .stream(stream, trailer: running)
    guard let running else { return }
    set("x-amz-sdk-checksum-algorithm", running.algorithm)
    set("x-amz-trailer", running.header)
    set("x-amz-decoded-content-length", String(stream.length))
    let encoding = headers.firstIndex { HeaderName.isEqual($0.name, "content-encoding") }
    if let encoding {
      headers[encoding].value = "aws-chunked,\(headers[encoding].value)"
    } else {
      set("Content-Encoding", "aws-chunked")
    }
  }
}
