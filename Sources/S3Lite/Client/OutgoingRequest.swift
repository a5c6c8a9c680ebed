internal import NIOCore
internal import NIOHTTP1

/// A request as it goes over the wire.
struct OutgoingRequest: Sendable {
  /// The body.
  enum Body: Sendable {
    /// None.
    case none
    /// Bytes in memory.
    case bytes(ByteBuffer)
    /// Pieces.
    case stream(EncodedStream)

    /// How many bytes go over the wire.
    var byteCount: Int {
      switch self {
      case .none: 0
      case .bytes(let buffer): buffer.readableBytes
      case .stream(let stream): stream.encodedLength
      }
    }
  }

  /// The method.
  var method: HTTPMethod
  /// The whole URL.
  var url: String
  /// All header fields but `Content-Length`.
  var headers: HTTPHeaders
  /// The body.
  var body: Body
}

/// A body in pieces as it goes over the wire.
struct EncodedStream: Sendable {
  /// The pieces.
  let pieces: RequestStream
  /// The checksum that follows them in a trailer; nil sends them as they are.
  let trailer: RunningChecksum?
  /// How many bytes go over the wire.
  let encodedLength: Int

  init(_ pieces: RequestStream, trailer: RunningChecksum?) throws(S3Error) {
    self.pieces = pieces
    self.trailer = trailer
    encodedLength =
      if let trailer {
        try ChunkedTrailer.encodedLength(of: pieces.length, checksum: trailer)
      } else {
        pieces.length
      }
  }

  /// Reads and encodes the pieces, and hands them to a function.
  func write(_ body: (ByteBuffer) async throws -> Void) async throws {
    guard let trailer else {
      return try await pieces.forEach { piece in
        var piece = piece
        while let slice = piece.readPiece(ofAtMost: EncodedStream.sliceSize) {
          try await body(slice)
        }
      }
    }
    var encoder = ChunkedTrailer(trailer)
    try await pieces.forEach { piece in
      var piece = piece
      while let slice = piece.readPiece(ofAtMost: EncodedStream.sliceSize) {
        if let encoded = encoder.encode(slice) { try await body(encoded) }
      }
    }
    try await body(encoder.finish())
  }

  /// Each piece is given time to be sent, and copied when it is encoded, so it must not be large.
  private static let sliceSize = 256 << 10
}

extension S3Client {
  /// Addresses and signs a request.
  func sign(_ exchange: inout Exchange) throws -> OutgoingRequest {
    let request = exchange.request
    let route = try routes.route(to: request.bucket)
    exchange.region = route.signer.region
    let origin = exchange.redirect?.origin ?? route.origin
    let path: String
    if let redirect = exchange.redirect {
      // Its query is the request's own.
      path = String(redirect.target.prefix { $0 != "?" })
    } else {
      path = request.path(on: route)
    }

    var headers: [HTTPHeader] = []
    headers.reserveCapacity(request.headers.count + 8)
    headers.append(HTTPHeader("Host", exchange.redirect?.authority ?? route.authority))
    headers.append(contentsOf: request.headers)
    let payload = payload(
      of: &exchange, usesTLS: exchange.redirect.map { $0.scheme == "https" } ?? route.usesTLS)
    if let credentials = exchange.credentials {
      guard let time = SigningTime(secondsSinceEpoch: exchange.attempts.signingSeconds) else {
        throw S3Error(
          .invalidRequest, "The clock says neither year 1 to 9999; no request can be signed.")
      }
      let signed = try route.signer.sign(
        SigningRequest(
          method: request.method.rawValue, path: path, query: request.query, headers: headers,
          payload: payload), with: credentials, at: time)
      headers.append(contentsOf: signed.headers)
    }
    var fields: [(String, String)] = []
    fields.reserveCapacity(headers.count + 2)
    for header in headers { fields.append((header.name, header.value)) }
    fields.append(("User-Agent", "S3Lite"))
    return OutgoingRequest(
      method: request.method,
      url: URLText.join(origin: origin, path: path, query: request.query),
      headers: HTTPHeaders(fields), body: try request.body.outgoing())
  }

  /// What is signed of the body.
  private func payload(of exchange: inout Exchange, usesTLS: Bool) -> PayloadHash {
    switch exchange.request.body {
    case .none: return .empty
    case .bytes(let buffer, let checksum):
      // TLS protects the bytes on their way, the checksum at their end.
      if usesTLS, checksum != nil { return .unsigned }
      if let known = exchange.payload { return known }
      let payload = PayloadHash.sha256(of: buffer.readableBytesUInt8Span.bytes)
      exchange.payload = payload
      return payload
    case .stream(_, let trailer):
      return trailer == nil ? .unsigned : .streamingUnsignedTrailer
    }
  }
}

extension S3RequestBody {
  /// The body as it goes over the wire.
  fileprivate func outgoing() throws(S3Error) -> OutgoingRequest.Body {
    switch self {
    case .none: .none
    case .bytes(let buffer, _): .bytes(buffer)
    case .stream(let pieces, let trailer):
      .stream(try EncodedStream(pieces, trailer: trailer))
    }
  }
}

extension S3Request {
  /// The path of the object or of the bucket, percent-encoded.
  func path(on route: BucketRoute) -> String {
    guard let key else { return route.pathPrefix.isEmpty ? "/" : route.pathPrefix }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(route.pathPrefix.utf8.count + key.utf8.count + 16)
    bytes.append(contentsOf: route.pathPrefix.utf8)
    bytes.append(UInt8(ascii: "/"))
    PercentEncoding.append(key, keepingSlashes: true, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// URLs as text.
enum URLText {
  /// A URL of its parts; the query is percent-encoded here.
  static func join(origin: String, path: String, query: [QueryItem]) -> String {
    if query.isEmpty { return origin + path }
    var bytes: [UInt8] = []
    bytes.append(contentsOf: origin.utf8)
    bytes.append(contentsOf: path.utf8)
    bytes.append(UInt8(ascii: "?"))
    CanonicalQuery.appendUnsorted(query, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
